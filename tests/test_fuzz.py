"""A moment of what `make fuzz` does for long: no 5xx, no answer outside the description."""

import pytest

from tests.conftest import Client
from tests.fuzz import answered, fuzz
from tests.people import Person, sign_up

# So many requests, however long they take.
BRIEFLY = ("--phases=fuzzing", "--max-examples=2", "--no-shrink")


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
    well = {operation for operation, of in await answered(url) if of.startswith("2")}
    assert well >= ({"PUT /api/rooms/{room}/favorite"} if real else {"GET /api/users"}), (
        report
    )
