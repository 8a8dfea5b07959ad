"""Servers that keep nothing, as their own examples do it: `broadcasts.py aiohttp 8080`.

What is said in a room is sent to all in it, no more. Each imports only what is its own.
"""

import asyncio
import sys
from collections import defaultdict


def bare_aiohttp(port: int) -> None:
    """Bare aiohttp."""
    from aiohttp import WSMsgType, web

    rooms: defaultdict[str, set[web.WebSocketResponse]] = defaultdict(set)

    async def enter(request: web.Request) -> web.WebSocketResponse:
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
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None, backlog=1024)


def fastapi_on_uvicorn(port: int) -> None:
    """FastAPI and uvicorn, with the connection manager of FastAPI's documentation."""
    import uvicorn
    from fastapi import FastAPI, WebSocket, WebSocketDisconnect

    app = FastAPI()
    rooms: defaultdict[str, list[WebSocket]] = defaultdict(list)

    @app.websocket("/{room}/{user}")
    async def enter(socket: WebSocket, room: str, user: str) -> None:
        await socket.accept()
        rooms[room].append(socket)
        try:
            while True:
                text = await socket.receive_text()
                for each in list(rooms[room]):
                    try:
                        await each.send_text(text)
                    except (RuntimeError, WebSocketDisconnect):
                        if each in rooms[room]:
                            rooms[room].remove(each)
        except WebSocketDisconnect:
            if socket in rooms[room]:
                rooms[room].remove(socket)

    uvicorn.run(app, port=port, log_level="error", ws="websockets-sansio")


def websockets_broadcast(port: int) -> None:
    """websockets, with its own broadcast: one frame for all, and no waiting."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)

    async def enter(socket: ServerConnection) -> None:
        assert socket.request
        room = rooms[socket.request.path.split("/")[1]]
        room.add(socket)
        try:
            async for text in socket:
                broadcast(room, text)
        finally:
            room.discard(socket)

    async def run() -> None:
        async with serve(enter, "127.0.0.1", port) as server:
            await server.serve_forever()

    asyncio.run(run())


SERVERS = {
    "aiohttp": bare_aiohttp,
    "FastAPI": fastapi_on_uvicorn,
    "websockets": websockets_broadcast,
}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
