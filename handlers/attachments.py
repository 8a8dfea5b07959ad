"""The files of messages: taken when one is posted, dropped when it is deleted."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from handlers.services import DB, SETTINGS, SWEEPER
from store import files, messages
from store.errors import Fault, Invalid
from store.records import Draft, File, Message


async def take(
    app: web.Application, room: str, sender: str, id: str, wanted: Sequence[str]
) -> tuple[File, ...]:
    """Take a sender's uploads for the message that they name so.

    Raises:
        Invalid: if there are too many.
        NotFound: if one is not there, or not the sender's.
        Conflict: if one belongs to another message.
    """
    if not wanted:
        return ()
    if len(set(wanted)) > (most := app[SETTINGS].limits.files):
        reason = f"A message has at most {most} files."
        raise Invalid(f"files: {reason}", Fault("files", reason))
    if await messages.by_id(app[DB], sender, id):
        return ()  # A retry: it gets the original, with the files that this one has.
    return await files.claim(app[DB], room, sender, id, tuple(dict.fromkeys(wanted)))


def mind(
    app: web.Application, stored: "asyncio.Future[tuple[Message, bool]]", draft: Draft
) -> None:
    """Give the files of a draft back if it is refused."""
    if draft.files:
        app[SWEEPER].mind(stored, draft.sender, draft.id, _ids(draft))


def give_back(app: web.Application, draft: Draft) -> None:
    """The draft was refused at once."""
    if draft.files:
        app[SWEEPER].give_back(draft.sender, draft.id, _ids(draft))


async def doubt(app: web.Application, room: str, seq: int) -> list[str]:
    """The files of a message that is about to be deleted; if we crash, they are swept."""
    found = (await messages.by_seq(app[DB], [(room, seq)])).get((room, seq))
    ids = _ids(found) if found else []
    if ids:
        await files.doubt(app[DB], ids)
    return ids


async def drop(app: web.Application, ids: Sequence[str]) -> None:
    """Their message is deleted, and so are they."""
    if ids:
        await files.drop(app[DB], *ids)
        app[SWEEPER].wake()


def _ids(message: Draft | Message) -> list[str]:
    return [file.id for file in message.files]
