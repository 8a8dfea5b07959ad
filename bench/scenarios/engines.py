"""Engines, beside Hearth: durable against durable, and against those that store nothing."""

from collections import defaultdict

from bench.bench import Bench, Cell
from bench.peers import engines
from bench.scenarios.fanout import note_closed_loop

CASES = (
    (10, 1),
    (10, 8),
    (100, 1),
    (100, 8),
    (1000, 1),
)  # members, and each one's in flight
MAX_MEMBERS = {"Prosody": 100}  # more take minutes to come in
GOALS = {
    ("JetStream, synced", 10, 1): ">= 1",
    ("JetStream, synced", 100, 1): ">= 2",
    ("JetStream, synced", 1000, 1): ">= 2.5",
    ("NATS", 10, 1): ">= 0.1",
    ("NATS", 100, 1): ">= 0.5",
    ("NATS", 1000, 1): ">= 2.4",
}


def beside_engines(bench: Bench) -> None:
    """NATS, JetStream, nchan, Mosquitto and Prosody, by the same generator, in turns."""
    found: defaultdict[tuple[str, int, int], list[Cell]] = defaultdict(list)
    seconds = 1.0 if bench.quick else 4.0
    for turn in range(bench.rounds):
        for members, window in CASES:
            rooms = bench.general(members)
            phases = [{"kind": "closed", "window": window, "seconds": seconds}]
            for subject in ("Hearth", *engines.ENGINES):
                if members > MAX_MEMBERS.get(subject, members):
                    continue
                bench.tell(f"round {turn + 1}, {members:,} members, {window}: {subject}")
                if (done := _cell(bench, subject, rooms, phases, turn)) is not None:
                    found[subject, members, window] += done["phases"]
    note_closed_loop(bench, "engines", found, GOALS)


def _cell(
    bench: Bench, subject: str, rooms: list[Cell], phases: list[Cell], turn: int
) -> Cell | None:
    if subject == "Hearth":
        return bench.cell(subject, rooms, phases)
    members, window = len(rooms[0]["members"]), phases[0]["window"]
    folder = bench.folder / f"{subject.split()[0]}-{turn}-{members}-{window}-{len(subject)}"
    with engines.started(subject, folder) as peer:
        if peer is None:
            return None
        bench.peers[subject] = peer
        return bench.cell(subject, rooms, phases)
