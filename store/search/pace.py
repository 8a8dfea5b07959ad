"""Work on the loop in short pieces, so that one search keeps nobody waiting."""

import asyncio
import time

MAX_PIECE_SECONDS = 0.003
PAUSES = 2  # times as long as a piece took is the pause after it


class Pace:
    """The work of one task on the loop, by the processor's time."""

    def __init__(self) -> None:
        self.seconds = 0.0  # worked until the last pause
        self.go_on()

    def go_on(self) -> None:
        """Begin to count, after something else was awaited."""
        self._began = time.thread_time()

    async def rest(self) -> None:
        """Let others work, if there was a piece of work."""
        if (took := time.thread_time() - self._began) > MAX_PIECE_SECONDS:
            self.seconds += took
            await asyncio.sleep(took * PAUSES)
            self.go_on()
