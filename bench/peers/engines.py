"""Engines: messaging servers by others, as their documents set them up.

What each stores is said beside it.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import machine
from bench.peers import Peer

NATS = """
listen: 127.0.0.1:{inner}
websocket {{ listen: "127.0.0.1:{port}", no_tls: true }}
{more}
"""
JETSTREAM = 'jetstream {{ store_dir: "{folder}", sync_interval: {sync} }}'
STREAM = {
    "name": "ROOMS",
    "subjects": ["room.>"],
    "storage": "file",
    "retention": "limits",
    "discard": "old",
    "num_replicas": 1,
}
CONSUMER = {
    "deliver_subject": "heard",
    "deliver_policy": "new",
    "ack_policy": "none",
    "replay_policy": "instant",
    "durable_name": "ALL",
}
NCHAN = """
load_module {modules}/ngx_nchan_module.so;
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr crit;
worker_rlimit_nofile 65536;
events {{ worker_connections 20000; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  nchan_max_reserved_memory 256M;
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location ~ ^/(\\w+)/ {{
      nchan_pubsub websocket; nchan_channel_id $1;
      nchan_message_buffer_length 100; nchan_subscriber_first_message newest;
    }}
  }}
}}
"""
MOSQUITTO = """
listener 0 {folder}/line.sock
listener {port} 127.0.0.1
protocol websockets
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 0
log_type error
user root
"""
PROSODY = """
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}"
log = {{ error = "{folder}/errors.log" }}
http_ports = {{ {port} }}; http_interfaces = {{ "127.0.0.1" }}; https_ports = {{ }}
c2s_ports = {{ }}; c2s_direct_tls_ports = {{ }}; s2s_ports = {{ }}; legacy_ssl_ports = {{ }}
modules_enabled = {{ "websocket", "saslauth", "http" }}
modules_disabled = {{ "s2s", "offline" }}
consider_websocket_secure = true
c2s_require_encryption = false
authentication = "anonymous"
storage = "sql"
sql = {{ driver = "SQLite3", database = "prosody.sqlite" }}
VirtualHost "localhost"
Component "rooms.localhost" "muc"
  modules_enabled = {{ "muc_mam" }}
  muc_log_by_default = true
  muc_room_locking = false
  muc_room_default_presence_broadcast = {{
    visitor = false, participant = false, moderator = false
  }}
"""


class Engine(NamedTuple):
    """How to start one: its program, its settings and arguments, and how to speak to it."""

    program: str
    settings: str
    arguments: tuple[str, ...]
    dialect: str
    stores: str
    prepare: Callable[[int], None] | None = None


def _jetstream(port: int) -> None:
    """Make the stream that stores rooms, and the consumer that delivers what is stored."""
    asked = (
        ("$JS.API.STREAM.CREATE.ROOMS", STREAM),
        (
            "$JS.API.CONSUMER.DURABLE.CREATE.ROOMS.ALL",
            {"stream_name": "ROOMS", "config": CONSUMER},
        ),
    )
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(b'CONNECT {"verbose":false}\r\nSUB answers 1\r\n')
        for subject, body in asked:
            content = json.dumps(body).encode()
            line.sendall(f"PUB {subject} answers {len(content)}\r\n".encode() + content)
            line.sendall(b"\r\n")
            answer = b""
            while b"MSG answers" not in answer or not answer.endswith(b"}\r\n"):
                answer += line.recv(65_536)
            if b'"error"' in answer:
                raise RuntimeError(answer.decode())


ENGINES = {
    "NATS": Engine(
        "nats-server", NATS.replace("{more}", ""), ("-c", "{settings}"), "nats", "nothing"
    ),
    "JetStream, synced": Engine(
        "nats-server",
        NATS.replace("{more}", JETSTREAM.replace("{sync}", "always")),
        ("-c", "{settings}"),
        "jetstream",
        "each message, synced",
        _jetstream,
    ),
    "JetStream": Engine(
        "nats-server",
        NATS.replace("{more}", JETSTREAM.replace("{sync}", "2m")),
        ("-c", "{settings}"),
        "jetstream",
        "each message; a power cut loses two minutes",
        _jetstream,
    ),
    "nchan": Engine(
        "nginx", NCHAN, ("-c", "{settings}", "-p", "{folder}"), "broadcast", "100 in memory"
    ),
    "Mosquitto": Engine("mosquitto", MOSQUITTO, ("-c", "{settings}"), "mqtt", "nothing"),
    "Prosody": Engine(
        "prosody", PROSODY, ("-F", "--config", "{settings}"), "xmpp", "each message, SQLite"
    ),
}


def find(program: str) -> str | None:
    """Where a program is; `nats-server` may have come in a wheel."""
    beside = Path(sys.executable).parent / program
    return str(beside) if beside.exists() else shutil.which(program, path=_PATH)


_PATH = f"{os.environ['PATH']}:/usr/sbin"
_MODULES = "/usr/lib/nginx/modules"


@contextmanager
def started(name: str, folder: Path) -> Iterator[Peer | None]:
    """One engine while it is needed; nothing if it is not installed."""
    engine = ENGINES[name]
    program = find(engine.program)
    if not program or (
        name == "nchan" and not Path(_MODULES, "ngx_nchan_module.so").exists()
    ):
        print(f"Without {name}: {engine.program} is not installed.", flush=True)
        yield None
        return
    port, inner = machine.free_port(), machine.free_port()
    folder.mkdir()
    settings = folder / "settings.cfg.lua"  # Prosody looks at the name
    known = {"port": port, "inner": inner, "folder": folder, "modules": _MODULES}
    settings.write_text(engine.settings.format(**known))
    arguments = [each.format(settings=settings, folder=folder) for each in engine.arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with machine.running([program, *arguments], port, **quiet) as pid:
        if engine.prepare:
            machine.wait_for(inner)
            engine.prepare(inner)
        yield f"ws://127.0.0.1:{port}", pid, engine.dialect
