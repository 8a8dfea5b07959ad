"""What every scenario has: the Hearth under test, the peers, and a place for figures."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from bench import machine, peers
from bench.figures import Notes
from bench.hearth import Hearth

Cell = dict[str, Any]  # what the load generator reports of one server, see `load.py`
T = TypeVar("T")


class Bench(ExitStack):
    """One run: everything that it starts ends with it."""

    def __init__(self, notes: Notes, *, quick: bool, rounds: int, shared: bool) -> None:
        super().__init__()
        self.add, self.quick, self.rounds = notes.add, quick, rounds
        self.database_core = machine.SERVER if shared else machine.GENERATOR
        self._peers: dict[str, Cell] = {}  # those that run until the end

    def tell(self, text: str) -> None:
        """Say how far we are."""
        print(f"  {text}", file=sys.stderr, flush=True)

    def turns(self, what: str) -> Iterator[int]:
        """The rounds, each announced."""
        for turn in range(self.rounds):
            self.tell(f"round {turn + 1}, {what}")
            yield turn

    def pick(self, quick: T, full: T) -> T:
        """Less of something, if it must be quick."""
        return quick if self.quick else full

    def new_folder(self) -> Path:
        """A place for data, which is not there yet."""
        return Path(self.enter_context(TemporaryDirectory(prefix="hearth-"))) / "data"

    @cached_property
    def hearth(self) -> Hearth:
        """The Hearth that most scenarios share."""
        return self.another()

    def another(self, **settings: str) -> Hearth:
        """A Hearth with data of its own, running."""
        hearth = self.fresh(**settings)
        self.start(hearth)
        return hearth

    def fresh(self, **settings: str) -> Hearth:
        """A Hearth that was never started."""
        hearth = Hearth(self.new_folder(), **settings)
        self.callback(hearth.stop)
        return hearth

    def start(self, hearth: Hearth) -> None:
        """Start a Hearth, its database on the core where databases go."""
        hearth.start()
        machine.move(hearth.pids["mongod"], self.database_core)

    def general(self, members: int, senders: int = 10) -> list[Cell]:
        """One room with so many members connected."""
        people = self.hearth.sign_up(members)
        return [{"name": "general", "members": people, "senders": min(senders, members)}]

    def cell(self, subject: str, rooms: Sequence[Cell], phases: Sequence[Cell]) -> Cell:
        """Load the shared Hearth or a peer with phases; an engine runs only meanwhile."""
        if subject == "Hearth":
            return self.load(self.hearth, rooms, phases)
        if subject in peers.ENGINES:
            with peers.running(subject, self.new_folder()) as target:
                return self._load(subject, target, rooms, phases)
        if subject not in self._peers:
            running = peers.running(subject, self.new_folder())
            self._peers[subject] = self.enter_context(running)
        return self._load(subject, self._peers[subject], rooms, phases)

    def load(self, hearth: Hearth, rooms: Sequence[Cell], phases: Sequence[Cell]) -> Cell:
        """Load a Hearth with phases."""
        return self._load("Hearth", hearth.target, rooms, phases)

    def _load(
        self, subject: str, target: Cell, rooms: Sequence[Cell], phases: Sequence[Cell]
    ) -> Cell:
        done = machine.load({**target, "rooms": rooms, "phases": phases})
        faults = {
            fault: sum(phase[fault] for phase in done["phases"])
            for fault in ("lost", "doubled", "disordered")
        }
        for fault, count in (faults | {"connections dropped": done["dropped"]}).items():
            if count:
                self.tell(f"{subject}: {count} {fault}!")
        return done


def cost(phase: Cell) -> float:
    """Microseconds of CPU for one delivery, of all processes that serve."""
    spent: dict[str, float] = phase["us_per_delivery"]
    return sum(spent.get(name, 0.0) for name in ("server", "mongod"))
