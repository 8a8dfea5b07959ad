"""The files of messages: taken when one is posted, dropped when it is deleted."""

import asyncio
from collections.abc import Sequence

from handlers.permissions import writable
from handlers.services import Services
from store import files, messages
from store.errors import Invalid
from store.records import Draft, File, Message


async def take(
    services: Services, room: str, sender: str, id: str, wanted: Sequence[str]
) -> tuple[File, ...]:
    """Take a sender's uploads for the message that they name so.

    Raises:
        Invalid: if there are too many.
        NotFound: for strangers, and if one is not there, or not the sender's.
        Conflict: if one belongs to another message, or the room is archived.
    """
    if not wanted:
        return ()
    if len(set(wanted)) > (most := services.settings.limits.files):
        raise Invalid(f"A message has at most {most} files.", "files")
    await writable(services, room, sender)
    if await messages.by_id(services.db, sender, id):
        return ()  # A retry: it gets the original, with the files that this one has.
    return await files.claim(services.db, room, sender, id, tuple(dict.fromkeys(wanted)))


def release_if_refused(
    services: Services, stored: "asyncio.Future[tuple[Message, bool]]", draft: Draft
) -> None:
    """Give the files of a draft back if it is refused."""
    if draft.files:
        services.file_cleanup.release_if_refused(
            stored, draft.sender, draft.id, _ids(draft)
        )


def release(services: Services, draft: Draft) -> None:
    """The draft was refused at once."""
    if draft.files:
        services.file_cleanup.release(draft.sender, draft.id, _ids(draft))


async def mark_for_check(services: Services, room: str, seq: int) -> list[str]:
    """The files of a message that is about to be deleted; if we crash, they are swept."""
    found = (await messages.by_seq(services.db, [(room, seq)])).get((room, seq))
    ids = _ids(found) if found else []
    if ids:
        await files.mark_for_check(services.db, ids)
    return ids


async def drop(services: Services, ids: Sequence[str]) -> None:
    """Their message is deleted, and so are they."""
    if ids:
        await files.drop(services.db, *ids)
        services.file_cleanup.wake()


def _ids(message: Draft | Message) -> list[str]:
    return [file.id for file in message.files]
