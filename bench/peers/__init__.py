"""Servers that keep nothing: what is said in a room is sent to all in it, no more."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import machine

Peer = tuple[str, int, str]  # the address, the pid, and the dialect
FOLDER = Path(__file__).parent
NODE = Path(".bench/node")  # where `ws` is installed, out of the tree's way
PYTHON = {
    "aiohttp": "aiohttp_broadcast.py",
    "FastAPI": "fastapi_broadcast.py",
    "websockets": "websockets_broadcast.py",
}


def _node() -> tuple[list[str], dict[str, str]] | str:
    """The command of the Node peer and its environment, or why there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return "node and npm are not installed"
    folder = machine.ROOT / NODE
    if not (folder / "node_modules/ws").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True}))
        done = subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", "ws@8"],
            cwd=folder, check=False, capture_output=True, timeout=120,
        )  # fmt: skip
        if done.returncode:
            return "npm could not install ws"
    return [node, str(FOLDER / "node_broadcast.js")], {
        "NODE_PATH": f"{folder}/node_modules"
    }


@contextmanager
def started() -> Iterator[dict[str, Peer]]:
    """Every peer that can run here, by name."""
    with ExitStack() as stack:
        peers: dict[str, Peer] = {}
        commands: dict[str, tuple[list[str], dict[str, str]]] = {
            name: ([sys.executable, str(FOLDER / script)], {})
            for name, script in PYTHON.items()
        }
        node = _node()
        if isinstance(node, str):
            print(f"Without Node's ws: {node}.", flush=True)
        else:
            commands["Node ws"] = node
        for name, (command, env) in commands.items():
            port = machine.free_port()
            pid = stack.enter_context(
                machine.running(
                    [*command, str(port)], port, env=env, stderr=subprocess.DEVNULL
                )
            )
            peers[name] = (f"ws://127.0.0.1:{port}", pid, "broadcast")
        yield peers
