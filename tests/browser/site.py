"""A real server on a port of its own, that can stop and come back."""

from types import TracebackType
from typing import Any, Self

from aiohttp.test_utils import TestClient, TestServer, unused_port

from handlers.services import SERVICES
from server import SHUTDOWN_SECONDS, create_app
from settings import Settings
from tests.people import Person, sign_up


class Site:
    """The server, its address, and the people who have accounts there."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.port = unused_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.people: list[Person] = []
        self.client: TestClient[Any, Any]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.client.close()

    async def start(self) -> None:
        server = TestServer(create_app(self.settings), port=self.port)
        await server.start_server(shutdown_timeout=SHUTDOWN_SECONDS)
        self.client = TestClient(server)
        for person in self.people:
            person.client = self.client

    async def stop(self) -> None:
        await self.client.close()

    @property
    def owner_code(self) -> str:
        app = self.client.app
        assert app is not None
        return str(app[SERVICES].credentials.owner_code(app[SERVICES].db.epoch))

    async def owner(self, name: str, **more: Any) -> Person:
        return await self.person(name, invite=self.owner_code, **more)

    async def person(self, name: str, **more: Any) -> Person:
        person = await sign_up(self.client, name, **more)
        self.people.append(person)
        return person
