"""What a new name and a new password must be."""

from handlers.markup.prose import EVERYBODY_NAMES
from handlers.passwords import is_easy
from handlers.services import Services
from store import hooks
from store.errors import Fault, Invalid

RESERVED = {*EVERYBODY_NAMES, "admin", "hearth", "me", "system"}


def require_free_name(name: str) -> None:
    """Refuse the names that mean something else.

    Raises:
        Invalid: if it is one of them.
    """
    if name in RESERVED or name.startswith(hooks.PREFIX):
        raise Invalid(
            "name: This name is reserved.", Fault("name", "This name is reserved.")
        )


def require_good_password(services: Services, name: str, text: str) -> None:
    """Refuse a new password that is short or easy to guess.

    Raises:
        Invalid: if it is.
    """
    least = services.settings.limits.password
    reason = ""
    if len(text) < least:
        reason = f"At least {least} characters are needed."
    elif is_easy(text, name):
        reason = "This password is too easy to guess."
    if reason:
        raise Invalid(f"password: {reason}", Fault("password", reason))
