"""The short version of `make takeover`: each fault once, while people talk."""

from pathlib import Path
from random import randrange

from settings import Settings
from tests.takeover import FAULTS, course


async def test_whatever_befalls_the_one_that_serves_nothing_is_lost_or_doubled(
    settings: Settings, tmp_path: Path
) -> None:
    faults, seed = list(FAULTS), randrange(1_000_000)  # noqa: S311 - it is printed
    took = await course(tmp_path, settings.mongodb_url, faults, seed, stopped=8.0)
    assert sorted(fault for fault, _ in took) == sorted(FAULTS)
