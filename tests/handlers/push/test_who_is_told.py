"""Who is told on their devices, of what, and who is not."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from aiohttp import web

from handlers.services import SERVICES, Services
from store import access
from store.records import AccessKind
from tests.conftest import Start
from tests.people import PASSWORD, Inbox, Person
from tests.programs import makes_hook
from tests.push_service import PushService, quiet, sign_in_again

NOTIFICATIONS = "/api/notifications"


@dataclass(frozen=True)
class Case:
    """Ann (or a hook, or Ben himself) says something, and something may happen then."""

    room: str = "garden"  # public; `shed` is private, `ann~ben` is direct
    notify: str = ""  # what Ben chose there
    text: str = "hello"
    by: str = "ann"
    window: str = ""  # that Ben has open: what it says of itself
    then: str = ""  # within the wait


TOLD = [
    Case(text="@ben"),
    Case(text="@all"),
    Case(text="@here"),
    Case(notify="all"),
    Case(room="shed", text="@ben"),
    Case(room="shed", notify="all"),
    Case(room="ann~ben"),
    Case(room="ann~ben", notify="mentions"),
    Case(by="hook", text="@ben"),
    Case(by="hook", notify="all"),
    Case(text="@ben", window="on another room"),
    Case(text="@ben", window="idle"),
    Case(text="@ben", window="idle again"),
    Case(text="@ben", window="silent"),
    Case(text="@ben", window="closed"),
    Case(text="@ben", then="read back"),
    Case(text="@ben", then="answer"),
    Case(text="@ben", then="react"),
    Case(then="edit to @ben"),
]
NOT_TOLD = [
    Case(),
    Case(notify="nothing"),
    Case(notify="nothing", text="@ben"),
    Case(room="shed"),
    Case(room="shed", notify="nothing", text="@all"),
    Case(room="ann~ben", notify="nothing"),
    Case(room="ann~ben", notify="nothing", text="@ben"),
    Case(room="ann~ben", window="on the room"),
    Case(room="ann~ben", then="read"),
    Case(room="elsewhere", text="@ben"),
    Case(by="ben", text="@ben @all"),
    Case(by="ben", room="ann~ben"),
    Case(by="ben", notify="all"),
    Case(by="hook"),
    Case(by="ben's program", text="@ben"),
    Case(text="@ben", window="on the room"),
    Case(text="@ben", window="on all"),
    Case(text="@ben", then="read"),
    Case(text="@ben", then="delete"),
    Case(text="@ben", then="leave"),
    Case(text="@ben", then="remove"),
    Case(text="@ben", then="mute"),
    Case(text="@ben", then="disable"),
    Case(text="@ben", then="sign out"),
    Case(text="@ben", then="revoke"),
    Case(text="@ben", then="new password"),
    Case(text="@ben", then="stop there"),
]
CASES = [*((case, True) for case in TOLD), *((case, False) for case in NOT_TOLD)]


def name(case: object) -> str:
    if not isinstance(case, Case):
        return "told" if case else "not told"
    chosen = {k: v for k, v in vars(case).items() if v and v != Case.__dict__.get(k)}
    return ", ".join(map(str, chosen.values())) or "a plain line"


@pytest.fixture
async def rooms(ann: Person, ben: Person) -> None:
    await ann.makes("garden", "public", "ben")
    await ann.makes("shed", "private", "ben")
    await ann.makes("elsewhere", "private")
    await ann.does("PUT", "/api/rooms/ann~ben")


@pytest.mark.parametrize(("case", "is_told"), CASES, ids=name)
async def test_who_is_told(
    case: Case,
    is_told: bool,
    rooms: None,
    push: PushService,
    services: Services,
    ann: Person,
    ben: Person,
) -> None:
    services.notices.wait = 0.5 if case.then else 0.1
    phone = push.device("phone")
    id = await phone.is_told_to(ben)
    if case.notify:
        await ben.does("PUT", f"/api/rooms/{case.room}/notify", {"notify": case.notify})
    async with AsyncExitStack() as stack:
        if case.window:
            inbox = await stack.enter_async_context(ben.listening())
            await opens(inbox, case)
        seq = await says(case, ann, ben)
        await happens(case, seq, id, ann, ben)
        await quiet(services)
    assert bool(phone.heard) == is_told


async def opens(inbox: Inbox, case: Case) -> None:
    said = {
        "on the room": [{"active": True, "room": case.room}],
        "on all": [{"active": True}],
        "on another room": [{"active": True, "room": "general"}],
        "idle": [{"active": False}],
        "idle again": [{"active": True, "room": case.room}, {"active": False}],
        "closed": [{"active": True, "room": case.room}],
        "silent": [],
    }[case.window]
    await inbox.say(*({"type": "active", **each} for each in said), {"type": "ping"})
    await inbox.next("pong")
    if case.window == "closed":
        await inbox.socket.close()
        await asyncio.sleep(0.05)


async def says(case: Case, ann: Person, ben: Person) -> int:
    if case.by == "hook":
        hook = await makes_hook(ann, case.room)
        await hook.says({"text": case.text})
        return 1
    who = ann if case.by == "ann" else ben
    if case.by == "ben's program":
        made = await ben.does("POST", "/api/tokens", {}, status=201)
        who = Person(ben.client, "ben", made["secret"])
    return int((await who.says(case.room, case.text))["seq"])


async def happens(case: Case, seq: int, id: str, ann: Person, ben: Person) -> None:
    room, message = f"/api/rooms/{case.room}", f"/api/rooms/{case.room}/messages/{seq}"
    acts = {
        "read": [(ben, "PUT", f"{room}/read", {"seq": seq})],
        "read back": [
            (ben, "PUT", f"{room}/read", {"seq": seq}),
            (ben, "PUT", f"{room}/read", {"seq": seq - 1, "back": True}),
        ],
        "answer": [(ben, "POST", f"{room}/messages", {"text": "from a program?"})],
        "delete": [(ann, "DELETE", message, None)],
        "leave": [(ben, "DELETE", f"{room}/members/me", None)],
        "remove": [(ann, "DELETE", f"{room}/members/ben", None)],
        "mute": [(ben, "PUT", f"{room}/notify", {"notify": "nothing"})],
        "disable": [(ann, "PATCH", "/api/users/ben", {"disabled": True})],
        "sign out": [(ben, "POST", "/api/auth/logout", None)],
        "stop there": [(ben, "DELETE", f"{NOTIFICATIONS}/devices/{id}", None)],
        "react": [(ann, "PUT", f"{message}/reactions/👍", None)],
        "edit to @ben": [(ann, "PATCH", message, {"text": "hello @ben"})],
    }
    for who, *asked in acts.get(case.then, []):
        await who.does(*asked)
    if case.then == "revoke":
        await revokes_all(ben)
    if case.then == "new password":
        form = {"current": PASSWORD, "password": "another horse battery"}
        await (await sign_in_again(ben)).does("POST", "/api/auth/password", form)


async def revokes_all(ben: Person) -> None:
    there = await sign_in_again(ben)
    for session in (await there.does("GET", "/api/sessions"))["sessions"]:
        if not session["current"]:
            await there.does("DELETE", f"/api/sessions/{session['id']}")


async def test_what_waits_for_a_device_at_rest_says_nothing_of_a_room_that_was_left(
    rooms: None, push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    phone.answers = [(429, {"Retry-After": "3"})]
    await ann.says("shed", "@ben a secret")
    await phone.news.wait()
    await ann.does("DELETE", "/api/rooms/shed/members/ben")
    await ann.says("garden", "@ben")
    await quiet(services)
    assert [each.body for each in phone.heard] == ["@ben"]
    assert phone.tries == 2


@pytest.mark.parametrize("then", ["revoke", "stop there"])
async def test_what_waits_for_a_device_at_rest_does_not_reach_it_once_it_is_lost(
    rooms: None,
    push: PushService,
    services: Services,
    ann: Person,
    ben: Person,
    then: str,
) -> None:
    phone = push.device("phone")
    id = await phone.is_told_to(ben)
    phone.answers = [(429, {"Retry-After": "1"})]
    said = await ann.says("shed", "@ben a secret")
    await phone.news.wait()
    await happens(Case(room="shed", then=then), said["seq"], id, ann, ben)
    await quiet(services)
    assert (phone.heard, phone.tries) == ([], 1)


async def test_the_badge_counts_what_calls_and_the_push_of_a_room_is_its_latest(
    rooms: None, push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    services.notices.wait = 1.5
    phone = push.device("phone")
    await phone.is_told_to(ben)
    await ann.says("garden", "@ben one")
    await ann.says("garden", "@ben two")
    await ann.says("shed", "@ben three")
    await ann.says("ann~ben", "four")
    await quiet(services)
    assert phone.heard[-1].said["app_badge"] == 4
    assert [each.body for each in phone.heard][-2:] == ["@ben three", "four"]


async def other_pushes_are_over(services: Services) -> None:
    async with asyncio.timeout(5):
        while not services.delivery.is_idle():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_device_is_told_after_a_restart(
    start: Start, ann: Person, ben: Person, app: web.Application, push: PushService
) -> None:
    phone = push.device("phone")
    await phone.is_told_to(ben)
    key = (await ben.does("GET", NOTIFICATIONS))["key"]
    await ann.client.close()  # type: ignore[union-attr]
    client = await start()
    assert client.app is not None
    again = client.app[SERVICES]
    await push.is_trusted_by(again)
    ann.client = ben.client = client
    assert (await ben.does("GET", NOTIFICATIONS))["key"] == key
    await ann.says("general", "@ben")
    assert [each.body for each in await phone.hears()] == ["@ben"]


async def test_a_device_belongs_to_who_asked_last_and_a_user_has_so_many(
    push: PushService, ann: Person, ben: Person
) -> None:
    shared = push.device("shared")
    await shared.is_told_to(ben)
    await shared.is_told_to(ann)
    await ann.says("general", "@ben")
    await ben.says("general", "@ann")
    assert [each.body for each in await shared.hears()] == ["@ann"]
    browsers = [await sign_in_again(ben) for _ in range(20)]
    for number, browser in enumerate(browsers):
        await push.device(f"of-ben-{number}").is_told_to(browser)
    one_more = push.device("one-more")
    path = f"{NOTIFICATIONS}/devices"
    assert await ben.refused("POST", path, one_more.form) == (409, "conflict")
    await push.devices["of-ben-3"].is_told_to(browsers[3])  # known already
    await one_more.is_told_to(browsers[3])  # instead of it
    listed = (await browsers[3].does("GET", NOTIFICATIONS))["devices"]
    assert (len(listed), [each["current"] for each in listed].count(True)) == (20, 1)
    id = await shared.is_told_to(ann)
    assert await ben.refused("DELETE", f"{path}/{id}") == (404, "not_found")


async def test_another_subscription_of_a_browser_replaces_what_it_had(
    push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    elsewhere = await sign_in_again(ben)
    await push.device("elsewhere").is_told_to(elsewhere)
    old, new = push.device("old"), push.device("new")
    await old.is_told_to(ben)
    id = await new.is_told_to(ben)
    listed = (await ben.does("GET", NOTIFICATIONS))["devices"]
    assert [each["id"] for each in listed if each["current"]] == [id]
    assert len(listed) == 2
    await ann.says("general", "@ben")
    await quiet(services)
    heard = [len(push.devices[name].heard) for name in ("elsewhere", "old", "new")]
    assert heard == [1, 0, 1]
    several = [push.device(f"at-once-{number}") for number in range(8)]
    await asyncio.gather(*(each.is_told_to(ben) for each in several))
    await new.is_told_to(ben)
    assert len((await ben.does("GET", NOTIFICATIONS))["devices"]) == 2


async def test_a_page_that_asks_at_each_start_fills_no_log(
    push: PushService, ann: Person, ben: Person, caplog: pytest.LogCaptureFixture
) -> None:
    phone = push.device("phone")
    with caplog.at_level("INFO", "hearth.security"):
        for person in (ben, ben, ben, ann, ann):
            await phone.is_told_to(person)
    added = [each for each in caplog.messages if "device_added" in each]
    assert len(added) == 2


async def test_a_program_is_no_device(push: PushService, ben: Person) -> None:
    made = await ben.does("POST", "/api/tokens", {}, status=201)
    program = Person(ben.client, "ben", made["secret"])
    form = push.device("phone").form
    path = f"{NOTIFICATIONS}/devices"
    assert await program.refused("POST", path, form) == (403, "forbidden")


async def test_no_device_outlives_a_session_that_ends_while_it_is_added(
    push: PushService, services: Services, ben: Person
) -> None:
    form = push.device("phone").form
    (session,) = await access.listed(services.db, AccessKind.SESSION, ["ben"])
    asked = asyncio.create_task(ben.ask("POST", f"{NOTIFICATIONS}/devices", form))
    await asyncio.sleep(0)
    await access.revoke(services.db, session)
    async with await asked as answer:
        assert answer.status in {201, 401}
    assert await services.db.push.count_documents({}) == 0


async def test_a_new_room_tells_what_its_member_chose(ann: Person, ben: Person) -> None:
    chosen = []
    for kind in ("mentions", "all", "nothing"):
        answer = await ben.does("PATCH", NOTIFICATIONS, {"notify": kind})
        assert answer["notify"] == kind
        room = await ann.makes(f"with-{kind}", "public", "ben")
        chosen.append((await ben.room(room))["notify"])
    await ann.does("PUT", "/api/rooms/ann~ben")
    chosen.append((await ben.room("ann~ben"))["notify"])
    assert chosen == ["mentions", "all", "nothing", "all"]
    await ann.makes("anns")
    assert (await ann.room("anns"))["notify"] == "mentions"


async def test_a_call_rings_in_direct_rooms_at_once_until_it_is_over(
    rooms: None, push: PushService, services: Services, ann: Person, ben: Person
) -> None:
    services.notices.wait = 60
    phone = push.device("phone")
    await phone.is_told_to(ben)
    await ben.does("PUT", "/api/rooms/shed/notify", {"notify": "all"})
    async with ann.listening() as inbox:

        async def calls(room: str, *, join: bool = True) -> None:
            await inbox.say({"type": "call", "id": "c", "room": room, "join": join})
            await inbox.next("ok", id="c")

        await calls("shed")  # As other messages: Ben has a minute to see it.
        await calls("ann~ben")
        (heard,) = await phone.hears()
        assert (heard.body, heard.headers["TTL"]) == ("Started a call", "30")
        assert heard.headers["Urgency"] == "high"
        await calls("ann~ben", join=False)
        phone.answers = [(429, {"Retry-After": "30"})]
        await calls("ann~ben")
        await phone.tried(2)
        await calls("ann~ben", join=False)
        await other_pushes_are_over(services)
    assert (len(phone.heard), phone.tries) == (1, 2)


@pytest.mark.parametrize("then", ["mute", "disable", "sign out", "stop there"])
async def test_a_call_rings_at_nobody_who_is_not_to_be_told(
    rooms: None,
    push: PushService,
    services: Services,
    ann: Person,
    ben: Person,
    then: str,
) -> None:
    phone = push.device("phone")
    id = await phone.is_told_to(ben)
    await happens(Case(room="ann~ben", then=then), 0, id, ann, ben)
    async with ann.listening() as inbox:
        await inbox.say({"type": "call", "id": "c", "room": "ann~ben", "join": True})
        while (await inbox.any()).get("id") != "c":
            pass
        await quiet(services)
    assert phone.tries == 0
