"""Ten thousand pushes for fifty people delay no message and take little memory."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest

from handlers.push.delivery import MAX_QUEUED_OF_USER
from handlers.services import SERVICES
from tests.conftest import Start, owner_code
from tests.people import Inbox, Person, sign_up
from tests.push_service import PushService

pytestmark = pytest.mark.long
PEOPLE, ROOMS, MESSAGES, PACE_SECONDS = 50, 40, 200, 0.03
TURNS = 3  # without devices and with them, one after the other
MAX_GROWTH_BYTES = 30_000_000


async def test_ten_thousand_pushes_delay_no_message_and_take_little_memory(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = ("sign_ups", "sign_ins", "sends", "burst", "acts", "new_rooms")
    client = await start(**dict.fromkeys(limits, 1_000))
    assert client.app
    services = client.app[SERVICES]
    queues, notices = services.delivery._queues, services.notices._waiting  # noqa: SLF001
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    people = [await sign_up(client, f"p{number}") for number in range(PEOPLE)]
    for person in people:
        await person.does("PATCH", "/api/notifications", {"notify": "all"})
    for number in range(ROOMS):
        await ann.makes(f"room-{number}", "public", *(each.name for each in people))
    async with PushService(tmp_path) as push, ann.listening() as inbox:
        await push.is_trusted_by(services)
        p99: dict[bool, list[float]] = {False: [], True: []}
        queued, grown = 0, 0
        for turn in range(2 * TURNS):
            has_devices = turn % 2 == 1
            for person in people if has_devices else ():
                await with_device(push, person)
            before = memory()
            p99[has_devices].append(await talk(inbox))
            queued = max(queued, sum(map(len, queues.values())))
            grown = max(grown, memory() - before)
            await services.db.push.delete_many({})
            for each in (queues, notices, services.notices.users):
                each.clear()
    without, with_them = (sorted(p99[key]) for key in (False, True))
    with capsys.disabled():
        print(f"\np99 in ms: {without} without devices, {with_them} with them")  # noqa: T201
        print(f"{queued} queued, {grown / 1e6:.1f} MB more")  # noqa: T201
    assert queued <= PEOPLE * MAX_QUEUED_OF_USER
    assert grown < MAX_GROWTH_BYTES
    assert statistics.median(with_them) < 2 * statistics.median(without) + 20


async def with_device(push: PushService, person: Person) -> None:
    device = push.device(person.name)
    device.take = lambda *_: (201, {})  # type: ignore[method-assign]
    await device.is_told_to(person)


async def talk(inbox: Inbox) -> float:
    """Say something again and again; the p99 of how long the answer takes, in ms."""
    took = []
    for number in range(MESSAGES):
        began, id = time.perf_counter(), f"{time.time_ns()}"
        room = f"room-{number % ROOMS}"
        await inbox.say({"type": "send", "id": id, "room": room, "text": "Hello"})
        await inbox.next("ok", id=id)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, PACE_SECONDS - took[-1]))
    return round(statistics.quantiles(took, n=100)[98] * 1_000, 1)


def memory() -> int:
    """What this process has in memory, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096
