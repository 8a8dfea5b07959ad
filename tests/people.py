"""The people of the pytest plugin, who live in our own tests too.

Here, whatever they are answered and hear is held against the API's description.
"""

import json

from aiohttp import ClientResponse

from pytest_hearth import people
from pytest_hearth.people import (
    PASSWORD,
    SOON,
    Inbox,
    Json,
    Person,
    own_origin,
    problem,
    sign_in,
    sign_up,
)
from tests.described import check_answer, check_event

__all__ = [
    "PASSWORD", "SOON", "Inbox", "Json", "Person", "own_origin", "problem", "sign_in",
    "sign_up",
]  # fmt: skip

_ask, _hear = Person.ask, Inbox.any


async def ask(self: Person, *request: object) -> ClientResponse:
    answer = await _ask(self, *request)
    if answer.content_type.endswith("json") and not self.at:
        check_answer(answer, json.loads(await answer.read()))
    return answer


async def hear(self: Inbox) -> Json:
    event = await _hear(self)
    check_event(event)
    return event


people.Person.ask, people.Inbox.any = ask, hear
