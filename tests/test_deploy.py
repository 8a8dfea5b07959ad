"""What we ship for others' tools, held against the tools themselves."""

import asyncio
import sys
from pathlib import Path

import pytest
import yaml

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


def test_compose_has_two_hearths_that_share_all_but_their_folders() -> None:
    composed = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    pair = {
        name: each
        for name, each in composed["services"].items()
        if each["profiles"] == ["pair"]
    }
    members = sorted(name for name in pair if name.startswith("mongo-"))
    one, two = (each for name, each in pair.items() if name.startswith("hearth-"))
    assert len(members) == 3
    # YAML's `<<` takes a key whole, or not at all.
    differing = {key for key in one.keys() | two.keys() if one.get(key) != two.get(key)}
    assert differing == {"ports", "volumes"}
    assert not set(one["ports"] + one["volumes"]) & set(two["ports"] + two["volumes"])
    assert {"HEARTH_SECRET", "HEARTH_PUBLIC_URL"} <= one["environment"].keys()
    _, _, rest = one["environment"]["HEARTH_MONGODB_URL"].partition("mongodb://")
    hosts, _, options = rest.partition("/hearth?")
    assert (sorted(hosts.split(",")), options) == (members, "replicaSet=hearth")
    assert "/healthz" in one["healthcheck"]["test"][-1]
    assert one["depends_on"] == {"mongo-one": {"condition": "service_healthy"}}
    initiates = pair["mongo-one"]["healthcheck"]["test"][-1]
    assert all(f'"{name}"' in initiates for name in members)
    for name in members:
        assert "--replSet hearth" in " ".join(pair[name]["command"])
        assert pair[name]["networks"] == ["database"]
    assert composed["networks"]["database"] == {"internal": True}
    volumes = [
        volume.partition(":")[0] for each in pair.values() for volume in each["volumes"]
    ]
    assert len(set(volumes)) == 5
    assert set(volumes) <= composed["volumes"].keys()
