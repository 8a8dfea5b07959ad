"""Processes under test: started on their core, measured, and ended."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")  # a second
SCHEDULED = 2  # the kernel's clock of what a process has used, to the nanosecond
CORES = sorted(os.sched_getaffinity(0))
SERVER, GENERATOR = CORES[0], CORES[-1]  # the same one on a machine with one core only
START_SECONDS, END_SECONDS, LOAD_SECONDS = 60.0, 15.0, 300.0  # at most
Process = subprocess.Popen[str]


def raise_file_limit() -> int:
    """Allow as many open sockets as the system lets us; processes we start inherit it."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    return limit


def free_port() -> int:
    """A port of the loopback device that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def spawn(
    command: Sequence[str], core: int, env: Mapping[str, str] | None = None, **more: Any
) -> Process:
    """Start a process on one core."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(env or {})}
    pinned = ["/usr/bin/env", "taskset", "--cpu-list", str(core), *command]
    return subprocess.Popen(pinned, env=environ, text=True, **more)


def end(process: Process) -> None:
    """End a process, in order if it can."""
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(command: Sequence[str], port: int, env: Mapping[str, str]) -> Iterator[int]:
    """A server process while it is needed: its pid, as soon as it listens."""
    quiet = subprocess.DEVNULL
    process = spawn(command, SERVER, env, stdout=quiet, stderr=quiet)
    try:
        wait_for(port)
        yield process.pid
    finally:
        end(process)


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port.

    Raises:
        TimeoutError: if nobody does.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
    raise TimeoutError(f"Nobody listens on port {port}.")


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, with all its threads."""
    return time.clock_gettime(~pid << 3 | SCHEDULED)


def status(pid: int, name: str) -> int:
    """A number from what the kernel says of a process: `VmRSS` (KB), context switches."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


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
    numbers = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:8])
    user, nice, system, _, _, irq, soft = numbers
    return (user + nice + system + irq + soft) / TICKS


def load(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Run the load generator on its own core with a plan; what it measured.

    Raises:
        RuntimeError: if it failed.
    """
    command = [sys.executable, "-m", "bench.load"]
    pipe = subprocess.PIPE
    process = spawn(command, GENERATOR, stdin=pipe, stdout=pipe, cwd=ROOT)
    try:
        printed, _ = process.communicate(json.dumps(plan), timeout=LOAD_SECONDS)
    finally:
        process.kill()
    if process.returncode:
        raise RuntimeError("The load generator failed.")
    measured: dict[str, Any] = json.loads(printed)
    return measured
