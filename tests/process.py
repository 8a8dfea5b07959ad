"""The server as people run it: `python server.py`, a process of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # seconds for a start or an end on a busy machine; a second is usual


# A server of ours with limits that are no settings: a test's seam, and no operator's.
LAUNCHER = """
import os, server
from pytest_hearth.hearth import changed
from settings import Settings
limits = {limits!r}
server.read_settings = lambda: changed(Settings.from_env(os.environ), **limits)
server.serve()
"""


class Process:
    """One `python server.py` after the other, on one data folder."""

    def __init__(
        self, data: Path, limits: Mapping[str, int] | None = None, **settings: str
    ) -> None:
        self._program = [str(ROOT / "server.py")]
        if limits:
            self._program = ["-c", LAUNCHER.format(limits=dict(limits))]
        self.data = data
        self.address = ""
        self.environment: dict[str, str] = {}  # beside the settings
        self._settings = {"DATA": str(data), "PORT": "0", "BCRYPT_COST": "4", **settings}
        self._process: asyncio.subprocess.Process | None = None
        self._errors = data.with_name(f"{data.name}.stderr")

    async def spawn(self, **settings: str) -> asyncio.subprocess.Process:
        """Run it, and wait for nothing."""
        names = {**self._settings, **settings}
        with self._errors.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **self.environment}
                | {f"HEARTH_{name}": value for name, value in names.items()},
            )
        return self._process

    async def start(self) -> str:
        """Run it until it says where it serves; the address."""
        process = await self.spawn()
        while (line := await self.line()).startswith("Hearth stands by at "):
            pass
        assert line.startswith("Hearth serves at "), f"{line!r} {self.complaints}"
        self.address = line.split()[-1]
        assert process.returncode is None
        return self.address

    async def line(self) -> str:
        """The next line of its standard output; empty when it has ended."""
        assert self._process
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE):
            return (await self._process.stdout.readline()).decode().strip()

    @property
    def complaints(self) -> str:
        """Its standard error, since the first start."""
        return self._errors.read_text()

    async def refused(self, **settings: str) -> str:
        """Run it with what it cannot start with; the one paragraph that it says."""
        before = len(self.complaints) if self._errors.exists() else 0
        process = await self.spawn(**settings)
        async with asyncio.timeout(PATIENCE):
            printed, _ = await process.communicate()
        said = self.complaints[before:]
        assert (process.returncode, printed) == (1, b""), f"{printed!r} {said}"
        assert "Traceback" not in said
        assert said.count("\n") == 1, said
        return said.strip()

    async def end(self) -> int:
        """Ask it to end, as an operating system does; the exit status."""
        assert self._process
        self._process.terminate()
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()

    async def kill(self) -> None:
        """End it with no warning."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        """Its own process id."""
        assert self._process
        return self._process.pid

    @property
    def mongod(self) -> int:
        """The process id of its database."""
        return int((self.data / "mongo/mongod.lock").read_text())
