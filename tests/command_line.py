"""The command line, as an operator uses it."""

import argparse
import asyncio
import os
import sys
from collections.abc import Collection, Iterator
from typing import Any

import pytest

import cli
from server import create_app
from settings import Settings
from store.errors import HearthError
from tests.attachments import gets
from tests.people import Json, Person
from tests.process import PATIENCE, ROOT


class CommandLine:
    """Verbs with the settings of one server; in this process, for the sake of time."""

    def __init__(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        self._settings, self._capsys = settings, capsys

    async def does(self, words: str, *more: object, typed: str = "") -> str:
        """Say a verb that succeeds; what it says."""
        self._capsys.readouterr()
        asked = cli.parser().parse_args([*words.split(), *map(str, more)])
        asked.password = typed
        await asked.do(asked, self._settings, create_app)
        return self._capsys.readouterr().out.strip()

    async def refuses(self, words: str, *more: object, typed: str = "") -> str:
        """Say a verb that is refused; why."""
        with pytest.raises((HearthError, OSError)) as refusal:
            await self.does(words, *more, typed=typed)
        assert self._capsys.readouterr().out == ""
        return str(refusal.value)


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of all verbs."""
    groups = [each for each in parser._actions if isinstance(each.choices, dict)]  # noqa: SLF001
    for inner in (each for group in groups for each in group.choices.values()):
        yield from leaves(inner)
    if not groups:
        yield parser


async def run(words: str, typed: str = "", **settings: object) -> tuple[int, str, str]:
    """Run a verb as a process: its exit status, standard output and standard error."""
    verb = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "server.py"),
        *words.split(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]}
        | {f"HEARTH_{name}": str(value) for name, value in settings.items()},
    )
    async with asyncio.timeout(PATIENCE):
        said, complaints = await verb.communicate(f"{typed}\n".encode())
    return verb.returncode or 0, said.decode().strip(), complaints.decode().strip()


async def answers(people: list[Person], *, but: Collection[str] = ()) -> Json:
    """Everything that a server says to some people, by person and path."""
    found: Json = {}
    for person in people:
        mine: Json = {}

        async def ask(path: str, person: Person = person, mine: Json = mine) -> Any:
            async with await person.ask("GET", path) as answer:
                mine[path] = (answer.status, await answer.json(content_type=None))
            return mine[path][1]

        for path in {"/api/users", "/api/rooms", "/api/invites"}.difference(but):
            await ask(path)
        for room in [each["name"] for each in mine["/api/rooms"][1]["rooms"]]:
            await ask(f"/api/rooms/{room}/members")
            await ask(f"/api/rooms/{room}/changes?since=0&limit=200")
            after = 0
            while page := await ask(f"/api/rooms/{room}/messages?after={after}&limit=20"):
                if not page.get("has_newer"):
                    break
                after = page["messages"][-1]["seq"]
        pages = [seen[1]["messages"] for path, seen in mine.items() if "/messages" in path]
        said = [each for page in pages for each in page]
        paths = [file["path"] for each in said for file in each.get("files", ())]
        names = [user["name"] for user in mine["/api/users"][1]["users"]]
        paths += [f"/api/users/{name}/avatar" for name in names]
        async with asyncio.timeout(PATIENCE):
            while "messages" not in await ask("/api/search?q=look"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # Not all is in the index yet.
        for path in paths:
            mine[path] = (await gets(person, path))[1]
        async with person.listening() as inbox:
            kept = {"epoch", "presence", "connection"}
            mine["welcome"] = {
                key: value for key, value in inbox.welcome.items() if key not in kept
            }
        found[person.name] = mine
    return found
