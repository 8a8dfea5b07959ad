"""The socket that the server listens on, and how many may come in by it."""

import resource
import socket

from settings import Settings
from store.errors import CannotStart

MAX_OPEN_FILES = 65_536  # open at once: sockets are files


def listen(settings: Settings) -> tuple[socket.socket, str]:
    """Open the socket to serve on, and say its address.

    Raises:
        CannotStart: if it is taken or not allowed.
    """
    try:
        if settings.unix_socket:
            settings.unix_socket.unlink(missing_ok=True)
            opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            opened.bind(str(settings.unix_socket))
            settings.unix_socket.chmod(0o660)  # nginx may be in our group
            opened.listen(1024)
            return opened, f"unix:{settings.unix_socket}"
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        opened = socket.create_server(
            (settings.host, settings.port), family=family, backlog=1024
        )
    except OSError as error:
        where = settings.unix_socket or f"{settings.host}:{settings.port}"
        raise CannotStart(
            f"Hearth cannot listen on {where}: {error.strerror}. Set HEARTH_PORT (or "
            "HEARTH_HOST, HEARTH_UNIX_SOCKET) to another, or stop what listens there."
        ) from None
    # A peer that takes nothing of an answer is given up like one that answers no ping.
    taken_within = int(1_500 * settings.limits.heartbeat)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, taken_within)
    return opened, base_url(settings.host, opened.getsockname()[1])


def near_host(host: str) -> str:
    """The host by which this machine reaches what listens on one."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def base_url(host: str, port: int) -> str:
    """The address by which this machine reaches what listens there."""
    near = near_host(host)
    return f"http://{f'[{near}]' if ':' in near else near}:{port}"


def allow_many_files() -> None:
    """Raise the number of files that this process may have open, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
