"""From nothing to the first answer."""

from bench.bench import Bench


def cold_start(bench: Bench) -> None:
    """The first start makes a database; the later ones find it."""
    first, later = [], []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, cold start")
        hearth = bench.another(f"start{turn}")
        hearth.stop()
        later.append(hearth.start())
        hearth.stop()
        fresh = type(hearth)(bench.folder / f"fresh{turn}")
        first.append(fresh.start())
        fresh.stop()
    bench.notes.note("start", "first start, to the first answer", first, "s")
    bench.notes.note("start", "later start, to the first answer", later, "s")
