"""A client that a program made of our description speaks to us."""

import asyncio
import importlib
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Client
from tests.people import Person
from tests.process import PATIENCE

NAME = "made_of_our_description"


async def made(client: Client, folder: Path) -> str:
    """Make it; the warnings that its maker has."""
    async with client.get("/api/openapi.json") as answer:
        (folder / "openapi.json").write_text(json.dumps(await answer.json()))
    (folder / "quiet.yml").write_text("post_hooks: []\n")
    maker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "openapi_python_client", "generate",
        "--path", str(folder / "openapi.json"), "--output-path", str(folder / NAME),
        "--meta", "none", "--config", str(folder / "quiet.yml"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        said, _ = await maker.communicate()
    return said.decode().partition(NAME)[2].strip()


async def test_it_posts_reads_and_uploads(
    client: Client, ann: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await made(client, tmp_path) == ""
    monkeypatch.syspath_prepend(tmp_path)

    def module(name: str) -> Any:
        return importlib.import_module(f"{NAME}.{name}")

    def program() -> Any:
        url = str(client.make_url("")).rstrip("/")
        return module("client").AuthenticatedClient(url, ann.token)

    def uploads(content: bytes) -> Any:  # Its asynchronous one takes no bytes.
        body = module("types").File(payload=BytesIO(content))
        with program() as ours:
            upload = module("api.files.upload_file").sync
            return upload("general", client=ours, body=body, name="note.txt")

    async with program() as ours:
        post = module("api.messages.post_message").asyncio
        form = module("models").PostMessage(text="hello")
        assert (await post("general", client=ours, body=form)).seq == 1
        file = await asyncio.to_thread(uploads, b"of Ann")
        form = module("models").PostMessage(text="", files=[file.id])
        await post("general", client=ours, body=form)
        page = await module("api.messages.list_messages").asyncio("general", client=ours)
        assert [each.text for each in page.messages] == ["hello", ""]
        (got,) = page.messages[1].files
        assert (got.name, got.size) == ("note.txt", 6)
        download = module("api.files.download_file").asyncio
        sent = await download(got.id, got.name, client=ours)
        assert sent.payload.read() == b"of Ann"
