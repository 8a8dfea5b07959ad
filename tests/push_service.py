"""A push service of our own, with TLS, and devices that decrypt what it is sent."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from handlers.push.encryption import decode, encode, public_bytes
from handlers.push.outgoing import open_session
from handlers.services import Services
from tests.certificate import certificate
from tests.people import SOON, Json, Person, sign_in

CURVE = ec.SECP256R1()
HOST = "push.example"


def decrypt(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser does with a push: RFC 8291, section 3.4, and RFC 8188."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    theirs, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size == 4_096
    point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs)
    info = b"WebPush: info\0" + public_bytes(key) + theirs
    secret = derive(key.exchange(ec.ECDH(), point), auth, info, 32)
    content_key = derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    plain = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\0")
    assert plain.endswith(b"\x02")  # the last record
    return plain[:-1]


def derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass
class Push:
    """A push that came: its headers, and what it says."""

    headers: Any
    said: Json
    at: float = field(default_factory=time.monotonic)

    @property
    def title(self) -> str:
        return "".join(
            each for each in self.said["notification"]["title"] if each < "\u2000"
        )

    @property
    def body(self) -> str:
        return str(self.said["notification"]["body"])


class Device:
    """A browser with a subscription; `answers` are what the service says of it, in turn."""

    def __init__(self, service: "PushService", name: str) -> None:
        self.name, self.endpoint = name, f"{service.url}/{name}"
        self.origin = service.url
        self._key, self._auth = ec.generate_private_key(CURVE), b"0123456789abcdef"
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.hangs = False
        self.heard: list[Push] = []
        self.tries = 0
        self.news = asyncio.Event()

    @property
    def form(self) -> Json:
        """What `PushSubscription.toJSON()` gives."""
        keys = {"p256dh": encode(public_bytes(self._key)), "auth": encode(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    async def is_told_to(self, person: Person) -> str:
        made = await person.does(
            "POST", "/api/notifications/devices", self.form, status=201
        )
        return str(made["id"])

    async def hears(self, count: int = 1) -> list[Push]:
        """Wait for so many pushes."""
        async with asyncio.timeout(SOON):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard

    async def tried(self, count: int) -> None:
        """Wait until the service was asked so often."""
        async with asyncio.timeout(SOON):
            while self.tries < count:
                self.news.clear()
                await self.news.wait()

    def take(self, headers: Any, body: bytes) -> tuple[int, dict[str, str]]:
        self.tries += 1
        scheme, token, key = headers["Authorization"].replace(",", "").split()
        assert scheme == "vapid"
        point = decode(key.removeprefix("k="))
        public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        signed = token.removeprefix("t=")
        claims = jwt.decode(signed, public, ["ES256"], audience=self.origin)
        assert claims["exp"] - time.time() <= 86_400
        said = json.loads(decrypt(body, self._key, self._auth))
        status, answer = self.answers.pop(0) if self.answers else (201, {})
        if status == 201:
            self.heard.append(Push(headers, said))
        self.news.set()
        return status, answer


class PushService:
    """Listens on loopback, as services do on the internet."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.devices = folder, dict[str, Device]()
        self.under_way = self.most_under_way = 0
        self._forever = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{name}", self._take)
        pem = certificate(self._folder, HOST)
        here = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        here.load_cert_chain(pem)
        self.server = TestServer(app, scheme="https")
        await self.server.start_server(ssl=here)
        self.url = f"https://127.0.0.1:{self.server.port}"
        self.tls = ssl.create_default_context(cafile=str(pem))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go_on()
        await self.server.close()

    def go_on(self) -> None:
        """Answer what hangs."""
        self._forever.set()

    def device(self, name: str) -> Device:
        self.devices[name] = Device(self, name)
        return self.devices[name]

    async def is_trusted_by(
        self,
        services: Services,
        wait: float = 0.05,
        may_connect: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Let a server send to loopback, and know our certificate, and not wait."""
        delivery = services.delivery
        await delivery.close()
        delivery.open_session = partial(open_session, may_connect, tls=self.tls)
        delivery.start(delivery.compose)
        services.notices.wait = wait

    async def _take(self, request: web.Request) -> web.Response:
        device = self.devices[request.match_info["name"]]
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            status, headers = device.take(request.headers, await request.read())
            if device.hangs:
                await self._forever.wait()
            return web.Response(status=status, headers=headers)
        finally:
            self.under_way -= 1


async def sign_in_again(person: Person) -> Person:
    """The same person in another browser."""
    _, answer = await sign_in(person.client, person.name)  # type: ignore[arg-type]
    return Person(person.client, person.name, answer["access_token"])


async def quiet(services: Services) -> None:
    """Wait until nothing waits to be told."""
    async with asyncio.timeout(SOON):
        while not services.delivery.is_idle() or services.notices.is_waiting():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
