"""The README's examples run as printed, but for the port."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests import bare
from tests.people import SOON, Person

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
PRINTED = "http://127.0.0.1:8080"


def example(language: str, start: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(start)]
    return found


def for_port(person: Person, text: str) -> str:
    assert PRINTED in text
    return text.replace(PRINTED, str(person.client.make_url("/")).rstrip("/"))


async def run(person: Person, text: str, **environment: str) -> str:
    """What a shell prints that runs an example."""
    if not shutil.which("curl"):
        pytest.fail("The README's examples need curl.")
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-ec",
        for_port(person, text),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    printed, _ = await shell.communicate()
    assert shell.returncode == 0
    return printed.decode()


async def test_the_curl_example_posts_a_message(ann: Person) -> None:
    assert "<em>curl</em>" in await run(ann, example("sh", "export TOKEN"))
    assert [each["text"] for each in await ann.page("general")] == ["Hello from *curl*"]


async def test_the_ten_line_bot_hears_a_mention_and_answers(
    ann: Person, ben: Person
) -> None:
    making = example("sh", "export BOT") + "printf %s $BOT"
    token = await run(ann, making, TOKEN=ann.token)
    text = for_port(ann, example("python", "import aiohttp"))
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", text, env={**os.environ, "BOT": token}
    )
    try:
        async with ben.listening() as inbox:
            if "echo" not in inbox.welcome["presence"]:
                async with asyncio.timeout(SOON):
                    while "echo" not in (await inbox.next("presence"))["online"]:
                        pass
            await ben.says("general", "Hello? Anybody? @echo?")
            heard = await inbox.next("message", sender="echo")
            assert heard["text"] == "Yes, @ben?"
            await ben.does("PUT", "/api/rooms/general/messages/1/reactions/👍")
            await ben.says("general", "@echo again")
            await inbox.next("message", sender="echo", seq=4)
    finally:
        program.kill()
        await program.wait()


async def test_what_make_bare_takes_from_the_documents_is_there() -> None:
    script = bare.script()
    assert "make -C /opt/hearth setup" in script
    assert not re.search(r"^#: ", script, re.MULTILINE)
    bash = await asyncio.create_subprocess_exec("bash", "-n", stdin=asyncio.subprocess.PIPE)
    await bash.communicate(script.encode())
    assert bash.returncode == 0
