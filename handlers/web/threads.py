"""Threads for heavy work, which give way to everything else."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

NICE = 10  # so they get a tenth of what the loop and the database get


def threads(count: int, name: str) -> ThreadPoolExecutor:
    """So many threads, of low priority: else people would wait who only talk."""
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=_step_back)


def _step_back() -> None:
    mine = threading.get_native_id()
    with suppress(OSError):  # Only Linux has priorities of threads.
        nice = os.getpriority(os.PRIO_PROCESS, mine) + NICE
        os.setpriority(os.PRIO_PROCESS, mine, nice)
