"""Bare aiohttp, as its examples do it. The port is the only argument."""

import sys
from collections import defaultdict

from aiohttp import WSMsgType, web

rooms: defaultdict[str, set[web.WebSocketResponse]] = defaultdict(set)


async def enter(request: web.Request) -> web.WebSocketResponse:
    """Send all that one says to all in the room."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    room = rooms[request.match_info["room"]]
    room.add(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                for each in list(room):
                    try:
                        await each.send_str(message.data)
                    except ConnectionError:
                        room.discard(each)
    finally:
        room.discard(socket)
    return socket


app = web.Application()
app.router.add_get("/{room}/{user}", enter)
web.run_app(
    app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, backlog=1024
)
