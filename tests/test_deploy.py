"""What we ship for others' tools, held against the tools themselves."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.tools import needs

ROOT = Path(__file__).resolve().parent.parent
HADOLINT = Path(sys.executable).with_name("hadolint")


async def said(*program: str, typed: bytes = b"") -> str:
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate(typed)
    return printed.decode()


@needs("promtool")
async def test_prometheus_finds_no_fault_in_the_metrics(client: Client) -> None:
    async with client.get("/metrics") as answer:
        metrics = await answer.read()
    assert b"hearth_database_up 1" in metrics
    assert await said("promtool", "check", "metrics", typed=metrics) == ""


@needs("systemd-analyze")
async def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/hearth.service").read_text()
    here = unit.replace("/opt/hearth/.venv/bin/hearth", "/bin/true")
    (tmp_path / "hearth.service").write_text(here)
    assert await said("systemd-analyze", "verify", str(tmp_path / "hearth.service")) == ""


@pytest.mark.skipif(not HADOLINT.exists(), reason="its package is for x86-64")
async def test_hadolint_finds_no_fault_in_the_dockerfile() -> None:
    assert await said(str(HADOLINT), str(ROOT / "deploy/Dockerfile")) == ""
