"""The progress of a long verb, on standard error."""

import sys
import time

REFRESH_SECONDS = 0.2  # between two states of the line
CLEAR = "\r\x1b[K"


class Progress:
    """One line that is written over in a terminal, and otherwise a line for each thing."""

    def __init__(self) -> None:
        self._what, self._count, self._of, self._next = "", 0, 0, 0.0
        self._is_terminal = sys.stderr.isatty()

    def begin(self, what: str, of: int = 0) -> None:
        """Something new begins, of about so many pieces."""
        self.end()
        self._what, self._count, self._of, self._next = what, 0, of, 0.0

    def step(self, count: int = 1) -> None:
        """So many more pieces are done."""
        self._count += count
        if self._is_terminal and time.monotonic() >= self._next:
            of = f" of {max(self._of, self._count):,}" if self._of else ""
            self._say(f"{CLEAR}{self._what} {self._count:,}{of}")
            self._next = time.monotonic() + REFRESH_SECONDS

    def end(self) -> None:
        """End the line."""
        if self._what:
            self._say(f"{CLEAR if self._is_terminal else ''}{self._what} {self._count:,}\n")
            self._what = ""

    def _say(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
