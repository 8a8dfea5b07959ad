"""Processes under test: started on their core, measured, and ended."""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
SCHEDULED = 2  # the kernel's clock of what a process has used, to the nanosecond
CORES = sorted(os.sched_getaffinity(0))
SERVER, GENERATOR = CORES[0], CORES[-1]  # the same one on a machine with one core only


def raise_file_limit() -> int:
    """Allow as many open sockets as the system lets us; processes we start inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port() -> int:
    """A port of the loopback device that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def spawn(
    command: Sequence[str], core: int, env: Mapping[str, str] | None = None, **more: Any
) -> "subprocess.Popen[str]":
    """Start a process on one core."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.Popen(
        ["/usr/bin/env", "taskset", "--cpu-list", str(core), *command],
        env=environ,
        text=True,
        **more,
    )


def end(process: "subprocess.Popen[str]") -> None:
    """End a process, in order if it can."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(command: Sequence[str], port: int, **more: Any) -> Iterator[int]:
    """A server process while it is needed: its pid, as soon as it listens."""
    process = spawn(command, SERVER, **more)
    try:
        wait_for(port)
        yield process.pid
    finally:
        end(process)


def wait_for(port: int, patience: float = 20.0) -> None:
    """Wait until somebody listens on a port.

    Raises:
        TimeoutError: if nobody does.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
    raise TimeoutError(f"Nobody listens on port {port}.")


def line_of(process: "subprocess.Popen[str]", patience: float = 60.0) -> str:
    """The next line that a process prints; empty if it ended or says nothing."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], patience)
    return process.stdout.readline().strip() if ready else ""


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, with all its threads."""
    return time.clock_gettime(~pid << 3 | SCHEDULED)


def status(pid: int, name: str) -> int:
    """A number from what the kernel says of a process: `VmRSS` (KB), context switches."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))


def wake_ups(pid: int) -> int:
    """How often the threads of a process have gone to sleep and woken since it began."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(status(int(task.name), "voluntary_ctxt_switches") for task in tasks)


def move(pid: int, core: int) -> None:
    """Let a running process and all its threads go on on another core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), {core})


def busy() -> float:
    """Seconds of CPU that the whole machine has used, all cores together."""
    user, nice, system, _, _, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + soft) / TICK


def load(plan: Mapping[str, Any], patience: float = 300.0) -> dict[str, Any]:
    """Run the load generator on its own core with a plan; what it measured.

    Raises:
        RuntimeError: if it failed.
    """
    command = [sys.executable, "-m", "bench.load"]
    with tempfile.TemporaryFile("w+") as wanted:
        json.dump(plan, wanted)
        wanted.seek(0)
        process = spawn(command, GENERATOR, stdin=wanted, stdout=subprocess.PIPE, cwd=ROOT)
        try:
            printed, _ = process.communicate(timeout=patience)
        finally:
            process.kill()
    if process.returncode:
        raise RuntimeError("The load generator failed.")
    measured: dict[str, Any] = json.loads(printed)
    return measured
