"""The peers: servers that keep nothing, and engines, as their documents set them up."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench import machine

HERE = Path(__file__).parent
NODE_MODULES = machine.ROOT / ".bench/node/node_modules"  # out of the tree's way
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NATS = """
listen: 127.0.0.1:{inner}
websocket {{ listen: "127.0.0.1:{port}", no_tls: true }}
"""
JETSTREAM = NATS + 'jetstream {{ store_dir: "{folder}", sync_interval: always }}'
NCHAN = """
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
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
# What JetStream is told to make: a stream that stores rooms, and a consumer that delivers
# what is stored.
JETSTREAM_REQUESTS = {
    "STREAM.CREATE.ROOMS": '{"name":"ROOMS","subjects":["room.>"],"storage":"file",'
    '"retention":"limits","discard":"old","num_replicas":1}',
    "CONSUMER.DURABLE.CREATE.ROOMS.ALL": '{"stream_name":"ROOMS","config":{"durable_name":'
    '"ALL","deliver_subject":"heard","deliver_policy":"new","ack_policy":"none",'
    '"replay_policy":"instant"}}',
}


def _make_stream(port: int) -> None:
    machine.wait_for(port)
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(b'CONNECT {"verbose":false}\r\nSUB answers 1\r\n')
        for subject, content in JETSTREAM_REQUESTS.items():
            head = f"PUB $JS.API.{subject} answers {len(content)}"
            line.sendall(f"{head}\r\n{content}\r\n".encode())
            answer = b""
            while b"MSG answers" not in answer or not answer.endswith(b"}\r\n"):
                answer += line.recv(65_536)
            if b'"error"' in answer:
                raise RuntimeError(answer.decode())


class Peer(NamedTuple):
    """How to start one, and how to speak to it."""

    program: str
    arguments: str
    dialect: str = "broadcast"
    stores: str = "nothing"
    settings: str = ""
    prepare: Callable[[int], None] = lambda inner_port: None


def _python(name: str) -> Peer:
    return Peer(sys.executable, f"{HERE / 'broadcasts.py'} {name} {{port}}")


def _nats(settings: str, dialect: str, stores: str) -> Peer:
    prepare = _make_stream if "jetstream" in settings else machine.wait_for
    return Peer("nats-server", "-c {settings}", dialect, stores, settings, prepare)


BROADCASTS = {
    **{name: _python(name) for name in ("aiohttp", "FastAPI", "websockets")},
    "Node ws": Peer("node", f"{HERE / 'node_broadcast.js'} {{port}}"),
}
ENGINES = {
    "NATS": _nats(NATS, "nats", "nothing"),
    "JetStream, synced": _nats(JETSTREAM, "jetstream", "each message, synced"),
    "JetStream": _nats(
        JETSTREAM.replace("always", "2m"),
        "jetstream",
        "each message; a power cut loses two minutes",
    ),
    "nchan": Peer(
        "nginx", "-c {settings} -p {folder}", stores="100 in memory", settings=NCHAN
    ),
    "Mosquitto": Peer("mosquitto", "-c {settings}", "mqtt", settings=MOSQUITTO),
    "Prosody": Peer(
        "prosody", "-F --config {settings}", "xmpp", "each message, SQLite", PROSODY
    ),
}
PEERS = BROADCASTS | ENGINES


def find(program: str) -> str | None:
    """The path of a program; `nats-server` may have come in a wheel."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(program, path=f"{beside}:{os.environ['PATH']}:/usr/sbin")


def is_here(name: str) -> bool:
    """Whether a peer can run here; says so if it cannot."""
    program = PEERS[name].program
    missing = "" if find(program) else f"{program} is not installed"
    if name == "nchan" and not NCHAN_MODULE.exists():
        missing = "nginx's module is not installed"
    if name == "Node ws" and not missing and not (NODE_MODULES / "ws").exists():
        folder = NODE_MODULES.parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "ws@8"]
        if not shutil.which("npm") or subprocess.run(command, cwd=folder).returncode:
            missing = "npm could not install ws"
    if missing:
        print(f"  Without {name}: {missing}.", flush=True)
    return not missing


@contextmanager
def running(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """A peer while it is needed: how the load generator finds it, and what it watches."""
    peer, program = PEERS[name], find(PEERS[name].program)
    assert program
    port, inner = machine.free_port(), machine.free_port()
    folder.mkdir()
    settings = folder / "settings.cfg.lua"  # Prosody looks at the name
    settings.write_text(peer.settings.format(port=port, inner=inner, folder=folder))
    arguments = peer.arguments.format(port=port, settings=settings, folder=folder).split()
    env = {"NODE_PATH": str(NODE_MODULES)}
    with machine.running([program, *arguments], port, env) as pid:
        peer.prepare(inner)
        url = f"ws://127.0.0.1:{port}"
        yield {"url": url, "watch": {"server": pid}, "dialect": peer.dialect}
