"""The README's examples run as printed, but for the port."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.people import SOON, Person, sign_up

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
PRINTED = "http://127.0.0.1:8080"


def example(language: str, start: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(start)]
    return found


def for_port(person: Person, text: str) -> str:
    assert PRINTED in text
    return text.replace(PRINTED, str(person.client.make_url("/")).rstrip("/"))


async def test_the_curl_example_posts_a_message(ann: Person) -> None:
    if not shutil.which("curl"):
        pytest.fail("The README's example needs curl.")
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-ec",
        for_port(ann, example("sh", "export TOKEN")),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await shell.communicate()
    assert shell.returncode == 0
    assert "<em>curl</em>" in printed.decode()
    assert [each["text"] for each in await ann.page("general")] == ["Hello from *curl*"]


async def test_the_ten_line_client_answers_a_ping(ann: Person) -> None:
    text = for_port(ann, example("python", "import aiohttp"))
    bot = await sign_up(ann.client, "bot")
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", text, env={**os.environ, "TOKEN": bot.token}
    )
    try:
        async with ann.listening() as inbox:
            if "bot" not in inbox.welcome["presence"]:
                async with asyncio.timeout(SOON):
                    while "bot" not in (await inbox.next("presence"))["online"]:
                        pass
            await ann.says("general", "ping")
            heard = await inbox.next("message", sender="bot")
            assert heard["text"] == "pong"
    finally:
        program.kill()
        await program.wait()
