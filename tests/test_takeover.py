"""The short version of `make takeover`: each fault once, while people talk."""

from pathlib import Path

from settings import Settings
from tests.takeover import FAULTS, course


async def test_whatever_befalls_the_one_that_serves_nothing_is_lost_or_doubled(
    settings: Settings, tmp_path: Path
) -> None:
    took = await course(tmp_path, settings.mongodb_url, list(FAULTS), stopped=8.0)
    assert [fault for fault, _ in took] == list(FAULTS)
