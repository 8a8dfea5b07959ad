"""The security log: who did what to accounts and rights, and from where."""

import logging
import re

from handlers.services import ADDRESS, USER, Services
from handlers.services.limits import Throttle
from handlers.web.logs import CURRENT

log = logging.getLogger("hearth.security")


def note(
    event: str, *, bad: bool = False, pace: Throttle | None = None, **about: object
) -> None:
    """Note an event, with the asker and the address of the request under way.

    With a pace, so often of each asker, so that nobody fills the log.
    """
    request = CURRENT.get()
    if request is not None:
        asker = request.get(USER)
        who = {"user": asker.name if asker else None, "address": request.get(ADDRESS)}
        about = {**who, **about}
    if pace and not pace.allows(str(about.get("user") or about.get("address"))):
        return
    log.log(logging.WARNING if bad else logging.INFO, event, extra={"about": about})


def note_sign_in(services: Services, name: str, *, well: bool) -> None:
    """Note and count a sign-in; what is no name may be a password in the wrong field."""
    services.counts.sign_ins.labels("success" if well else "failure").inc()
    shown = name if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,31}", name) else "(no name)"
    note("signed_in" if well else "sign_in_failed", bad=not well, user=shown)
