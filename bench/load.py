"""The load generator: a process of its own. A plan comes in, a report goes out.

The plan says which members connect to which rooms of a server, and which phases follow:

    {"kind": "closed", "window": 8, "seconds": 3}    each sender has 8 messages in flight
    {"kind": "open", "rate": 200, "seconds": 3}      200 messages a second, come what may
    {"kind": "open", "share": 0.5, "seconds": 3}     half of what the closed phase reached
    {"kind": "idle", "seconds": 60}                  nobody says anything

A phase begins with a moment that is not measured and ends when all have heard all. Latency
is from the moment a message was handed to its sender's socket until one member heard it,
over all deliveries of the measured time.
"""

import asyncio
import gc
import json
import os
import sys
from array import array
from typing import Any

import uvloop

from bench import machine
from bench.crowd import Crowd, Member, clock
from bench.dialects import DIALECTS
from bench.ledger import judge, percentiles
from bench.returning import Returning
from bench.trickle import Trickle

WARM_UP = 0.7  # seconds
DRAIN = 5.0  # seconds until what was not heard is lost
PERIOD = 0.001  # seconds between two looks at the schedule


class Watch:
    """CPU of the processes under test, of this one, and of the whole machine."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = self._read()

    def _read(self) -> dict[str, float]:
        used = {name: machine.cpu(pid) for name, pid in self._pids.items()}
        return {**used, "generator": machine.cpu(os.getpid()), "machine": machine.busy()}

    def cores(self, seconds: float) -> dict[str, float]:
        """How much of a core each has used since the watch began."""
        spent = {name: value - self._before[name] for name, value in self._read().items()}
        spent["foreign"] = spent.pop("machine") - sum(
            spent[name] for name in self._before if name != "machine"
        )
        return {name: round(value / seconds, 4) for name, value in spent.items()}


async def phase(
    crowd: Crowd, plan: dict[str, Any], pids: dict[str, int], best: float
) -> dict[str, Any]:
    """Run one phase and measure it."""
    crowd.begin()
    gc.collect()
    gc.disable()
    lags = array("d")
    pacing = None
    if plan["kind"] == "closed":
        crowd.is_pumping = True
        for sender in crowd.senders:
            for _ in range(plan["window"]):
                sender.send()
    elif plan["kind"] == "open":
        rate = plan.get("rate") or plan["share"] * best
        pacing = asyncio.create_task(_keep_pace(crowd, rate, lags))
    await asyncio.sleep(WARM_UP)
    returning = Returning(crowd, plan["returning"]) if "returning" in plan else None
    began, watch, first = clock(), Watch(pids), len(crowd.sent)
    if returning:
        returning.start()
    await asyncio.sleep(plan["seconds"])
    if returning:
        await returning.finish()
    seconds = clock() - began
    cores = watch.cores(seconds)
    said = len(crowd.sent) - first
    ended = clock()
    crowd.is_pumping = False
    if pacing:
        pacing.cancel()
    await _drain(crowd)
    gc.enable()
    report = _report(crowd, began, ended, cores)
    report |= {"kind": plan["kind"], "seconds": round(seconds, 3), "messages": said}
    if lags:
        report["lag_ms"] = percentiles(lags)
    if returning:
        report["returning"] = returning.report()
    return report


async def _keep_pace(crowd: Crowd, rate: float, lags: "array[float]") -> None:
    """Send the n-th message at its time, whatever became of those before."""
    began, sent = clock(), 0
    while True:
        while sent < int((clock() - began) * rate):
            crowd.senders[sent % len(crowd.senders)].send()
            sent += 1
            lags.append(clock() - began - sent / rate)
        await asyncio.sleep(PERIOD)


async def _drain(crowd: Crowd) -> None:
    said: dict[str, int] = {}
    for sent in crowd.sent:
        assert isinstance(sent.owner, Member)
        said[sent.owner.room] = said.get(sent.owner.room, 0) + 1
    until = clock() + DRAIN
    while clock() < until:
        if all(
            sum(len(heard.sent) for _, heard in member.notes) >= said.get(member.room, 0)
            for member in crowd.members
        ):
            return
        await asyncio.sleep(0.05)


def _report(
    crowd: Crowd, began: float, ended: float, cores: dict[str, float]
) -> dict[str, Any]:
    late = array("d")
    rooms: dict[str, list[list[int]]] = {}
    for member in crowd.members:
        numbers: list[int] = []
        for at, heard in member.notes:
            numbers += [sent.number for sent in heard.sent]
            if began <= at < ended:
                late.extend([at - sent.at for sent in heard.sent])
        rooms.setdefault(member.room, []).append(numbers)
    said = dict.fromkeys(rooms, 0)
    for sent in crowd.sent:
        assert isinstance(sent.owner, Member)
        said[sent.owner.room] += 1
    faults = [judge(said[room], heard) for room, heard in rooms.items()]
    seconds = ended - began
    return {
        "deliveries_s": round(len(late) / seconds, 1),
        "messages_s": 0.0
        if not late
        else round(len(late) / seconds / len(crowd.members) * len(rooms), 1),
        "latency_ms": percentiles(late),
        "cores": cores,
        "us_per_delivery": {
            name: round(value * seconds * 1e6 / len(late), 3) if late else None
            for name, value in cores.items()
        },
        "lost": sum(each.lost for each in faults),
        "doubled": sum(each.doubled for each in faults),
        "disordered": sum(each.disordered for each in faults),
    }


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Connect, run the phases, leave."""
    crowd = Crowd(DIALECTS[plan["dialect"]], plan["url"], plan.get("size", 128))
    entered = await crowd.enter(plan["rooms"])
    trickles = [Trickle(plan["url"], *each) for each in plan.get("trickles", ())]
    phases: list[dict[str, Any]] = []
    best = 0.0
    for each in plan["phases"]:
        done = await phase(crowd, each, plan.get("watch", {}), best)
        best = done["messages"] / done["seconds"] if each["kind"] == "closed" else best
        phases.append(done)
    for trickle in trickles:
        trickle.close()
    dropped = crowd.dropped
    memory = {
        name: machine.status(pid, "VmRSS") for name, pid in plan.get("watch", {}).items()
    }
    await crowd.leave()
    return {"entered_s": entered, "phases": phases, "dropped": dropped, "rss_kb": memory}


def main() -> None:
    """Read the plan, run it, and print what was measured."""
    machine.raise_file_limit()
    plan = json.load(sys.stdin)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(plan))))


if __name__ == "__main__":
    main()
