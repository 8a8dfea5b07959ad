"""Delivery: the real protocol, with a push service of our own that may be gone or stuck."""

import asyncio
import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from handlers.push import delivery
from handlers.push.encryption import MAX_PLAIN_BYTES, Vapid, decode, encode, encrypt
from handlers.services import Services
from store.push import devices
from tests.people import Person
from tests.push_service import CURVE, PushService, decrypt, quiet, sign_in_again

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
P256DH = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
    "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
NOTIFICATIONS = "/api/notifications"


def private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(key)), CURVE)


def test_a_message_is_encrypted_as_the_standard_s_example() -> None:
    made = encrypt(PLAIN, P256DH, AUTH, sender=private(SENDER), salt=decode(SALT))
    assert encode(made) == BODY
    assert decrypt(made, private(RECEIVER), decode(AUTH)) == PLAIN


def test_the_longest_text_fits_one_record_and_no_longer_one_is_taken() -> None:
    longest = b"x" * MAX_PLAIN_BYTES
    made = encrypt(longest, P256DH, AUTH)
    assert len(made) <= 4_096
    assert decrypt(made, private(RECEIVER), decode(AUTH)) == longest
    with pytest.raises(ValueError, match="too long"):
        encrypt(longest + b"x", P256DH, AUTH)


def test_a_seed_always_makes_the_same_key() -> None:
    seed = encode(b"s" * 48)
    assert Vapid(seed).public == Vapid(seed).public != Vapid(encode(b"t" * 48)).public
    assert len(urlsafe_b64decode(Vapid(seed).public + "=")) == 65


async def test_a_push_says_what_safari_and_our_worker_show(
    push: PushService, ann: Person, ben: Person
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    await ann.makes("garden", "private", "ben")
    said = await ann.says("garden", "**Look**, @ben: <b> a [bee](https://bee.example)")
    (heard,) = await phone.hears()
    assert heard.headers["TTL"] == "86400"
    assert heard.headers["Urgency"] == "high"
    assert len(heard.headers["Topic"]) == 32
    assert heard.headers["Content-Encoding"] == "aes128gcm"
    link = f"http://{ben.client.host}:{ben.client.port}/#/rooms/garden/{said['seq']}"  # type: ignore[union-attr]
    assert heard.said == {
        "web_push": 8030,
        "notification": {
            "title": "\u2068ann\u2069 in \u2068garden\u2069",
            "body": "Look, @ben: <b> a bee",
            "navigate": link,
            "tag": "garden",
            "silent": False,
            "app_badge": "1",
            "data": {"room": "garden", "seq": said["seq"]},
        },
        "app_badge": 1,
    }


async def test_a_long_message_is_told_by_its_beginning(
    push: PushService, ann: Person, ben: Person
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    await ann.does("PUT", "/api/rooms/ann~ben")
    await ann.says("ann~ben", "# " + "ü" * 3_000)
    (heard,) = await phone.hears()
    assert heard.body == "ü" * 119 + "…"
    assert heard.title == "ann"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_ends(
    push: PushService, services: Services, ann: Person, ben: Person, status: int
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    phone.answers = [(status, {})]
    await ann.says("general", "@ben")
    await quiet_after(services, phone.news)
    assert (await ben.does("GET", NOTIFICATIONS))["devices"] == []
    await ann.says("general", "@ben again")
    await quiet(services)
    assert phone.tries == 1


async def test_a_busy_service_is_asked_again_when_it_says_and_once_only(
    push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    phone.answers = [(429, {"Retry-After": "1"})]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await ann.says("general", "@ben one")
    (heard,) = await phone.hears()
    assert (heard.body, phone.tries) == ("@ben one", 2)
    assert loop.time() - begun >= 1
    phone.answers = [(503, {"Retry-After": "1"}), (503, {"Retry-After": "0"})]
    await ann.says("general", "@ben two")
    await quiet_after(services, phone.news)
    (device,) = (await ben.does("GET", NOTIFICATIONS))["devices"]
    assert (len(phone.heard), phone.tries, bool(device["failed_at"])) == (1, 4, True)
    await ann.says("general", "@ben three")
    await phone.hears(2)
    await quiet(services)
    (device,) = (await ben.does("GET", NOTIFICATIONS))["devices"]
    assert device["failed_at"] is None


async def test_what_was_deleted_while_it_was_under_way_is_not_sent_again(
    push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    phone.hangs, phone.answers = True, [(429, {"Retry-After": "0"})]
    said = await ann.says("general", "@ben")
    await phone.tried(1)
    await ann.does("DELETE", f"/api/rooms/general/messages/{said['seq']}")
    push.go_on()
    await quiet(services)
    assert phone.tries == 1


async def test_a_service_that_hangs_delays_nobody_and_leaks_nothing(
    push: PushService,
    services: Services,
    ann: Person,
    ben: Person,
    cat: Person,
) -> None:
    stuck = [push.device(f"stuck-{number}") for number in range(12)]
    for each in stuck:
        each.hangs = True
        await each.is_told_to(await sign_in_again(ben))
    phone = push.device("phone")
    await phone.is_told_to(cat)
    for number in range(20):
        await ann.says("general", f"@ben and @cat, {number}")
    async with asyncio.timeout(5):
        while not phone.heard or not phone.heard[-1].body.endswith("19"):
            phone.news.clear()
            await phone.news.wait()
    assert push.most_under_way <= delivery.MAX_UNDER_WAY
    assert sum(each.tries for each in stuck) <= delivery.MAX_UNDER_WAY_OF_USER
    tasks = [task for task in asyncio.all_tasks() if "_deliver" in repr(task)]
    assert len(tasks) <= delivery.MAX_UNDER_WAY


async def test_a_device_that_nothing_reaches_is_forgotten_after_a_week(
    push: PushService, services: Services, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    (device,) = await devices.of_users(services.db, ["ben"])
    await devices.note_outcome(services.db, device, reached=False)
    (device,) = await devices.of_users(services.db, ["ben"])
    await devices.note_outcome(services.db, device, reached=False)
    assert await devices.of_users(services.db, ["ben"]) == [device]
    monkeypatch.setattr(devices, "MAX_FAILING", devices.MAX_FAILING * 0)
    await devices.note_outcome(services.db, device, reached=False)
    assert await devices.of_users(services.db, ["ben"]) == []


async def test_the_test_button_reaches_this_device_alone(
    push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    refused = await ben.refused("POST", f"{NOTIFICATIONS}/test")
    phone, others = push.device("phone"), push.device("others")
    await phone.is_told_to(ben)
    await others.is_told_to(ann)
    await ben.does("POST", f"{NOTIFICATIONS}/test", status=204)
    (heard,) = await phone.hears()
    assert (refused, heard.title, others.heard) == ((409, "conflict"), "Hearth", [])
    assert json.dumps(heard.said).count("#/profile") == 1


async def quiet_after(services: Services, news: asyncio.Event) -> None:
    await news.wait()
    await quiet(services)


def test_the_public_key_is_a_point(services: Services) -> None:
    point = decode(services.delivery.public_key)
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    assert key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == point
