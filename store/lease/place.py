"""The data folder as a place: whether another process of this machine has it open."""

import fcntl
import hashlib
from pathlib import Path
from typing import IO

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def occupy(data: Path) -> tuple[str, IO[bytes]] | None:
    """Lock a data folder: the name of this place, and what keeps it locked while open.

    Nobody else can have the same place: not a copy of the folder, not another machine. So
    a server that was killed need not wait for its own lease. None if another process has
    it, or if that cannot be known here.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (data / "serving.lock").open("ab")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status = Path(file.name).stat()
        text = f"{_BOOT.read_text()} {status.st_dev} {status.st_ino}"
    except OSError:
        file.close()
        return None
    return hashlib.sha256(text.encode()).hexdigest()[:16], file
