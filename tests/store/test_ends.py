"""What works behind the scenes ends when it is asked to, also at the moment it is woken."""

import asyncio

from aiohttp import web

from handlers.services import SERVICES
from tests.people import SOON, Person


async def test_what_was_just_woken_can_be_ended(app: web.Application, ann: Person) -> None:
    services = app[SERVICES]
    await ann.says("general", "hi")
    await asyncio.sleep(0.5)  # until it rests
    async with asyncio.timeout(SOON):
        services.file_cleanup.wake()
        await services.file_cleanup.close()
        services.indexer.forget("no such room")
        await services.indexer.close()
