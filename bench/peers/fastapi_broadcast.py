"""FastAPI and uvicorn, with the connection manager of FastAPI's documentation."""

import sys
from collections import defaultdict

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
rooms: defaultdict[str, list[WebSocket]] = defaultdict(list)


@app.websocket("/{room}/{user}")
async def enter(socket: WebSocket, room: str, user: str) -> None:
    """Send all that one says to all in the room."""
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


uvicorn.run(app, port=int(sys.argv[1]), log_level="error", ws="websockets-sansio")
