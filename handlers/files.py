"""Files: streamed in and out; shown in a page only if their bytes are on a list."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

from aiohttp import hdrs, web

from handlers.media.filenames import disposition, tidy
from handlers.media.filetypes import DOWNLOAD, IMAGES, PDF, kind_of
from handlers.permissions import hand_over, may_write, require_reader, writable
from handlers.schemas import responses
from handlers.services import ACCESS, SERVICES, USER
from handlers.web import bodies, routes
from handlers.web.auth import require_still, unhurried
from handlers.web.conditions import knows, wants_another
from handlers.web.json_response import json_response
from handlers.web.quotas import require_file_space
from store import files, members
from store.errors import ApiError, NotFound
from store.files import StoredFile
from store.records import File

PIECE_BYTES = 64 * 1024  # handed to the network at once
MAX_STALL_SECONDS = 60.0  # until a peer that takes nothing is given up
POLICY = "default-src 'none'; frame-ancestors 'none'"
SANDBOX = f"sandbox; {POLICY}"


@unhurried
async def upload_file(request: web.Request) -> web.Response:
    """Take a file for a room; a message of its uploader can then have it."""
    services, room, user = (
        request.app[SERVICES],
        request.match_info["room"],
        request[USER].name,
    )
    await writable(services, room, user)
    await require_reader(services, room, user)
    services.rates.sends.take(user)
    declared = request.content_length
    size = services.settings.limits.file if declared is None else declared
    await require_file_space(services, user, size)
    with services.file_slots.one(user):
        id = await files.begin(
            services.db, room, user, tidy(bodies.query_parameter(request, "name"))
        )
        try:
            file = await _receive(request, id)
        except BaseException:
            with suppress(Exception):  # If this fails, the sweeper does it later.
                await files.drop(services.db, id)
                await services.chunks.delete(id)
            services.file_cleanup.wake()
            raise
    return json_response(responses.Attachment.of(file), status=201)


@unhurried
async def download_file(request: web.Request) -> web.StreamResponse:
    """Give a file, or a range of it, to a member of its room."""
    services, found = request.app[SERVICES], await _readable(request)
    file, tag = found.file, f'"{found.file.id}"'
    answer = web.StreamResponse(headers=_headers(file.type, file.name))
    answer.headers[hdrs.ETAG] = tag
    answer.headers[hdrs.ACCEPT_RANGES] = "bytes"
    if wants_another(request, file.id):
        answer.set_status(412)
        return answer
    if knows(request, file.id):
        answer.set_status(304)
        return answer
    start, stop = _range(request, file, tag)
    if start >= stop:
        answer.set_status(416)
        answer.headers[hdrs.CONTENT_RANGE] = f"bytes */{file.size}"
        return answer
    if (start, stop) != (0, file.size):
        answer.set_status(206)
        answer.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{file.size}"
    answer.content_length = stop - start
    with services.file_slots.one(request[USER].name):
        await answer.prepare(request)
        if request.method != hdrs.METH_HEAD:
            await _send(request, answer, found, start, stop)
    return answer


async def show_preview(request: web.Request) -> web.Response:
    """Give the preview of a picture to a member of its room."""
    found = await _readable(request)
    headers = _headers("image/webp", "preview.webp")
    if knows(request, found.file.id):
        return web.Response(status=304, headers={**headers, "ETag": f'"{found.file.id}"'})
    content = await files.preview(request.app[SERVICES].db, found.file.id)
    if not content:
        raise NotFound("It has no preview.")
    answer = web.Response(body=content, headers=headers)
    answer.etag = found.file.id
    return answer


async def _receive(request: web.Request, id: str) -> File:
    services, room, user = (
        request.app[SERVICES],
        request.match_info["room"],
        request[USER].name,
    )
    size, head = await services.chunks.write(id, _permitted_pieces(request))
    kind, measured, preview = kind_of(head, request.content_type), (0, 0), b""
    if kind in IMAGES:
        seen = None
        with suppress(LookupError):  # It was swept meanwhile; to finish it will say so.
            seen = await services.images.look(user, services.chunks.read(id, 0, size))
        if seen:
            measured, preview = seen
        else:
            kind = DOWNLOAD
    finish = partial(files.finish, services.db, id, size, kind, measured, preview)
    return await (await hand_over(may_write(services, request[ACCESS], room), finish))


async def _permitted_pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The pieces of a body for as long as its sender may write to the room."""
    services, room = request.app[SERVICES], request.match_info["room"]
    async for piece in bodies.stream(request, services.settings.limits.file):
        await may_write(services, request[ACCESS], room)
        yield piece


async def _readable(request: web.Request) -> StoredFile:
    """The file of a request, if the asker may read it; else as if it were not there."""
    db, user = request.app[SERVICES].db, request[USER].name
    found = await files.require(db, request.match_info["id"])
    await _require_may_read(request, found.room)
    if not (found.is_attached or found.uploader == user):
        raise NotFound(files.NOT_THERE)
    return found


async def _require_may_read(request: web.Request, room: str) -> None:
    services = request.app[SERVICES]
    await require_still(services, request[ACCESS])
    if await members.find(services.db, room, request[USER].name) is None:
        raise NotFound(files.NOT_THERE)


async def _send(
    request: web.Request,
    answer: web.StreamResponse,
    found: StoredFile,
    start: int,
    stop: int,
) -> None:
    """Send bytes as fast as they are taken; if some cannot be had, break off audibly."""
    file = found.file
    try:
        async for chunk in request.app[SERVICES].chunks.read(file.id, start, stop):
            await _require_may_read(request, found.room)  # It ends with the right to it.
            for at in range(0, len(chunk), PIECE_BYTES):
                async with asyncio.timeout(MAX_STALL_SECONDS):
                    await answer.write(chunk[at : at + PIECE_BYTES])
        await answer.write_eof()
    except Exception as error:
        if request.transport is not None:
            request.transport.abort()  # Its length was told, so nobody takes it for whole.
        ended = TimeoutError | ConnectionResetError | LookupError | ApiError
        if not isinstance(error, ended):
            raise


def _headers(kind: str, name: str) -> dict[str, str]:
    return {
        # Kept, but asked for again each time: who was removed from the room sees no more.
        hdrs.CACHE_CONTROL: "private, no-cache",
        hdrs.CONTENT_DISPOSITION: disposition(name, inline=kind != DOWNLOAD),
        hdrs.CONTENT_TYPE: kind,
        # Not every browser shows PDF in a sandbox; its scripts reach no page of ours.
        "Content-Security-Policy": POLICY if kind == PDF else SANDBOX,
    }


def _range(request: web.Request, file: File, tag: str) -> tuple[int, int]:
    """The range that is asked for; all of it if that is not understood (RFC 9110)."""
    if request.headers.get(hdrs.IF_RANGE, tag) != tag:
        return 0, file.size
    try:
        asked = request.http_range
    except ValueError:
        return 0, file.size
    if re.fullmatch(r"bytes=-0+", request.headers.get(hdrs.RANGE, "").strip()):
        return 0, 0  # the last none of its bytes
    start, stop, _ = asked.indices(file.size)
    return start, stop


_FILE = "/api/files/{id}/{name}"
ROUTES = [
    routes.post(
        "/api/rooms/{room}/files",
        upload_file,
        responses.Attachment,
        status=(201,),
        other_bodies=routes.FILE,
        parameters=("name",),
        refuses=(409, 429, 507),
    ),
    routes.get(
        _FILE, download_file, "*/*", status=(200, 206, 304, 412, 416), refuses=(429,)
    ),
    routes.get("/api/previews/{id}", show_preview, "image/webp", status=(200, 304)),
]
