"""Delivery to many: against the peers, in rooms of every size, and at every load."""

from collections.abc import Iterable, Sequence

from bench.bench import Bench, Cell, cost
from bench.peers import BROADCASTS, ENGINES, is_here

YARDSTICK = "aiohttp"
# Members, and how many messages each sender has in flight, in one connection.
CASES = ((10, [1]), (30, [1]), (100, [1, 8]), (300, [1]), (1000, [1]))
QUICK_CASES = ((10, [1]), (100, [1, 8]), (1000, [1]))
ENGINE_CASES = ((10, [1]), (10, [8]), (100, [1]), (100, [8]), (1000, [1]))
QUICK_ENGINE_CASES = ((100, [1]),)
MAX_MEMBERS = {"Prosody": 100}  # more take minutes to come in
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


def beside_broadcasts(bench: Bench) -> None:
    """Ten senders, each with one message in flight, or eight; rooms of several sizes."""
    _in_general(bench, BROADCASTS, bench.pick(QUICK_CASES, CASES))


def beside_engines(bench: Bench) -> None:
    """NATS, JetStream, nchan, Mosquitto and Prosody, by the same generator, in turns."""
    _in_general(bench, ENGINES, bench.pick(QUICK_ENGINE_CASES, ENGINE_CASES))


def many_rooms(bench: Bench) -> None:
    """200 rooms of ten members, all of whom talk."""
    count = bench.pick(40, 200)
    people, rooms = bench.hearth.sign_up(count * 10), []
    for number in range(count):
        members = range(number * 10, number * 10 + 10)
        name = f"team{number:03}"
        bench.hearth.make_room(name, members)
        talkers = people[members.start : members.stop]
        rooms.append({"name": name, "members": talkers, "senders": 10})
    case = f"{count} rooms of 10, all talking"
    for _ in range(bench.rounds):
        _in_turns(bench, [YARDSTICK], rooms, [1], case)


def _in_general(
    bench: Bench, names: Iterable[str], cases: Sequence[tuple[int, list[int]]]
) -> None:
    here = [name for name in names if is_here(name)]
    for _ in range(bench.rounds):
        for members, windows in cases:
            peers = [name for name in here if members <= MAX_MEMBERS.get(name, members)]
            rooms = bench.general(members)
            _in_turns(bench, peers, rooms, windows, f"{members:,} members", members)


def _in_turns(
    bench: Bench,
    peers: Sequence[str],
    rooms: list[Cell],
    windows: list[int],
    case: str,
    x: float | None = None,
) -> None:
    """One round of one case: Hearth, and then each peer against it."""
    seconds = bench.pick(1.0, 4.0)
    phases = [{"kind": "closed", "window": each, "seconds": seconds} for each in windows]
    ours: list[Cell] = []
    for subject in ("Hearth", *peers):
        bench.tell(f"{case}, {windows} in flight: {subject}")
        done = bench.cell(subject, rooms, phases)["phases"]
        ours = ours or done
        for window, mine, phase in zip(windows, ours, done, strict=True):
            name = case + f", {window} in flight" * (window > 1)
            for kind, unit, value in (
                ("deliveries", "/s", phase["deliveries_s"]),
                ("CPU per delivery", "µs", cost(phase)),
                ("generator", "cores", phase["cores"]["generator"]),
            ):
                bench.add(f"{kind}, {name}", unit, value, phase, subject=subject, x=x)
            if subject != "Hearth":
                ratio = mine["deliveries_s"] / max(phase["deliveries_s"], 1)
                bench.add(f"deliveries against {subject}, {name}", "x", ratio, phase)
            if subject == YARDSTICK:
                ratio = cost(mine) / cost(phase)
                bench.add(f"CPU per delivery against {subject}, {name}", "x", ratio, phase)


def latency_against_load(bench: Bench) -> None:
    """100 members, on a fixed schedule, at shares of what ten senders reach.

    That is with one message in flight; at last also half of what they reach with eight.
    """
    seconds, shares = bench.pick(2.0, 5.0), bench.pick((0.5,), SHARES)
    cases: list[tuple[str, float | None]] = [
        *((f"{share:.0%} of the maximum load", share) for share in shares),
        ("50% of what 8 in flight reach", None),
    ]
    phases: list[Cell] = []
    for window, parts in ((1, shares), (8, (0.5,))):
        phases.append({"kind": "closed", "window": window, "seconds": seconds})
        phases += [{"kind": "open", "share": part, "seconds": seconds} for part in parts]
    for _ in bench.turns("latency against load"):
        for subject in bench.pick(("Hearth",), ("Hearth", YARDSTICK)):
            done = bench.cell(subject, bench.general(100), phases)["phases"]
            paced = [phase for phase in done if phase["kind"] == "open"]
            for (of, x), phase in zip(cases, paced, strict=True):
                for place in ("p50", "p99"):
                    late, name = phase["latency_ms"][place], f"{place} at {of}, 100 members"
                    bench.add(name, "ms", late, phase, subject=subject, x=x)
