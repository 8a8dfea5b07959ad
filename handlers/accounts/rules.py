"""Rules for new names and passwords."""

from collections.abc import Iterable

from handlers.markup.prose import EVERYBODY_NAMES
from handlers.services import Services
from store import hooks
from store.errors import Invalid

RESERVED = {*EVERYBODY_NAMES, "admin", "hearth", "me", "system"}


def require_free_name(name: str) -> None:
    """Refuse the names that mean something else.

    Raises:
        Invalid: if it is one of them.
    """
    if name in RESERVED or name.startswith(hooks.PREFIX):
        raise Invalid("This name is reserved.", "name")


async def require_good_password(
    services: Services, names: Iterable[str], text: str, *, is_known: bool = False
) -> None:
    """Refuse a new password that is short, or easy to guess for who knows the user's names.

    Raises:
        Invalid: if it is.
        Unavailable: if too many passwords wait to be judged.
    """
    least = services.settings.limits.password
    reason = ""
    if len(text) < least:
        reason = f"At least {least} characters are needed."
    else:
        judge = services.credentials.weakness
        reason = await judge(text, names, is_known=is_known)
    if reason:
        raise Invalid(reason, "password")
