"""What is measured: one JSON line per figure, medians of several rounds."""

import json
import operator
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt}


@dataclass(frozen=True)
class Figure:
    """A number with a name; `x` places it on a plot, `goal` is like `<= 30`."""

    scenario: str
    name: str
    value: float
    unit: str
    rounds: tuple[float, ...]
    subject: str = "Hearth"
    goal: str = ""
    x: float | None = None
    foreign: float = 0.0  # cores that others used meanwhile: above 0.2, doubt the times
    at: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """What a later measurement of the same replaces."""
        return self.scenario, self.name, self.subject, self.x

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; without one, nothing is missed."""
        sign, _, number = self.goal.partition(" ")
        return not sign or bool(COMPARE[sign](self.value, float(number.replace(",", ""))))


class Notes:
    """The figures of a run, written down as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.figures: list[Figure] = []

    def note(
        self, scenario: str, name: str, rounds: Sequence[float], unit: str, **more: Any
    ) -> None:
        """Write a figure down: the median of the rounds."""
        rounds = tuple(round(value, 4) for value in rounds)
        figure = Figure(
            scenario,
            name,
            statistics.median(rounds),
            unit,
            rounds,
            at=int(time.time()),
            **more,
        )
        self.figures.append(figure)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as lines:
            lines.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")
        print("    " + in_words(figure), flush=True)


def read(path: Path) -> list[Figure]:
    """The latest of each figure in a file, in the order of their first mention."""
    latest: dict[tuple[Any, ...], Figure] = {}
    for line in path.read_text().splitlines():
        values = json.loads(line)
        figure = Figure(**{**values, "rounds": tuple(values["rounds"])})
        latest[figure.key] = figure
    return list(latest.values())


def number(value: float) -> str:
    """A number as people write it, with three digits that matter."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def in_words(figure: Figure) -> str:
    """A figure as a line for people."""
    least, most = min(figure.rounds), max(figure.rounds)
    spread = f" ({number(least)} to {number(most)})" if len(figure.rounds) > 1 else ""
    verdict = f", goal {figure.goal}: {'met' if figure.is_met else 'MISSED'}" * bool(
        figure.goal
    )
    noise = f", foreign load {figure.foreign:.1f} cores" * (figure.foreign > 0.2)
    name = f"{figure.subject}: {figure.name}"
    return f"{name} = {number(figure.value)} {figure.unit}{spread}{verdict}{noise}"
