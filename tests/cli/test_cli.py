"""The verbs of the command line, beside a server that serves."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

import cli
from handlers.services import SERVICES
from handlers.services.credentials import operator_token, read_secret
from settings import Settings
from store import users
from tests.command_line import CommandLine, leaves, run
from tests.conftest import Client
from tests.people import PASSWORD, Inbox, Person, sign_in, sign_up
from tests.process import PATIENCE

NEW = "another good one"


@pytest.fixture
def operator(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Whoever may read the secret of the server that serves."""
    return CommandLine(replace(settings, port=client.port), capsys)


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
    assert link.startswith(f"http://127.0.0.1:{client.port}/join/")
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
    client: Client, settings: Settings, ann: Person
) -> None:
    told = {
        "DATA": settings.data,
        "MONGODB_URL": settings.mongodb_url,
        "PORT": client.port,
    } | ({"SECRET": settings.secret} if settings.secret else {})
    made = await run("user add dan", PASSWORD, **told)
    assert made == (0, "dan is here as member.", "")
    again = await run("user add dan", PASSWORD, **told)
    assert again == (1, "", "The name 'dan' is taken.")


@pytest.mark.parametrize(
    "words", ["user add dan", "invite", "backup x.zip", "export x.zip"]
)
async def test_a_wrong_folder_is_said_and_none_is_made(words: str, tmp_path: Path) -> None:
    ended, said, complaints = await run(
        words, "a good one", DATA=tmp_path / "no", PORT=unused_port()
    )
    assert (ended, said) == (1, "")
    assert "HEARTH_DATA" in complaints
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("words", ["backup x.zip", "invite", "user add dan"])
async def test_the_folder_of_another_user_is_left_as_it_is(
    words: str, tmp_path: Path
) -> None:
    (tmp_path / "mongo").mkdir()
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, no less")
    os.chown(tmp_path, 10_001, -1)
    told = {"DATA": tmp_path, "PORT": unused_port()}
    ended, said, complaints = await run(words, "a good one", **told)
    assert (ended, said) == (1, "")
    assert "belongs to the user with the number 10001. Run this as" in complaints
    assert list((tmp_path / "mongo").iterdir()) == []


async def test_a_backup_without_its_database_is_one_sentence(tmp_path: Path) -> None:
    url = f"mongodb://127.0.0.1:{unused_port()}/hearth"
    told = {"MONGODB_URL": url, "PORT": unused_port(), "SECRET": 32 * "x"}
    ended, said, complaints = await run(f"backup {tmp_path}/x.zip", **told)
    assert (ended, said) == (1, "")
    assert complaints.startswith("The database did not do it: 127.0.0.1")
    assert "\n" not in complaints
    assert list(tmp_path.iterdir()) == []


async def test_with_another_secret_nobody_is_the_operator(
    client: Client, settings: Settings, ann: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = replace(
        settings, port=client.port, secret="another secret of 32 bytes at least"
    )
    said = await CommandLine(stranger, capsys).refuses("invite")
    assert "not this server's" in said


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/rooms"),
        ("GET", "/api/rooms/general/messages"),
        ("GET", "/api/search?q=x"),
        ("POST", "/api/tokens"),
        ("POST", "/api/auth/logout"),
        ("DELETE", "/api/rooms/general"),
    ],
)
async def test_the_operator_reads_and_says_nothing(
    client: Client, app: web.Application, ann: Person, method: str, path: str
) -> None:
    secret = read_secret(app[SERVICES].settings)
    headers = {"Authorization": f"Bearer {operator_token(secret)}"}
    async with client.request(method, path, headers=headers) as answer:
        assert answer.status in {401, 403}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/users", {"name": "dan", "password": PASSWORD}),
        ("PUT", "/api/users/ben/password", {"password": NEW}),
        ("GET", "/api/database", None),
    ],
)
async def test_what_the_operator_may_no_owner_may(
    ann: Person, ben: Person, method: str, path: str, body: Any
) -> None:
    assert await ann.refused(method, path, body) == (403, "forbidden")


def test_every_verb_has_its_help() -> None:
    for parser in leaves(cli.parser()):
        assert f"usage: {parser.prog}" in parser.format_help()


async def test_the_owners_link_is_printed_again_until_there_is_an_owner(
    operator: CommandLine, client: Client
) -> None:
    link = await operator.does("owner-link")
    assert link.startswith(f"http://127.0.0.1:{client.port}/join/")
    await operator.does("user add ben", typed=PASSWORD)
    await operator.does("user role ben owner")
    said = await operator.refuses("owner-link")
    assert "Owner is ben. For a new password: hearth user link NAME" in said
    form = {"name": "dan", "password": PASSWORD, "invite": link.rpartition("/")[2]}
    async with client.post("/api/auth/register", json=form) as answer:
        assert answer.status == 409
