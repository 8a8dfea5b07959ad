"""The security log: who did what to accounts and rights, and from where."""

import logging
import re

from handlers.keys import ADDRESS, USER
from handlers.logs import CURRENT

log = logging.getLogger("hearth.security")


def note(event: str, *, bad: bool = False, **about: object) -> None:
    """Note an event, with the asker and the address of the request under way."""
    request = CURRENT.get()
    if request is not None:
        asker = request.get(USER)
        who = {"user": asker.name if asker else None, "address": request.get(ADDRESS)}
        about = {**who, **about}
    log.log(logging.WARNING if bad else logging.INFO, event, extra={"about": about})


def tried(name: str) -> str:
    """A name that somebody typed, unless it looks like a password in the wrong field."""
    return name if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,31}", name) else "(no name)"
