"""What every scenario has: the Hearth under test, the peers, and a place for figures."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from bench import machine, peers
from bench.figures import Notes
from bench.hearth import Hearth

Cell = dict[str, Any]  # what the load generator reports of one server, see `load.py`
PROCESSES = ("server", "mongod")


class Bench:
    """One run: everything that it starts ends with it."""

    def __init__(self, notes: Notes, *, quick: bool, rounds: int, shared: bool) -> None:
        self.notes, self.quick, self.rounds = notes, quick, rounds
        self.database_core = machine.SERVER if shared else machine.GENERATOR
        self._stack = ExitStack()

    def __enter__(self) -> "Bench":
        """Begin; nothing is started before a scenario asks for it."""
        return self

    def __exit__(self, *error: object) -> None:
        """End all that was started."""
        self._stack.close()

    def tell(self, text: str) -> None:
        """Say how far we are."""
        print(f"  {text}", flush=True)

    @cached_property
    def peers(self) -> dict[str, peers.Peer]:
        """The peers, running; idle, they cost nothing."""
        return self._stack.enter_context(peers.started())

    @cached_property
    def folder(self) -> Path:
        """A place for what this run needs."""
        return Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="hearth-"))
        )

    @cached_property
    def hearth(self) -> Hearth:
        """The Hearth that most scenarios share."""
        return self.another("shared")

    def another(self, name: str, **settings: str) -> Hearth:
        """A Hearth with data of its own."""
        hearth = Hearth(self.folder / name, **settings)
        self._stack.callback(hearth.stop)
        self.start(hearth)
        return hearth

    def start(self, hearth: Hearth) -> float:
        """Start a Hearth, its database on the core where databases go."""
        took = hearth.start()
        machine.move(hearth.pids["mongod"], self.database_core)
        return took

    def people(self, count: int) -> list[tuple[str, str]]:
        """So many people of the shared Hearth."""
        if len(self.hearth.people) < count:
            self.tell(f"{count:,} people sign up")
            self.hearth.sign_up(count)
        return self.hearth.people[:count]

    def cell(
        self, subject: str, rooms: Sequence[Cell], phases: Sequence[Cell], **more: Any
    ) -> Cell:
        """Load one server, Hearth or a peer, with phases."""
        if subject == "Hearth":
            target = {
                "url": self.hearth.socket,
                "watch": self.hearth.pids,
                "dialect": "hearth",
            }
        else:
            url, pid, dialect = self.peers[subject]
            target = {"url": url, "watch": {"server": pid}, "dialect": dialect}
        done = machine.load({**target, "rooms": rooms, "phases": phases, **more})
        for phase in done["phases"]:
            for fault in ("lost", "doubled", "disordered"):
                if phase[fault]:
                    self.tell(f"{subject}: {phase[fault]} {fault}!")
        if done["dropped"]:
            self.tell(f"{subject}: {done['dropped']} connections dropped!")
        return done

    def general(self, members: int, senders: int = 10) -> list[Cell]:
        """One room with so many members connected."""
        people = self.people(members)
        return [{"name": "general", "members": people, "senders": min(senders, members)}]


def cost(phase: Cell) -> float:
    """Microseconds of CPU for one delivery, of all processes that serve."""
    spent = phase["us_per_delivery"]
    return sum(spent.get(name) or 0.0 for name in PROCESSES)


def foreign(phases: Sequence[Cell]) -> float:
    """The most that others used of the machine in one of the phases, in cores."""
    return round(max((phase["cores"]["foreign"] for phase in phases), default=0.0), 2)
