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
from bench.figures import Notes
from bench.scenarios import SCENARIOS

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run scenarios, note figures, and say what was missed; 1 if a scenario broke."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="only this; may be repeated"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of everything (3)")
    parser.add_argument(
        "--one-core",
        action="store_true",
        help="the database beside the server, on one core",
    )
    parser.add_argument("--out", type=Path, help="where figures go, one JSON line each")
    chosen = parser.parse_args()
    out = chosen.out or RESULTS / ("quick.jsonl" if chosen.quick else "full.jsonl")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # What we started, we end.
    machine.raise_file_limit()
    notes, began, broken = Notes(out), time.monotonic(), []
    print(f"Server on core {machine.SERVER}, load generator on core {machine.GENERATOR}.")
    for name in chosen.scenario or SCENARIOS:
        print(
            f"\n{name} ({time.monotonic() - began:.0f} s): {SCENARIOS[name].__doc__}",
            flush=True,
        )
        with Bench(
            notes, quick=chosen.quick, rounds=chosen.rounds, shared=chosen.one_core
        ) as bench:
            try:
                SCENARIOS[name](bench)
            except Exception:
                traceback.print_exc()
                broken.append(name)
    print(f"\n{report.table(notes.figures)}")
    print(f"\nDone in {time.monotonic() - began:.0f} s; the figures are in {out}.")
    for name in broken:
        print(f"Scenario {name} broke; see above.", file=sys.stderr)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
