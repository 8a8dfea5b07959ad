"""Delivery to many: against the peers, in rooms of every size, and at every load."""

from collections import defaultdict

from bench.bench import Bench, Cell, cost, foreign

YARDSTICK = "aiohttp"
RATIOS = {  # of Hearth's deliveries to a peer's: (peer, members, window)
    ("aiohttp", 1000, 1): ">= 4",
    ("FastAPI", 1000, 1): ">= 6",
    ("Node ws", 1000, 1): ">= 3.5",
    ("aiohttp", 100, 1): ">= 1.2",
    ("aiohttp", 100, 8): ">= 2.5",
    ("aiohttp", 10, 1): ">= 0.3",
}
COSTS = {1000: "<= 0.2", 100: "<= 0.5", 10: "<= 1.5"}  # of Hearth's CPU to aiohttp's
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
MOST = 0.0  # in place of a share: half of the most, with eight messages in flight each
Key = tuple[str, int, int]


def closed_loop(bench: Bench) -> None:
    """Ten senders, each with one message in flight, or eight; rooms of several sizes."""
    sizes = (10, 100, 1000) if bench.quick else (10, 30, 100, 300, 1000)
    found: defaultdict[Key, list[Cell]] = defaultdict(list)
    seconds = 1.0 if bench.quick else 4.0
    for turn in range(bench.rounds):
        for members in sizes:
            rooms = bench.general(members)
            for subject in ("Hearth", *bench.peers):
                bench.tell(f"round {turn + 1}, {members:,} members: {subject}")
                windows = (1, 8) if members == 100 else (1,)
                phases = [
                    {"kind": "closed", "window": window, "seconds": seconds}
                    for window in windows
                ]
                done = bench.cell(subject, rooms, phases)["phases"]
                for window, phase in zip(windows, done, strict=True):
                    found[subject, members, window].append(phase)
    note_closed_loop(bench, "fanout", found, RATIOS)
    _note_costs(bench, found)


def _case(members: int, window: int) -> str:
    return f"{members:,} members" + f", {window} in flight" * (window > 1)


def note_closed_loop(
    bench: Bench, scenario: str, found: dict[Key, list[Cell]], goals: dict[Key, str]
) -> None:
    """Note what each subject reached, and what Hearth did against each other one."""
    for (subject, members, window), phases in found.items():
        case = _case(members, window)
        more = {"subject": subject, "foreign": foreign(phases), "x": members}
        deliveries = [phase["deliveries_s"] for phase in phases]
        bench.notes.note(scenario, f"deliveries, {case}", deliveries, "/s", **more)
        costs = [cost(phase) for phase in phases]
        bench.notes.note(scenario, f"CPU per delivery, {case}", costs, "µs", **more)
        if subject == "Hearth":
            continue
        pairs = zip(found["Hearth", members, window], phases, strict=True)
        ratios = [
            ours["deliveries_s"] / max(theirs["deliveries_s"], 1) for ours, theirs in pairs
        ]
        bench.notes.note(
            scenario, f"deliveries against {subject}, {case}", ratios, "x",
            goal=goals.get((subject, members, window), ""), foreign=foreign(phases),
        )  # fmt: skip


def _note_costs(bench: Bench, found: dict[Key, list[Cell]]) -> None:
    for (subject, members, window), phases in found.items():
        case = _case(members, window)
        more = {"foreign": foreign(phases)}
        generator = [phase["cores"]["generator"] for phase in phases]
        bench.notes.note(
            "fanout", f"generator, {case}", generator, "cores",
            subject=subject, x=members, **more,
        )  # fmt: skip
        if subject == YARDSTICK:
            pairs = zip(found["Hearth", members, window], phases, strict=True)
            costs = [cost(ours) / cost(theirs) for ours, theirs in pairs]
            bench.notes.note(
                "fanout", f"CPU per delivery against {subject}, {case}", costs, "x",
                goal=COSTS.get(members, "") if window == 1 else "", **more,
            )  # fmt: skip


def many_rooms(bench: Bench) -> None:
    """200 rooms of ten members, all of whom talk."""
    count = 40 if bench.quick else 200
    people = bench.people(count * 10)
    rooms = []
    for number in range(count):
        members = range(number * 10, number * 10 + 10)
        name = f"team{number:03}"
        bench.hearth.make_room(name, members)
        rooms.append(
            {"name": name, "members": people[members.start : members.stop], "senders": 10}
        )
    phases = [{"kind": "closed", "window": 1, "seconds": 1.0 if bench.quick else 4.0}]
    found: defaultdict[str, list[Cell]] = defaultdict(list)
    for turn in range(bench.rounds):
        for subject in ("Hearth", YARDSTICK):
            bench.tell(f"round {turn + 1}, {count} rooms: {subject}")
            found[subject] += bench.cell(subject, rooms, phases)["phases"]
    pairs = list(zip(found["Hearth"], found[YARDSTICK], strict=True))
    more = {"foreign": foreign(found["Hearth"])}
    name = f"{count} rooms of 10, all talking"
    bench.notes.note(
        "rooms",
        f"deliveries, {name}",
        [ours["deliveries_s"] for ours, _ in pairs],
        "/s",
        **more,
    )
    ratios = [ours["deliveries_s"] / theirs["deliveries_s"] for ours, theirs in pairs]
    bench.notes.note(
        "rooms", f"deliveries against aiohttp, {name}", ratios, "x", goal=">= 1", **more
    )
    costs = [cost(ours) / cost(theirs) for ours, theirs in pairs]
    bench.notes.note(
        "rooms", f"CPU per delivery against aiohttp, {name}", costs, "x", **more
    )


def latency_against_load(bench: Bench) -> None:
    """100 members, on a fixed schedule, at shares of what ten senders reach.

    That is with one message in flight; at last also half of what they reach with eight.
    """
    seconds = 2.0 if bench.quick else 5.0
    shares = (0.5,) if bench.quick else SHARES
    subjects = ("Hearth",) if bench.quick else ("Hearth", YARDSTICK)
    found: defaultdict[tuple[str, float], list[Cell]] = defaultdict(list)
    for turn in range(bench.rounds):
        for subject in subjects:
            bench.tell(f"round {turn + 1}, latency against load: {subject}")
            phases: list[Cell] = []
            for window, parts in ((1, shares), (8, (0.5,))):
                phases.append({"kind": "closed", "window": window, "seconds": seconds})
                phases += [
                    {"kind": "open", "share": share, "seconds": seconds} for share in parts
                ]
            done = bench.cell(subject, bench.general(100), phases)["phases"]
            paced = [phase for phase in done if phase["kind"] == "open"]
            for share, phase in zip((*shares, MOST), paced, strict=True):
                found[subject, share].append(phase)
    for (subject, share), phases in found.items():
        of = f"{share:.0%} of the maximum load"
        if share == MOST:
            of = "50% of what 8 in flight reach"
        for place, goal in (("p50", "<= 10"), ("p99", "<= 30")):
            bench.notes.note(
                "latency", f"{place} at {of}, 100 members",
                [phase["latency_ms"].get(place, float("inf")) for phase in phases], "ms",
                goal=goal if share == 0.5 and subject == "Hearth" else "",
                subject=subject, x=share or None, foreign=foreign(phases),
            )  # fmt: skip
