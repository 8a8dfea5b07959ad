"""Being told while no page looks: the worker, what it shows, and where it leads."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from axe_playwright_python.async_playwright import Axe
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.async_api import Browser, CDPSession, expect

from handlers.push.encryption import encode, public_bytes
from handlers.services import SERVICES
from server import create_app
from settings import Settings
from store.push.devices import id_of
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import LOSS, REFUSAL, SIGNED_IN, Visitor
from tests.people import PASSWORD, SOON, Person
from tests.push_service import PushService

# This Chromium has no push service; all else is its own.
SUBSCRIBE = """
    const said = %s;
    let held = null;
    PushManager.prototype.subscribe = async (options) => {
        if (!options.userVisibleOnly) throw new Error("silent");
        window.subscribedWith = options.applicationServerKey;
        held = { toJSON: () => said, options: { applicationServerKey: new Uint8Array() },
            unsubscribe: async () => { held = null; } };
        return held;
    };
    PushManager.prototype.getSubscription = async () => held;
"""
NOTIFICATIONS = """async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const shown = await registration?.getNotifications() ?? [];
    return shown.map(%s);
}"""
SHOWN = NOTIFICATIONS % "({ title, body, tag, data }) => [title, body, tag, data.seq]"
MADE_AT = NOTIFICATIONS % "({ timestamp }) => timestamp"
# Nobody can press what the system shows, and no push service renews: the worker gets the
# events of both with all that is in them, but for a press's right to open a window.
HAPPENS = """async ([kind, about]) => {
    const event = new ExtendableEvent(kind);
    const [notification] = await registration.getNotifications();
    for (const [name, value] of Object.entries({ notification, ...about })) {
        Object.defineProperty(event, name, { value });
    }
    event.waitUntil = (ended) => ended.catch(() => {});
    dispatchEvent(event);
}"""
# A worker whose browser gives it another subscription.
RENEWED = """(said) => {
    PushManager.prototype.subscribe = async ({ userVisibleOnly }) => (
        userVisibleOnly ? said : Promise.reject(new Error("silent")));
}"""
ON = "This device is told, also while Hearth is closed."


@pytest.fixture
def browser(whole_browser: Browser) -> Browser:
    """One that can notify."""
    return whole_browser


async def shown(visitor: Visitor, count: int) -> list[list[Any]]:
    """The notifications, as soon as there are so many."""
    found: list[list[Any]] = []
    async with asyncio.timeout(SOON):
        while len(found) != count:
            found = await visitor.measure(SHOWN)
            await asyncio.sleep(0.05)
    return found


async def with_push(
    visit: Visit, person: Person, form: dict[str, Any], **more: Any
) -> Visitor:
    visitor = await visit(person, service_workers="allow", **more)
    await visitor.context.grant_permissions(["notifications"])
    await visitor.context.add_init_script(SUBSCRIBE % json.dumps(form))
    return visitor


async def switches_on(visitor: Visitor) -> None:
    await visitor.go("profile")
    await visitor.button("Switch on here").click()
    await expect(visitor.page.get_by_text(ON)).to_be_visible()


async def deliver(visitor: Visitor, said: Any) -> None:
    """A push arrives, as if from a push service."""
    devtools: CDPSession = await visitor.context.new_cdp_session(visitor.page)
    registered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    home = await visitor.measure("new URL('.', document.baseURI).href")

    def note(event: Any) -> None:
        for each in event["registrations"]:
            if each["scopeURL"] == home and not registered.done():
                registered.set_result(each["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    await devtools.send("ServiceWorker.enable")
    push = {
        "origin": await visitor.measure("location.origin"),
        "registrationId": await asyncio.wait_for(registered, SOON),
        "data": json.dumps(said),
    }
    await devtools.send("ServiceWorker.deliverPushMessage", push)
    await devtools.detach()


@pytest.fixture
def form() -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    keys = {"p256dh": encode(public_bytes(key)), "auth": encode(b"0" * 16)}
    return {"endpoint": "https://push.example/1", "keys": keys}


async def test_push_is_switched_on_by_a_button_and_stopped_by_another(
    ann: Person, ben: Person, visit: Visit, form: dict[str, Any]
) -> None:
    visitor = await with_push(visit, ben, form)
    await switches_on(visitor)
    told = await ben.does("GET", "/api/notifications")
    assert await visitor.measure("subscribedWith") == told["key"]
    assert len(told["devices"]) == 1
    devices = visitor.page.get_by_role("list", name="Devices that are told")
    await expect(devices).to_contain_text("Chrome on Linux")
    await expect(devices).to_contain_text("this device")
    tab = await visitor.another_tab()
    tab.expect(REFUSAL)
    await tab.go("profile")
    await expect(tab.page.get_by_text(ON)).to_be_visible()
    for each in (visitor, tab):
        await each.button("Stop here: Chrome on Linux").click()
        await expect(each.button("Switch on here")).to_be_visible()
    assert (await ben.does("GET", "/api/notifications"))["devices"] == []


async def test_the_worker_shows_a_push_and_takes_away_what_was_read(
    ann: Person, ben: Person, visit: Visit, form: dict[str, Any]
) -> None:
    await ann.makes("garden", "public", "ben")
    said = await ann.says("garden", "@ben look")
    visitor = await with_push(visit, ben, form)
    await switches_on(visitor)
    link = f"{visitor.site.url}#/rooms/garden/{said['seq']}"
    push = {
        "web_push": 8030,
        "notification": {
            "title": "Ann in Garden", "body": "@ben look", "navigate": link,
            "tag": "garden", "data": {"room": "garden", "seq": said["seq"]},
        },
        "app_badge": 1,
    }  # fmt: skip
    await deliver(visitor, push)
    expected = [["Ann in Garden", "@ben look", "garden", said["seq"]]]
    assert await shown(visitor, 1) == expected
    first = await visitor.measure(MADE_AT)
    await deliver(visitor, push)  # once more, in its own place
    async with asyncio.timeout(SOON):
        while (again := await visitor.measure(MADE_AT)) in (first, []):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert len(again) == 1
    assert await shown(visitor, 1) == expected
    await ben.does("PUT", "/api/rooms/garden/read", {"seq": said["seq"]})
    assert await shown(visitor, 0) == []


async def test_a_page_that_nobody_looks_at_tells_by_the_worker_and_is_led_to_the_message(
    ann: Person, ben: Person, visit: Visit, form: dict[str, Any]
) -> None:
    await ann.makes("garden", "public", "ben")
    visitor = await with_push(visit, ben, form)
    await switches_on(visitor)
    said = await ann.says("garden", "@ben there?")
    ((title, body, tag, seq),) = await shown(visitor, 1)
    assert (body, tag, seq) == ("@ben there?", "garden", said["seq"])
    assert "Ann Archer" in title
    (worker,) = visitor.context.service_workers
    await worker.evaluate(HAPPENS, ["notificationclick", {}])
    await visitor.sees("@ben there?")
    assert await shown(visitor, 0) == []


@pytest.mark.parametrize("told_by", ["worker", "browser", "page"])
async def test_a_subscription_that_the_browser_renewed_replaces_the_old_one(
    ann: Person, ben: Person, visit: Visit, form: dict[str, Any], told_by: str
) -> None:
    visitor = await with_push(visit, ben, form)
    await switches_on(visitor)
    anew = form | {"endpoint": "https://push.example/2"}
    if told_by == "page":
        await visitor.context.add_init_script(SUBSCRIBE % json.dumps(anew))
        await visitor.page.reload()
    else:
        (worker,) = visitor.context.service_workers
        await worker.evaluate(RENEWED, anew)
        given = anew if told_by == "browser" else None
        about = {"oldSubscription": None, "newSubscription": given}
        await worker.evaluate(HAPPENS, ["pushsubscriptionchange", about])
    async with asyncio.timeout(SOON):
        while await devices_of(ben) != [id_of(anew["endpoint"])]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await visitor.go("people")
    await visitor.go("profile")
    await expect(visitor.button("Stop here: Chrome on Linux")).to_have_count(1)


async def devices_of(person: Person) -> list[str]:
    found = await person.does("GET", "/api/notifications")
    return [each["id"] for each in found["devices"]]


async def test_what_is_on_view_reaches_no_device(
    ann: Person, ben: Person, visit: Visit, site: Site, tmp_path: Path
) -> None:
    async with PushService(tmp_path) as push:
        app = site.client.app
        assert app is not None
        await push.is_trusted_by(app[SERVICES], wait=1.0)
        phone = push.device("phone")
        await phone.is_told_to(ben)
        await ann.makes("garden", "public", "ben")
        visitor = await visit(ben)
        await visitor.enter("garden")
        notices = app[SERVICES].notices
        async with asyncio.timeout(SOON):
            while not notices.is_viewed("ben", "garden"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert not notices.is_viewed("ben", "general")
        await visitor.go("people")
        async with asyncio.timeout(SOON):
            while notices.is_viewed("ben", "garden"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_signing_out_takes_the_subscription_along(
    ann: Person, ben: Person, visit: Visit, form: dict[str, Any]
) -> None:
    visitor = await with_push(visit, ben, form)
    await switches_on(visitor)
    await visitor.page.reload()  # as people come back to it
    await visitor.page.wait_for_function("() => navigator.serviceWorker.controller")
    await visitor.button("Sign out").click()
    await expect(visitor.page.get_by_role("heading", name="Hearth")).to_be_visible()
    left = "async () => [await PushManager.prototype.getSubscription(), {...localStorage}]"
    subscription, kept = await visitor.measure(left)
    assert (subscription, "hearth/push" in kept) == (None, False)


async def test_rooms_that_are_new_and_a_sound_are_chosen_in_the_profile(
    ann: Person, ben: Person, visit: Visit
) -> None:
    visitor = await visit(ben)
    await visitor.go("profile")
    await visitor.page.get_by_label("Everything").check()
    async with asyncio.timeout(SOON):
        while (await ben.does("GET", "/api/notifications"))["notify"] != "all":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    sound = visitor.page.get_by_label("A sound")
    await expect(sound).not_to_be_checked()
    await sound.check()
    await visitor.page.reload()
    await expect(visitor.page.get_by_label("A sound")).to_be_checked()
    await expect(visitor.page.get_by_label("Everything")).to_be_checked()


@asynccontextmanager
async def mounted(settings: Settings) -> AsyncIterator[str]:
    """Hearth below a path of another app."""
    port = unused_port()
    app, hearth = web.Application(), create_app(settings)
    app.add_subapp("/team/chat", hearth)
    server = TestServer(app, port=port)
    await server.start_server()
    try:
        yield f"http://127.0.0.1:{port}/team/chat/"
    finally:
        await server.close()


async def test_the_worker_installs_under_a_sub_path(
    site: Site, ann: Person, visit: Visit, form: dict[str, Any], tmp_path: Path
) -> None:
    await site.stop()
    async with mounted(replace(site.settings, data=tmp_path / "mounted")) as url:
        visitor = await visit(service_workers="allow")
        await visitor.context.grant_permissions(["notifications"])
        await visitor.context.add_init_script(SUBSCRIBE % json.dumps(form))
        answer = await visitor.context.request.post(
            f"{url}api/auth/token",
            data={"name": "ann", "password": PASSWORD},
            headers={"Origin": url.partition("/team")[0]},
        )
        assert answer.ok
        await visitor.context.add_init_script(SIGNED_IN)
        await visitor.page.goto(f"{url}#/profile")
        await visitor.button("Switch on here").click()
        await expect(visitor.page.get_by_text(ON)).to_be_visible()
        scope = "navigator.serviceWorker.ready.then(({ scope }) => scope)"
        assert await visitor.measure(scope) == url
        link = f"{url}#/profile"
        test = {
            "title": "Hearth",
            "body": "a test",
            "navigate": link,
            "tag": "test",
            "data": {},
        }
        await deliver(visitor, {"web_push": 8030, "notification": test})
        assert [each[:3] for each in await shown(visitor, 1)] == [
            ["Hearth", "a test", "test"]
        ]
        visitor.expect(LOSS)
    await site.start()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["on", "off", "iphone"])
async def test_the_section_has_no_serious_faults(
    ann: Person, ben: Person, visit: Visit, form: dict[str, Any], scheme: str, kind: str
) -> None:
    options: dict[str, Any] = {"color_scheme": scheme, "service_workers": "allow"}
    if kind == "iphone":
        options["user_agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) Safari/604.1"
    visitor = await visit(ben, **options)
    if kind == "on":
        await visitor.context.grant_permissions(["notifications"])
        await visitor.context.add_init_script(SUBSCRIBE % json.dumps(form))
        await switches_on(visitor)
    else:
        gone = "delete window.Notification; delete window.PushManager"
        if kind == "iphone":
            await visitor.context.add_init_script(gone)
        await visitor.go("profile")
        await visitor.page.get_by_text("In rooms that are new to me").wait_for()
    found = await Axe().run(visitor.page)
    serious = [each["id"] for each in found.response["violations"]]
    assert serious == []
