"""The load generator: a process of its own. A plan comes in, a report goes out.

The plan says which members connect to which rooms of a server, and which phases follow:

    {"kind": "closed", "window": 8, "seconds": 3}    each sender has 8 messages in flight
    {"kind": "open", "rate": 200, "seconds": 3}      200 messages a second, come what may
    {"kind": "open", "share": 0.5, "seconds": 3}     half of what the closed phase reached
    {"kind": "idle", "seconds": 60}                  nobody says anything

A phase begins with a moment that is not measured and ends when all have heard all. Latency
is from the moment a message was handed to its sender's socket until one member heard it,
over all deliveries of the measured time. With `returning`, people come back meanwhile.
"""

import asyncio
import gc
import json
import sys
import time
from array import array
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import uvloop
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench import machine
from bench.dialects import DIALECTS, Dialect
from bench.ledger import judge, number_of, percentiles, text

WARM_UP_SECONDS = 0.7
DRAIN_SECONDS = 5.0  # until what was not heard is lost
PACE_SECONDS = 0.001  # between two looks at the schedule
ENTER_SECONDS = 60.0  # for everybody to be in
MAX_CONNECTING = 50  # connections under way
MESSAGES = {WSMsgType.TEXT, WSMsgType.BINARY}
Json = dict[str, Any]

clock = time.perf_counter


class Sent(NamedTuple):
    """One message: who sent it, and when it was handed to their socket."""

    owner: "Member"
    number: int
    at: float


class Heard(NamedTuple):
    """The messages of one frame."""

    sent: tuple[Sent, ...]
    owners: tuple["Member", ...]


class Member(WSListener):
    """One connection of one user, in one room; it notes what it heard and when."""

    def __init__(self, crowd: "Crowd", room: str, user: str, key: str) -> None:
        self.crowd, self.room, self.user, self.key = crowd, room, user, key
        self.transport: WSTransport
        self.is_in = False
        self.notes: list[tuple[float, Heard]] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if hello := self.crowd.dialect.hello(self.room):
            self._say(hello)
        else:
            self.is_in = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Note a frame; whoever hears itself in a closed loop sends the next one."""
        at = clock()
        if frame.msg_type not in MESSAGES:
            return
        payload = frame.get_payload_as_bytes()
        crowd = self.crowd
        if not self.is_in:
            self.is_in = crowd.dialect.welcome in payload
            if reply := crowd.dialect.reply(payload, self.room, self.user):
                self._say(reply)
        heard = crowd.known.get(payload)
        if heard is None:
            heard = crowd.read(payload)
        if heard.sent:
            self.notes.append((at, heard))
            if crowd.is_pumping and self in heard.owners:
                for owner in heard.owners:
                    if owner is self:
                        self.send()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.crowd.dropped += not self.crowd.is_leaving

    def send(self) -> None:
        """Send the next message."""
        crowd = self.crowd
        number = len(crowd.sent)
        line = crowd.dialect.send(self.room, text(crowd.phase, number))
        crowd.sent.append(Sent(self, number, clock()))
        self._say(line)

    def _say(self, line: bytes) -> None:
        is_binary = self.crowd.dialect.is_binary
        self.transport.send(WSMsgType.BINARY if is_binary else WSMsgType.TEXT, line)


class Guest(WSListener):
    """Somebody who comes back, and counts what they hear until they are up to date."""

    def __init__(self, hello: bytes, missed: int) -> None:
        self._hello, self._missed = hello, missed
        self._began = clock()
        self.transport: WSTransport
        self.welcomed_s = 0.0
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.presence_frames = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        transport.send(WSMsgType.TEXT, self._hello)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        payload = frame.get_payload_as_bytes()
        self.welcomed_s = self.welcomed_s or clock() - self._began
        self.presence_frames += payload.count(b'{"type":"presence"')
        self._missed -= payload.count(b'"type":"message"')
        if self._missed <= 0 and not self.done.done():
            self.done.set_result(clock() - self._began)


class Crowd:
    """All members, and what they have sent in this phase."""

    def __init__(self, dialect: Dialect, base: str) -> None:
        self.dialect, self._base = dialect, base
        self.members: list[Member] = []
        self.senders: list[Member] = []
        self.known: dict[bytes, Heard] = {}
        self.sent: list[Sent] = []
        self.phase = (time.time_ns() // 1000) % 0xFFFF00  # ids must differ from other runs'
        self.is_pumping = self.is_leaving = False
        self.dropped = 0

    def read(self, payload: bytes) -> Heard:
        """Find the messages of a frame, and remember it: all others hear the same."""
        numbers = [number_of(each, self.phase) for each in self.dialect.tokens(payload)]
        sent = tuple(self.sent[number] for number in numbers if number is not None)
        if len(self.known) > 5_000:
            self.known.clear()
        heard = self.known[payload] = Heard(sent, tuple(each.owner for each in sent))
        return heard

    def begin(self) -> None:
        """Forget the phase before this one."""
        self.phase += 1
        self.known.clear()
        self.sent = []
        for member in self.members:
            member.notes = []

    async def connect(self, one: Member | Guest, room: str, user: str, key: str) -> None:
        """Open somebody's connection."""
        await ws_connect(
            lambda: one,
            self._base + self.dialect.path.format(room=room, user=user),
            extra_headers=self.dialect.headers(key),
            websocket_handshake_timeout=ENTER_SECONDS,
            read_buffer_init_size=4096,
        )

    async def enter(self, rooms: list[Json]) -> None:
        """Connect everybody, and wait until all are in and hear."""
        gate = asyncio.Semaphore(MAX_CONNECTING)
        for room in rooms:
            members = [Member(self, room["name"], *pair) for pair in room["members"]]
            self.members += members
            self.senders += members[: room["senders"]]

        async def come(member: Member) -> None:
            async with gate:
                await self.connect(member, member.room, member.user, member.key)
                while not member.is_in:  # noqa: ASYNC110 - an event for each costs more
                    await asyncio.sleep(0.002)

        async with asyncio.timeout(ENTER_SECONDS):
            await asyncio.gather(*map(come, self.members))
            first = {member.room: member for member in reversed(self.senders)}
            self.begin()
            while deaf := {member.room for member in self.members if not member.notes}:
                if not deaf & set(first):
                    break
                for name in deaf & set(first):
                    first[name].send()
                await asyncio.sleep(0.2)

    async def keep_pace(self, rate: float) -> None:
        """Send the n-th message at its time, whatever became of those before."""
        began, sent = clock(), 0
        while True:
            while sent < int((clock() - began) * rate):
                self.senders[sent % len(self.senders)].send()
                sent += 1
            await asyncio.sleep(PACE_SECONDS)

    async def drain(self) -> None:
        """Wait until all have heard all, or until it is lost."""
        said = Counter(sent.owner.room for sent in self.sent)
        until = clock() + DRAIN_SECONDS
        while clock() < until and not all(  # noqa: ASYNC110
            sum(len(heard.sent) for _, heard in member.notes) >= said[member.room]
            for member in self.members
        ):
            await asyncio.sleep(0.05)

    async def return_(self, plan: Json) -> Json:
        """Guests, `[key, hello]` each, come: at once, over a time, or one by one."""
        people, guests = plan["people"], list[Guest]()
        pause = plan.get("within", 0) / len(people)

        async def come(key: str, hello: str) -> None:
            guests.append(guest := Guest(hello.encode(), plan["missed"]))
            await self.connect(guest, "", "", key)
            await guest.done
            if plan.get("one_by_one"):
                guest.transport.disconnect(False)

        async with asyncio.timeout(ENTER_SECONDS), asyncio.TaskGroup() as group:
            for person in people:
                arrival = group.create_task(come(*person))
                if plan.get("one_by_one"):
                    await arrival
                elif pause:
                    await asyncio.sleep(pause)
        await asyncio.sleep(plan.get("stay", 0))
        for guest in guests:
            guest.transport.disconnect(False)
        return {
            "welcome_ms": percentiles(guest.welcomed_s for guest in guests),
            "up_to_date_ms": percentiles(guest.done.result() for guest in guests),
            "presence_frames_each": sum(g.presence_frames for g in guests) / len(guests),
        }

    def report(self, began: float, ended: float, cores: dict[str, float]) -> Json:
        """What was delivered in this time, how late, at what cost, and what went wrong."""
        late = array("d")
        rooms: defaultdict[str, list[list[int]]] = defaultdict(list)
        for member in self.members:
            numbers: list[int] = []
            for at, heard in member.notes:
                numbers += [sent.number for sent in heard.sent]
                if began <= at < ended:
                    late.extend([at - sent.at for sent in heard.sent])
            rooms[member.room].append(numbers)
        said = Counter(sent.owner.room for sent in self.sent)
        faults = [judge(said[room], heard) for room, heard in rooms.items()]
        seconds, count = ended - began, len(late)
        return {
            "deliveries_s": round(count / seconds, 1),
            "latency_ms": percentiles(late),
            "cores": cores,
            "us_per_delivery": {
                name: round(value * seconds * 1e6 / count, 3) if count else 0.0
                for name, value in cores.items()
            },
            "lost": sum(each.lost for each in faults),
            "doubled": sum(each.doubled for each in faults),
            "disordered": sum(each.disordered for each in faults),
        }

    async def leave(self) -> None:
        """Say goodbye, and go."""
        self.is_leaving = True
        for member in self.members:
            member.transport.send_close(WSCloseCode.OK)
        await asyncio.sleep(0.3)
        for member in self.members:
            member.transport.disconnect(False)


def used(pids: dict[str, int]) -> dict[str, float]:
    """Seconds of CPU of the processes under test, of this one, and of the whole machine."""
    spent = {name: machine.cpu(pid) for name, pid in pids.items()}
    return {**spent, "generator": time.process_time(), "machine": machine.busy()}


async def phase(crowd: Crowd, plan: Json, pids: dict[str, int], best: float) -> Json:
    """Run one phase and measure it."""
    crowd.begin()
    gc.collect()
    gc.disable()
    pacing = None
    if plan["kind"] == "closed":
        crowd.is_pumping = True
        for sender in crowd.senders:
            for _ in range(plan["window"]):
                sender.send()
    elif plan["kind"] == "open":
        rate = plan.get("rate") or plan["share"] * best
        pacing = asyncio.create_task(crowd.keep_pace(rate))
    await asyncio.sleep(WARM_UP_SECONDS)
    began, before, first = clock(), used(pids), len(crowd.sent)
    returned = None
    if "returning" in plan:
        returned = asyncio.create_task(crowd.return_(plan["returning"]))
    await asyncio.sleep(plan["seconds"])
    returning = await returned if returned else {}
    ended = clock()
    spent = {name: value - before[name] for name, value in used(pids).items()}
    spent["foreign"] = spent.pop("machine") - sum(spent.values())
    messages_s = (len(crowd.sent) - first) / (ended - began)
    crowd.is_pumping = False
    if pacing:
        pacing.cancel()
    await crowd.drain()
    gc.enable()
    cores = {name: round(value / (ended - began), 4) for name, value in spent.items()}
    report = crowd.report(began, ended, cores)
    return report | {"kind": plan["kind"], "messages_s": messages_s, "returning": returning}


async def run(plan: Json) -> Json:
    """Connect, run the phases, leave."""
    crowd, pids = Crowd(DIALECTS[plan["dialect"]], plan["url"]), plan["watch"]
    await crowd.enter(plan["rooms"])
    phases: list[Json] = []
    best = 0.0
    for each in plan["phases"]:
        phases.append(done := await phase(crowd, each, pids, best))
        best = done["messages_s"] if each["kind"] == "closed" else best
    dropped = crowd.dropped
    memory = {name: machine.status(pid, "VmRSS") for name, pid in pids.items()}
    await crowd.leave()
    return {"phases": phases, "dropped": dropped, "rss_kb": memory}


def main() -> None:
    """Read the plan, run it, and print what was measured."""
    machine.raise_file_limit()
    plan = json.load(sys.stdin)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(plan))))


if __name__ == "__main__":
    main()
