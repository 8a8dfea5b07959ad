"""What is measured: one JSON line per figure, medians of several rounds."""

import operator
import statistics
import time
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

# Cores that others may use until times are in doubt, and until ratios are.
MAX_FOREIGN, MAX_FOREIGN_OF_RATIOS = 0.2, 0.5
COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt}
GOALS = {
    "absence: messages that are missed of 20,000 changes": "<= 0",
    "fanout: deliveries against aiohttp, 10 members": ">= 0.3",
    "fanout: deliveries against aiohttp, 100 members": ">= 1.2",
    "fanout: deliveries against aiohttp, 100 members, 8 in flight": ">= 2.5",
    "fanout: deliveries against aiohttp, 1,000 members": ">= 4",
    "fanout: deliveries against FastAPI, 1,000 members": ">= 6",
    "fanout: deliveries against Node ws, 1,000 members": ">= 3.5",
    "fanout: CPU per delivery against aiohttp, 10 members": "<= 1.5",
    "fanout: CPU per delivery against aiohttp, 100 members": "<= 0.5",
    "fanout: CPU per delivery against aiohttp, 1,000 members": "<= 0.2",
    "engines: deliveries against NATS, 10 members": ">= 0.1",
    "engines: deliveries against NATS, 100 members": ">= 0.5",
    "engines: deliveries against NATS, 1,000 members": ">= 2.4",
    "engines: deliveries against JetStream, synced, 10 members": ">= 1",
    "engines: deliveries against JetStream, synced, 100 members": ">= 2",
    "engines: deliveries against JetStream, synced, 1,000 members": ">= 2.5",
    "rooms: deliveries against aiohttp, *": ">= 1",
    "latency: p50 at 50% of the maximum load, *": "<= 10",
    "latency: p99 at 50% of the maximum load, *": "<= 30",
    "readers: change of p99 by bad readers": "< 10",
    "catch-up: the last of *": "<= 2",
    "catch-up: live p99 *": "<= 100",
    "comeback: the last of *": "<= 5",
    "transfers: the latter to the former": "<= 2",
    "welcome: p99 *": "<= 50",
    "history: p99 of a page of 50, *": "<= 10",
    "history: p99 of a search, *": "<= 100",
    "connections: memory per connection, *": "<= 20",
    "connections: dropped, *": "<= 0",
    "idle: memory of the server, idle": "<= 70",
    "idle: memory of the mongod, idle": "<= 250",
    "web: first view, packed": "<= 100",
    "web: first view, unpacked": "<= 300",
}


class Figure(msgspec.Struct):
    """The median of some rounds; `x` places it on a plot, `goal` is like `<= 30`."""

    scenario: str
    name: str
    value: float
    unit: str
    rounds: list[float]
    subject: str = "Hearth"
    goal: str = ""
    x: float | None = None
    foreign: float = 0.0  # cores that others used meanwhile
    at: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What a later measurement of the same replaces."""
        return self.scenario, self.name, self.subject

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; without one, nothing is missed."""
        sign, _, number = self.goal.partition(" ")
        return not sign or bool(COMPARE[sign](self.value, float(number)))

    def __str__(self) -> str:
        """A line for people."""
        least, most = min(self.rounds), max(self.rounds)
        spread = f" ({number(least)} to {number(most)})" if len(self.rounds) > 1 else ""
        verdict = f", goal {self.goal}: {'met' if self.is_met else 'MISSED'}"
        noise = f", foreign load {self.foreign:.1f} cores" * (self.foreign > MAX_FOREIGN)
        said = f"{self.subject}: {self.name} = {number(self.value)} {self.unit}{spread}"
        return f"{said}{verdict * bool(self.goal)}{noise}"


class Notes:
    """The figures of a run, noted when a scenario is through with its rounds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[tuple[str, str], Figure] = {}  # by name and subject
        self.figures: list[Figure] = []

    def add(
        self,
        name: str,
        unit: str,
        value: float,
        *phases: dict[str, Any],
        subject: str = "Hearth",
        x: float | None = None,
    ) -> None:
        """Take what one round found, and what others used of the machine in its phases."""
        new = Figure("", name, 0.0, unit, [], subject, x=x)
        figure = self._found.setdefault((name, subject), new)
        figure.rounds.append(round(value, 4))
        foreign = (round(each["cores"]["foreign"], 2) for each in phases)
        figure.foreign = max(figure.foreign, *foreign, 0.0)

    def write(self, scenario: str) -> None:
        """Write down a scenario's figures."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as lines:
            for figure in self._found.values():
                figure.scenario, figure.at = scenario, int(time.time())
                figure.value = statistics.median(figure.rounds)
                label = f"{scenario}: {figure.name}" * (figure.subject == "Hearth")
                goals = (GOALS[each] for each in GOALS if fnmatchcase(label, each))
                figure.goal = next(goals, "")
                lines.write(msgspec.json.encode(figure) + b"\n")
                print(f"    {figure}", flush=True)
        self.figures += self._found.values()
        self.forget()

    def forget(self) -> None:
        """Drop what a scenario that broke has found."""
        self._found = {}


def read(path: Path) -> list[Figure]:
    """The latest of each figure in a file, in the order of their first mention."""
    figures = msgspec.json.Decoder(Figure).decode_lines(path.read_bytes())
    return list({figure.key: figure for figure in figures}.values())


def number(value: float) -> str:
    """A number as people write it, with three digits that matter."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


# A figure has moved if it did by more than this, and its rounds and those published, too.
NOISE, NOISE_OF_ONE_ROUND = 1.25, 1.5
RISING = ("deliveries", "on the server's one core")  # of all others, less is better
TIMES = {"s", "ms", "µs", "/s", "% of a core"}  # hang on the machine
CELLS = ("deliveries, ", "CPU per delivery, ", "generator, ")  # judged by their ratios


def compare(figures: Sequence[Figure], published: Iterable[Figure]) -> list[str]:
    """What is better and what is worse than what was published, and how it is judged.

    What hangs on the machine is set against what the peers cost there and cost here, so
    that another machine says little.
    """
    old = {figure.key: figure for figure in published}
    pairs = [(each, old[each.key]) for each in figures if each.key in old]
    speeds = [
        was.value / now.value
        for now, was in pairs
        if now.subject != "Hearth" and now.unit == "µs"
    ]
    speed = statistics.median(speeds or [1.0])
    others = statistics.median([each.foreign for each in figures if each.foreign] or [0.0])
    moved: dict[str, list[str]] = {"better": [], "worse": [], "level": [], "doubtful": []}
    for now, was in pairs:
        if now.subject != "Hearth" or now.unit == "%" or now.name.startswith(CELLS):
            continue
        rises = any(each in now.name for each in RISING)
        factor = 1.0 if now.unit not in TIMES else 1 / speed if rises else speed
        verdict, ratio = _verdict(now, was, factor, rises, others)
        said = f"{now.scenario}: {now.name}: {number(now.value)} {now.unit}"
        moved[verdict].append(f"  {verdict}: {said}, {number(ratio)} of what was published")
    counts = ", ".join(f"{len(lines)} {verdict}" for verdict, lines in moved.items())
    return [
        *moved["better"],
        *moved["worse"],
        f"Against what is published: {counts}. "
        f"The machine is {speed:.2f} times as fast, by {len(speeds)} figures of peers.",
    ]


def _verdict(
    now: Figure, was: Figure, factor: float, rises: bool, others: float
) -> tuple[str, float]:
    if not was.value:
        return ("worse" if now.value else "level"), now.value
    ratio = now.value * factor / was.value
    mine = [each * factor for each in now.rounds]
    noise = NOISE if len(mine) > 1 else NOISE_OF_ONE_ROUND
    above, below = min(mine) > max(was.rounds), max(mine) < min(was.rounds)
    if not (ratio > noise and above) and not (ratio < 1 / noise and below):
        return "level", ratio
    hangs = now.unit in TIMES
    limit = MAX_FOREIGN if hangs else MAX_FOREIGN_OF_RATIOS
    if max(now.foreign or others * hangs, was.foreign) > limit:
        return "doubtful", ratio
    return ("better" if above == rises else "worse"), ratio
