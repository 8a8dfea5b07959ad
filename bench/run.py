"""Run the bench: `make bench` in five minutes, `make bench-full` all of it.

python -m bench.run --scenario fanout --scenario latency --rounds 3
"""

import argparse
import signal
import sys
import time
import traceback
from pathlib import Path

from bench import machine, report
from bench.bench import Bench
from bench.figures import Notes, compare, read
from bench.scenarios import SCENARIOS


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="only this; may be repeated"
    )
    parser.add_argument("--rounds", type=int, help="of everything (3, or 1 if quick)")
    parser.add_argument(
        "--one-core", action="store_true", help="the database beside the server"
    )
    parser.add_argument("--out", type=Path, help="where figures go, one JSON line each")
    return parser.parse_args()


def main() -> int:
    """Run scenarios, and say what was missed and what has moved; 1 if a scenario broke."""
    chosen = options()
    quick, began, broken = chosen.quick, time.monotonic(), []
    published = read(report.PUBLISHED)
    notes = Notes(
        chosen.out or report.PUBLISHED.with_name("quick.jsonl" if quick else "full.jsonl")
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # What we started, we end.
    machine.raise_file_limit()
    print(f"Server on core {machine.SERVER}, load generator on core {machine.GENERATOR}.")
    for name in chosen.scenario or SCENARIOS:
        about = SCENARIOS[name].__doc__
        print(f"\n{name} ({time.monotonic() - began:.0f} s): {about}", flush=True)
        rounds = chosen.rounds or (1 if quick else 3)
        with Bench(notes, quick=quick, rounds=rounds, shared=chosen.one_core) as bench:
            try:
                SCENARIOS[name](bench)
                notes.write(name)
            except Exception:
                traceback.print_exc()
                notes.forget()
                broken.append(name)
    print(f"\n{report.table(notes.figures)}\n")
    print("\n".join(compare(notes.figures, published)))
    print(f"Done in {time.monotonic() - began:.0f} s.")
    if broken:
        print(f"Broken, see above: {', '.join(broken)}.", file=sys.stderr)
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
