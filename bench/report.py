"""From figures to a table and two plots: `python -m bench.report` rewrites README.md's."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import CELLS, Figure, number, read

HERE = Path(__file__).parent
PUBLISHED = HERE / "results/full.jsonl"
BEGIN, END = "<!-- made by `python -m bench.report` -->", "<!-- end -->"
DELIVERIES, COST, GENERATOR = CELLS


def table(figures: Sequence[Figure]) -> str:
    """Deliveries of all, then every other figure of Hearth, with its goal."""
    fanout = [f for f in figures if f.scenario == "fanout" and f.name.startswith(CELLS)]
    cells = {(f.subject, f.name): f for f in fanout}
    sizes = {name: f.x or 0 for (_, name), f in cells.items() if name.startswith(COST)}
    names = [
        name.removeprefix(COST) for name in sorted(sizes, key=lambda name: sizes[name])
    ]
    lines = []
    if names:
        lines.append(f"| deliveries a second · µs of CPU each | {' | '.join(names)} |")
        lines.append("|---|" + "---:|" * len(names))
    for subject in dict.fromkeys(subject for subject, _ in cells):
        shown = [
            " · ".join(
                number(cells[subject, kind + name].value)
                for kind in (DELIVERIES, COST)
                if (subject, kind + name) in cells
            )
            for name in names
        ]
        label = "**Hearth**" if subject == "Hearth" else subject
        lines.append(f"| {label} | {' | '.join(shown)} |")
    lines += ["", "| figure | goal | measured | |", "|---|---|---:|---|"]
    order = list(dict.fromkeys(figure.scenario for figure in figures))
    for f in sorted(figures, key=lambda each: order.index(each.scenario)):
        is_shown = f.subject == "Hearth" and not f.name.startswith(GENERATOR)
        if is_shown and f not in fanout:
            verdict = "" if not f.goal else "met" if f.is_met else "**missed**"
            value = f"{number(f.value)} {f.unit}".strip()
            lines.append(f"| {f.scenario}: {f.name} | {f.goal} | {value} | {verdict} |")
    return "\n".join(lines).strip()


def _lines(axes: Any, figures: Sequence[Figure], **labels: Any) -> None:
    """A line for each subject, through its figures."""
    for subject in dict.fromkeys(figure.subject for figure in figures):
        mine = sorted(
            (f.x, f.value) for f in figures if f.subject == subject and f.x is not None
        )
        width = 2.5 if subject == "Hearth" else 1.2
        axes.plot(*zip(*mine, strict=True), marker="o", linewidth=width, label=subject)
    axes.set(**labels)
    if figures:
        axes.legend()


def plot(figures: Sequence[Figure], folder: Path) -> None:
    """Latency against load; cost against the size of the room and of what is behind it."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams |= {"figure.figsize": (8, 4), "savefig.dpi": 80, "axes.grid": True}
    from matplotlib import pyplot

    def named(scenario: str, start: str) -> list[Figure]:
        return [
            figure
            for figure in figures
            if figure.scenario == scenario and figure.name.startswith(start)
            if figure.x is not None and "in flight" not in figure.name
        ]

    fig, two = pyplot.subplots(1, 2, sharex=True)
    for axes, place in zip(two, ("p50", "p99"), strict=True):
        labels = {"xlabel": "share of the maximum load", "ylabel": f"{place} in ms"}
        _lines(axes, named("latency", place), yscale="log", **labels)
    fig.suptitle("Latency of a delivery against load, 100 members")
    fig.tight_layout()
    fig.savefig(folder / "latency.png")
    fig, (room, past) = pyplot.subplots(1, 2)
    labels = {"xlabel": "members", "ylabel": "µs of CPU per delivery"}
    _lines(room, named("fanout", COST), xscale="log", yscale="log", **labels)
    labels = {"xlabel": "messages in the room", "ylabel": "µs of CPU per message"}
    _lines(past, named("growth", ""), xscale="symlog", **labels)
    past.set_ylim(bottom=0)
    fig.suptitle("Cost against the size of a room, and against its past")
    fig.tight_layout()
    fig.savefig(folder / "cost.png")


def main() -> None:
    """Rewrite the part of README.md between its marks, and the plots."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=PUBLISHED)
    figures = read(parser.parse_args().results)
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n\n{table(figures)}\n\n{END}{after}")
    plot(figures, HERE)


if __name__ == "__main__":
    main()
