"""Passwords: what everybody would try first opens no account."""

import asyncio
import base64
import hashlib
import hmac
import os
import sys
import threading
from collections.abc import Iterator

import bcrypt
import pytest
from aiohttp import web

from handlers.services import SERVICES
from handlers.services.credentials import NICENESS, Credentials, threads
from settings import Settings
from store import users
from tests.conftest import Client
from tests.people import SOON, Person, sign_in

# From the lists of the most common ones: those of eight characters and more.
COMMON = """
12345678 123456789 1234567890 password password1 password123 passw0rd P@ssw0rd Passw0rd!
qwertyui qwertyuiop qwerty123 qwerty1234 qwerty12345 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx
q1w2e3r4 asdfghjkl asdf1234 asdfasdf abcd1234 abc12345 abcdefgh a1b2c3d4 11111111 00000000
88888888 12341234 12121212 11223344 1122334455 87654321 987654321 123123123 123321123
iloveyou iloveyou1 sunshine sunshine1 princess princess1 football football1 baseball
superman superman1 trustno1 starwars whatever computer michelle jennifer liverpool
letmein1 welcome1 Welcome123 welcome2024 monkey123 dragon123 master123 charlie1 shadow123
admin123 admin1234 administrator changeme123 summer2024 Winter2025! testtest test1234
secret123 hearth2026 hello123 qwerasdf 1234qwer qazwsxedc zxcvbnm1 zxcvbnm123 147258369
""".split()  # noqa: SIM905
GOOD = """
kX9#mQ2pL4 eight-boats-888 8fK2pQ9zT7 correct-horse-battery tr0ub4dor&3 sunflowers-at-noon
Pneumonoultramicroscopic wintergarden-im-mai passionfruit9
""".split()  # noqa: SIM905


@pytest.fixture
def credentials(settings: Settings) -> Iterator[Credentials]:
    made = Credentials(settings)
    yield made
    made.close()


@pytest.mark.parametrize("text", COMMON)
async def test_a_common_password_is_refused(credentials: Credentials, text: str) -> None:
    assert (await credentials.weakness(text, ["dan"])).startswith(
        "It is too easy to guess."
    )


@pytest.mark.parametrize(
    "text", ["dan-smith", "Dan-Smith1", "dan-smith2026", "d4n-sm1th!", "KowalskiDan7"]
)
async def test_ones_own_name_is_no_password(credentials: Credentials, text: str) -> None:
    assert await credentials.weakness(text, ["dan-smith", "Dan Kowalski"])


@pytest.mark.parametrize("text", GOOD)
async def test_any_other_password_is_as_good_as_the_next(
    credentials: Credentials, text: str
) -> None:
    assert not await credentials.weakness(text, ["dan"])


async def test_whoever_chooses_a_weak_password_is_told_why(client: Client) -> None:
    form = {"name": "dan", "password": "elizabeth"}
    async with client.post("/api/auth/register", json=form) as answer:
        (fault,) = (await answer.json())["faults"]
    assert fault["field"] == "password"
    assert "Add another word or two." in fault["reason"]


@pytest.mark.parametrize("text", ["x1", "\x00", "qwe", "4@", "é", "１２", "²½", "🎉"])
async def test_a_long_password_is_judged_in_a_moment(
    credentials: Credentials, text: str
) -> None:
    async with asyncio.timeout(SOON):
        await credentials.weakness((text * 256)[:256], [text, "", "²", "Dan  "])


COMPOSED, TYPED_APART = (
    "crème brûlée à la carte",
    "cre\u0300me bru\u0302le\u0301e a\u0300 la carte",
)


@pytest.mark.parametrize("chosen", [COMPOSED, TYPED_APART])
async def test_a_password_is_the_same_however_it_is_composed(
    client: Client, chosen: str
) -> None:
    form = {"name": "dan", "password": chosen}
    async with client.post("/api/auth/register", json=form) as answer:
        assert answer.status == 201
    for typed in (COMPOSED, TYPED_APART):
        assert (await sign_in(client, "dan", typed))[0] == 200
    assert (await sign_in(client, "dan", "creme brulee a la carte"))[0] == 401


async def test_a_password_that_an_earlier_version_hashed_as_typed_still_works(
    client: Client, app: web.Application, ben: Person
) -> None:
    typed = base64.b64encode(
        hmac.digest(b"hearth password v1", TYPED_APART.encode(), hashlib.sha384)
    )
    hashed = bcrypt.hashpw(typed, bcrypt.gensalt(4)).decode()
    await users.change(app[SERVICES].db, "ben", password_hash=hashed)
    assert (await sign_in(client, "ben", TYPED_APART))[0] == 200
    assert (await sign_in(client, "ben", "something else"))[0] == 401


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
def test_heavy_work_gives_way_to_people() -> None:
    with threads(1, "heavy") as pool:
        heavy = pool.submit(threading.get_native_id).result()
        nice = os.getpriority(os.PRIO_PROCESS, heavy)
        assert nice == min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19)
