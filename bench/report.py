"""From figures to a table and two plots: `python -m bench.report` rewrites README.md's."""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, number, read

HERE = Path(__file__).parent
BEGIN, END = "<!-- made by `python -m bench.report` -->", "<!-- end -->"
FANOUT = "fanout"


def table(figures: Sequence[Figure]) -> str:
    """Deliveries of all, then every other figure of Hearth, with its goal."""
    return "\n\n".join(filter(None, (_fanout(figures), _others(figures))))


def _fanout(figures: Sequence[Figure]) -> str:
    cells: dict[str, dict[str, Figure]] = {}
    cases: dict[str, float] = {}
    for figure in figures:
        for kind in ("deliveries, ", "CPU per delivery, "):
            if figure.scenario == FANOUT and figure.name.startswith(kind):
                cases[figure.name.removeprefix(kind)] = figure.x or 0.0
                cells.setdefault(figure.subject, {})[figure.name] = figure
    if not cells:
        return ""
    names = sorted(cases, key=lambda name: cases[name])
    lines = [f"| deliveries a second · µs of CPU each | {' | '.join(names)} |"]
    lines.append("|---|" + "---:|" * len(names))
    for subject, row in cells.items():
        shown = [
            f"{number(row[f'deliveries, {name}'].value)} · "
            f"{number(row[f'CPU per delivery, {name}'].value)}"
            if f"deliveries, {name}" in row
            else ""
            for name in names
        ]
        label = "**Hearth**" if subject == "Hearth" else subject
        lines.append(f"| {label} | {' | '.join(shown)} |")
    return "\n".join(lines)


def _others(figures: Sequence[Figure]) -> str:
    lines = ["| figure | goal | measured | |", "|---|---|---:|---|"]
    order = list(dict.fromkeys(figure.scenario for figure in figures))
    for figure in sorted(figures, key=lambda each: order.index(each.scenario)):
        is_cell = figure.scenario == FANOUT and " against " not in figure.name
        if is_cell or figure.subject != "Hearth":
            continue
        verdict = "" if not figure.goal else "met" if figure.is_met else "**missed**"
        value = f"{number(figure.value)} {figure.unit}".strip()
        lines.append(
            f"| {figure.scenario}: {figure.name} | {figure.goal} | {value} | {verdict} |"
        )
    return "\n".join(lines) if len(lines) > 2 else ""


def plot(figures: Sequence[Figure], folder: Path) -> None:
    """Latency against load; cost against the size of the room and of what is behind it."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams |= {"figure.figsize": (8, 4), "savefig.dpi": 80, "axes.grid": True}
    from matplotlib import pyplot

    fig, (middle, tail) = pyplot.subplots(1, 2, sharex=True)
    for axes, place in ((middle, "p50"), (tail, "p99")):
        late = [f for f in figures if f.scenario == "latency" and f.x is not None]
        _lines(axes, [f for f in late if f.name.startswith(place)])
        axes.set(xlabel="share of the maximum load", ylabel=f"{place} in ms", yscale="log")
    fig.suptitle("Latency of a delivery against load, 100 members")
    fig.tight_layout()
    fig.savefig(folder / "latency.png")
    fig, (room, past) = pyplot.subplots(1, 2)
    costs = [
        figure
        for figure in figures
        if figure.scenario == FANOUT and figure.name.startswith("CPU per delivery, ")
    ]
    _lines(room, [f for f in costs if "in flight" not in f.name])
    room.set(xlabel="members", ylabel="µs of CPU per delivery", xscale="log", yscale="log")
    _lines(past, [f for f in figures if f.scenario == "growth" and f.x is not None])
    past.set(xlabel="messages in the room", ylabel="µs of CPU per message", xscale="symlog")
    past.set_ylim(bottom=0)
    fig.suptitle("Cost against the size of a room, and against its past")
    fig.tight_layout()
    fig.savefig(folder / "cost.png")


def _lines(axes, figures: Sequence[Figure]) -> None:  # type: ignore[no-untyped-def]
    for subject in dict.fromkeys(figure.subject for figure in figures):
        mine = sorted(
            (figure.x or 0.0, statistics.median(figure.rounds))
            for figure in figures
            if figure.subject == subject
        )
        width = 2.5 if subject == "Hearth" else 1.2
        axes.plot(*zip(*mine, strict=True), marker="o", linewidth=width, label=subject)
    if figures:
        axes.legend()


def main() -> None:
    """Rewrite the part of README.md between its marks, and the plots."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument(
        "results", type=Path, nargs="?", default=HERE / "results/full.jsonl"
    )
    figures = read(parser.parse_args().results)
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n\n{table(figures)}\n\n{END}{after}")
    plot(figures, HERE)


if __name__ == "__main__":
    main()
