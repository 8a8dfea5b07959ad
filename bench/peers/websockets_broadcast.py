"""websockets, with its own broadcast: one frame for all, and no waiting."""

import asyncio
import sys
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def enter(socket: ServerConnection) -> None:
    """Send all that one says to all in the room."""
    assert socket.request
    room = rooms[socket.request.path.split("/")[1]]
    room.add(socket)
    try:
        async for text in socket:
            broadcast(room, text)
    finally:
        room.discard(socket)


async def main() -> None:
    """Serve until the end."""
    async with serve(enter, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
