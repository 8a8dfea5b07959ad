"""A listener that reconnects, however often its connection is lost."""

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError

if TYPE_CHECKING:
    from pytest_hearth.people import Inbox, Person

RECONNECT_SECONDS = 0.05  # until it connects again
Json = dict[str, Any]


class Listener:
    """A connection that begins with everything there is, and resumes by its cursors."""

    def __init__(self, person: "Person") -> None:
        self._person = person
        self._inbox: Inbox | None = None
        self._cursors: dict[str, int] = {}
        self._heard: list[Json] = []

    async def hears(self, text: str, room: str, within: float) -> Json:
        """The first message of a text that was not asked for yet."""
        lost: Exception | None = None
        try:
            async with asyncio.timeout(within):
                while True:
                    for message in self._heard:
                        if message["text"] == text and room in {"", message["room"]}:
                            self._heard.remove(message)
                            return message
                    try:
                        self._take(await (await self._connected()).any())
                    except (ConnectionResetError, ClientError) as error:
                        self._inbox, lost = None, error
                        await asyncio.sleep(RECONNECT_SECONDS)
        except TimeoutError:
            others = [message["text"] for message in self._heard]
            raise AssertionError(
                f"{self._person.name} did not hear {text!r} within {within:g} s, but "
                f"{others}. {f'The connection was lost: {lost!r}' if lost else ''}"
            ) from None

    async def heard(self) -> list[Json]:
        """All messages that were not asked for."""
        for event in await (await self._connected()).until_pong():
            self._take(event)
        return list(self._heard)

    async def close(self) -> None:
        """Stop listening."""
        if self._inbox:
            await self._inbox.socket.close()

    async def _connected(self) -> "Inbox":
        if self._inbox is None or self._inbox.socket.closed:
            rooms = [room for room in await self._person.rooms() if room["role"]]
            cursors = {room["name"]: self._cursors.get(room["name"], 0) for room in rooms}
            self._inbox = await self._person.connect(cursors=cursors)
        return self._inbox

    def _take(self, event: Json) -> None:
        if event["type"] == "message":
            self._cursors[event["room"]] = event["rev"]
            self._heard.append(event)
