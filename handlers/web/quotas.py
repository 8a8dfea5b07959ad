"""Quotas of the disk, for each user, bot and hook."""

from handlers.services import Services
from handlers.web.bodies import size_in_words
from store import files
from store.errors import InsufficientStorage

CHANGE_BYTES = 500  # what a message or a change of one takes beside its text
DAILY_SHARE = 100  # of what one may keep in files, one may write as much in a day


def take_message(services: Services, sender: str, text: str = "") -> None:
    """Count a message, or a change of one, as often and as large as one may.

    Raises:
        TooMany: if it is too much at once, or in a day.
        InsufficientStorage: if the disk is nearly full.
    """
    services.disk.require_for_messages()
    services.rates.sends.take(sender)
    size = len(text.encode(errors="surrogatepass"))
    services.rates.written.take(sender, count=CHANGE_BYTES + size)


async def require_file_space(services: Services, user: str, size: int) -> None:
    """Refuse a file for which there is no room, before its first byte.

    Raises:
        InsufficientStorage: if the user's files, or the disk, are full.
    """
    services.disk.require_for_files()
    most = services.settings.limits.storage
    if await files.bytes_of(services.db, user) + size > most:
        raise InsufficientStorage(
            f"Your files may take {size_in_words(most)}; delete some large ones."
        )
