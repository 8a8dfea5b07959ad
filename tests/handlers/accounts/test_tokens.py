"""Access tokens: forged, stale and hostile ones open nothing."""

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from aiohttp import web

from handlers.services import SERVICES
from tests.conftest import Client
from tests.people import Person

Claims = dict[str, Any]
Forge = Callable[..., str]
LONG_AGO, ONE_DAY = 1_700_000_000, 4_000_000_000


@pytest.fixture
def claims(ann: Person) -> Claims:
    """What Ann's token says."""
    found: Claims = jwt.decode(ann.token, options={"verify_signature": False})
    return found


@pytest.fixture
def forge(app: web.Application, claims: Claims) -> Forge:
    """Sign Ann's claims, changed, with our own secret or another; None leaves one out."""

    def forge(*, secret: str = "", algorithm: str = "HS256", **changes: Any) -> str:
        changed = {**claims, **changes}
        kept = {name: value for name, value in changed.items() if value is not None}
        payload = json.dumps(kept).encode()
        key = secret or app[SERVICES].settings.secret
        return jwt.PyJWS().encode(payload, key, algorithm=algorithm)

    return forge


async def status(client: Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with client.get("/api/auth/verify", headers=headers) as answer:
        return answer.status


async def test_a_token_names_only_a_user_and_a_session(claims: Claims) -> None:
    assert claims.keys() == {"sub", "sid", "iat", "exp", "iss"}


async def test_the_forge_works(client: Client, forge: Forge) -> None:
    assert await status(client, forge()) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "another secret, and long enough for HMAC"},
        {"algorithm": "HS384"},
        {"algorithm": "HS512"},
        {"iss": "somebody else"},
        {"iss": None},
        {"exp": None},
        {"sid": None},
        {"sub": None},
        {"iat": None},
        {"sid": "no-such-session"},
        {"sid": {"$ne": None}},
        {"sub": "zoe"},
        {"sub": 5},
        {"sub": {"$ne": None}},
        {"exp": LONG_AGO + 0.5},
        {"exp": LONG_AGO},
        {"exp": str(ONE_DAY)},
        {"exp": "9" * 5_00},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": -1},
        {"exp": [1]},
        {"iat": str(LONG_AGO)},
        {"iat": float("nan")},
        {"iat": []},
        {"nbf": ONE_DAY},
    ],
    ids=str,
)
async def test_a_forged_token_opens_nothing(
    client: Client, forge: Forge, changes: Claims
) -> None:
    assert await status(client, forge(**changes)) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS256", "RS256", None, 5])
async def test_a_token_without_a_signature_opens_nothing(
    client: Client, claims: Claims, algorithm: Any
) -> None:
    parts = [{"alg": algorithm, "typ": "JWT"}, claims]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    token = ".".join(text.decode().rstrip("=") for text in texts) + "."
    assert await status(client, token) == 401


async def test_a_changed_token_opens_nothing(client: Client, ann: Person) -> None:
    head, payload, signature = ann.token.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    changed = payload[:middle] + other + payload[middle + 1 :]
    for token in (
        f"{head}.{changed}.{signature}",
        f"{head}.{payload}.{signature[:-4]}",
        f"{head}.{payload}.",
        f"{head}.{payload}",
    ):
        assert await status(client, token) == 401


@pytest.mark.parametrize(
    "token", ["nonsense", "..", "a.b.c", "\xff\xfe", "x" * 5_000, "." * 4_000, "null"]
)
async def test_nonsense_opens_nothing(client: Client, token: str) -> None:
    assert await status(client, token) == 401


async def test_a_token_has_a_longest_length(client: Client, forge: Forge) -> None:
    assert await status(client, forge(note="x" * 2_000)) == 200
    assert await status(client, forge(note="x" * 3_500)) == 401


async def test_headers_that_a_token_brings_along_do_not_matter(
    client: Client, app: web.Application, claims: Claims
) -> None:
    secret = app[SERVICES].settings.secret
    extra = {"kid": "../../etc/passwd", "jku": "https://evil.example", "jwk": {"k": "x"}}
    assert await status(client, jwt.encode(claims, secret, headers=extra)) == 200
    critical = jwt.encode(claims, secret, headers={"crit": ["exp"], "exp": 1})
    assert await status(client, critical) == 401


@pytest.mark.parametrize("header", ["Basic YW5uOmFubg==", "Token {}", "bearer{}", "{}"])
async def test_only_the_bearer_scheme_opens(
    client: Client, ann: Person, header: str
) -> None:
    headers = {"Authorization": header.format(ann.token)}
    async with client.get("/api/auth/verify", headers=headers) as answer:
        assert answer.status == 401


async def test_a_token_in_the_address_opens_nothing(client: Client, ann: Person) -> None:
    for name in ("token", "access_token"):
        async with client.get(f"/api/auth/verify?{name}={ann.token}") as answer:
            assert answer.status == 401


async def test_what_somebody_may_do_is_not_in_their_token(
    client: Client, ann: Person, ben: Person
) -> None:
    assert (await ben.refused("GET", "/api/invites"))[0] == 403
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})
    await ben.does("GET", "/api/invites")
