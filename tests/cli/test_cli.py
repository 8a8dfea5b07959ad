"""The verbs of the command line, beside a server that serves."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

import cli
from handlers.control import Control
from handlers.services import SERVICES
from settings import Settings
from store import users
from tests.command_line import CommandLine, leaves, run
from tests.conftest import Client
from tests.people import PASSWORD, Inbox, Person, sign_in, sign_up
from tests.process import PATIENCE

NEW = "another good one"


@pytest.fixture
async def operator(
    app: web.Application, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[CommandLine]:
    """Whoever may read the data folder of the server that serves."""
    control = Control(app[SERVICES], "http://here")
    await control.open(app)
    yield CommandLine(settings, capsys)
    await control.close(app)


async def close_code(inbox: Inbox) -> int | None:
    """Listen meanwhile: a peer that does not is cut after a second."""
    async with asyncio.timeout(PATIENCE):
        while not inbox.socket.closed:
            await inbox.socket.receive()
        return inbox.socket.close_code


async def test_an_added_user_signs_in_and_is_heard_of(
    operator: CommandLine, client: Client, ann: Person
) -> None:
    async with ann.listening() as inbox:
        said = await operator.does(
            "user",
            "add",
            "dan",
            "--display-name",
            "Dan D.",
            "--role",
            "admin",
            typed=PASSWORD,
        )
        assert said == "dan is here as admin."
        assert (await inbox.next("user", name="dan"))["display_name"] == "Dan D."
        assert (await inbox.next("member", user="dan"))["room"] == "general"
    assert (await sign_in(client, "dan"))[0] == 200


async def test_an_owner_from_the_command_line_uses_the_link_up(
    operator: CommandLine, client: Client, app: web.Application
) -> None:
    await operator.does("user add ann --role owner", typed=PASSWORD)
    assert (await sign_in(client, "ann"))[1]["user"]["role"] == "owner"
    assert await users.founded(app[SERVICES].db)


async def test_a_disabled_user_is_out_at_once_and_an_enabled_one_back(
    operator: CommandLine, client: Client, ben: Person
) -> None:
    async with ben.listening() as inbox:
        closing = asyncio.create_task(close_code(inbox))
        await operator.does("user disable ben")
        assert await closing == 4401
    assert await ben.refused("GET", "/api/rooms") == (401, "unauthenticated")
    assert (await sign_in(client, "ben"))[0] == 401
    await operator.does("user enable ben")
    assert (await sign_in(client, "ben"))[0] == 200


async def test_a_new_password_ends_all_sessions(
    operator: CommandLine, client: Client, ben: Person
) -> None:
    async with ben.listening() as inbox:
        closing = asyncio.create_task(close_code(inbox))
        await operator.does("user passwd ben", typed=NEW)
        assert await closing == 4401
    assert (await sign_in(client, "ben"))[0] == 401
    assert (await sign_in(client, "ben", NEW))[0] == 200


async def test_a_new_role_counts_at_once(operator: CommandLine, ben: Person) -> None:
    assert await ben.refused("GET", "/api/invites") == (403, "forbidden")
    await operator.does("user role ben admin")
    await ben.does("GET", "/api/invites")


async def test_an_invites_link_lets_two_people_in(
    operator: CommandLine, client: Client, ann: Person
) -> None:
    link = await operator.does("invite --uses 2 --days 1 --note hello")
    assert link.startswith("http://here/join/")
    (invite,) = (await ann.does("GET", "/api/invites"))["invites"]
    assert (invite["uses_left"], invite["note"], invite["created_by"]) == (2, "hello", "")
    await sign_up(client, "dan", invite=link.rpartition("/")[2])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("user role nobody admin", "There is no user 'nobody'."),
        ("user role ann member", "The last owner must stay owner"),
        ("user passwd ann", "At least 8 characters are needed."),
        ("user add Ann", "name: "),
        ("user add system", "This name is reserved."),
        ("invite --days 0", "expires_in: "),
        ("restore backup.zip", "No such file"),
        ("backup /nowhere/backup.zip", "No such file or directory"),
    ],
)
async def test_what_cannot_be_done_is_said(
    operator: CommandLine, ann: Person, words: str, reason: str
) -> None:
    password = "short" if "passwd" in words else PASSWORD
    assert reason in await operator.refuses(words, typed=password)


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("user sing ann", 2, "invalid choice: 'sing'"),
        ("invite", 1, "HEARTH_SECRET must be"),
    ],
)
async def test_a_process_says_why_not_by_its_exit_status(
    words: str, status: int, reason: str
) -> None:
    ended, said, complaints = await run(words, SECRET="short")
    assert (ended, said) == (status, "")
    assert reason in complaints
    assert "Traceback" not in complaints


async def test_a_process_speaks_to_the_server_that_serves(
    operator: CommandLine, settings: Settings, ann: Person
) -> None:
    told = {"DATA": settings.data, "MONGODB_URL": settings.mongodb_url}
    made = await run("user add dan", PASSWORD, **told)
    assert made == (0, "dan is here as member.", "")
    again = await run("user add dan", PASSWORD, **told)
    assert again == (1, "", "The name 'dan' is taken.")


def test_every_verb_has_its_help() -> None:
    for parser in leaves(cli.parser()):
        assert f"usage: {parser.prog}" in parser.format_help()
