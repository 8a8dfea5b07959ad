"""`user` and `invite`: people, also when nobody can sign in."""

import argparse
import getpass
import sys
from typing import Any

from cli.connect import CreateApp, hearth
from settings import Settings
from store.errors import Failed

ROLES = ("owner", "admin", "member")
_ASKED = "The password is asked for, or is one line on standard input."
_LASTS = "It is valid for a week, once, and ends all sessions."
_TAKES_EFFECT = "It takes effect at once, also on a server that runs."


def add_to(verbs: Any) -> None:
    """Add these verbs to the parser."""
    user = verbs.add_parser("user", help="add and change people")
    what = user.add_subparsers(title="verbs", metavar="VERB", required=True)
    add = _verb(what, "add", add_user, "make an account", _ASKED)
    add.add_argument("name", help="a-z 0-9 . _ -, at most 32; never changed")
    add.add_argument("--display-name", default="", help="the name that others see")
    add.add_argument("--role", choices=ROLES, default="member")
    passwd = _verb(
        what, "passwd", set_password, "give a new password; ends their sessions", _ASKED
    )
    role = _verb(
        what, "role", set_role, "make somebody owner, admin or member", _TAKES_EFFECT
    )
    disable = _verb(
        what, "disable", set_disabled, "let nobody in by this account", _TAKES_EFFECT
    )
    enable = _verb(what, "enable", set_disabled, "let them in again", _TAKES_EFFECT)
    disable.set_defaults(disabled=True)
    enable.set_defaults(disabled=False)
    link = _verb(
        what, "link", make_links, "print a link for each, to set a password by", _LASTS
    )
    link.add_argument("names", metavar="NAME", nargs="+")
    for verb in (add, passwd):
        verb.set_defaults(read_password=read_password)
    for verb in (passwd, role, disable, enable):
        verb.add_argument("name")
    role.add_argument("role", choices=ROLES)
    invite = _verb(verbs, "invite", make_invite, "print a link by which people sign up", "")
    invite.add_argument("--uses", type=int, default=25, help="how many may use it (25)")
    invite.add_argument("--days", type=int, default=7, help="how long it is valid (7)")
    invite.add_argument("--note", default="", help="for yourself")
    _verb(verbs, "owner-link", show_owner_link, "print the owner's link again", "")


async def add_user(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Make an account, however registration is set."""
    form = {"name": asked.name, "password": asked.password, "role": asked.role}
    async with hearth(settings, create_app) as running:
        user = await running.ask(
            "POST", "/api/users", display_name=asked.display_name, **form
        )
    print(f"{user['name']} is here as {user['role']}.")


async def set_password(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Give a new password; all sessions end."""
    async with hearth(settings, create_app) as running:
        path = f"/api/users/{asked.name}/password"
        await running.ask("PUT", path, password=asked.password)
    print(f"{asked.name} has a new password; all their sessions have ended.")


async def set_role(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Give a role."""
    await _change(asked, settings, create_app, role=asked.role)
    print(f"{asked.name} is {asked.role}.")


async def set_disabled(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Disable an account, or enable it."""
    await _change(asked, settings, create_app, disabled=asked.disabled)
    print(f"{asked.name} is {'disabled' if asked.disabled else 'enabled'}.")


async def make_invite(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Print a new invite's link, and nothing else."""
    form = {"uses": asked.uses, "expires_in": asked.days * 86_400, "note": asked.note}
    async with hearth(settings, create_app) as running:
        made = await running.ask("POST", "/api/invites", **form)
        print(running.address + made["path"])


async def make_links(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Print, for each of some people, a link by which they set a password."""
    async with hearth(settings, create_app) as running:
        for name in asked.names:
            made = await running.ask("POST", f"/api/users/{name}/reset")
            print(name, running.address + made["path"])


async def show_owner_link(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Print the link that makes somebody owner, while there is none."""
    async with hearth(settings, create_app) as running:
        print(running.address + (await running.ask("GET", "/api/owner-link"))["path"])


async def _change(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp, **form: Any
) -> None:
    async with hearth(settings, create_app) as running:
        await running.ask("PATCH", f"/api/users/{asked.name}", **form)


def _verb(
    verbs: Any, name: str, do: Any, summary: str, more: str
) -> argparse.ArgumentParser:
    said = f"{summary[0].upper()}{summary[1:]}. {more}"
    made: argparse.ArgumentParser = verbs.add_parser(name, help=summary, description=said)
    made.set_defaults(do=do)
    return made


def read_password() -> str:
    """A password that is no argument: those can be seen by all users of the machine."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("New password: ")
    if first != getpass.getpass("Again: "):
        raise Failed("The two are not the same; nothing has changed.")
    return first
