"""A moment of what `make fuzz` does for long: no 5xx, no answer outside the description."""

import pytest

from tests.conftest import Client
from tests.fuzz import fuzz
from tests.people import Person, sign_up

BRIEFLY = ("--phases=fuzzing", "--max-examples=2", "--max-time=10", "--no-shrink")


@pytest.mark.parametrize("real", [True, False], ids=["real words", "any words"])
async def test_every_answer_is_as_described(
    client: Client, ann: Person, real: bool
) -> None:
    ben = await sign_up(client, "ben")
    await ann.makes("lair", "private", "ben")
    await ben.says("lair", "*hello*")
    await ben.says("general", "*hello*")
    url = str(client.make_url("")).rstrip("/")
    status, report = await fuzz(
        url, ann.token, *BRIEFLY, "--generation-deterministic", real=real
    )
    assert status == 0, report
    assert "Tested" in report
