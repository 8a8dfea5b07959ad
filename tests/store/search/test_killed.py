"""Sudden deaths while the index is written: it holds what was acknowledged, and no more."""

import asyncio
import random
import sqlite3
from pathlib import Path

from aiohttp import ClientSession

from store.search.indexer import FILE
from tests.people import Person, sign_up
from tests.process import Process

DEATHS = 6


async def test_after_every_death_a_search_finds_what_was_acknowledged(
    tmp_path: Path,
) -> None:
    server = Process(
        tmp_path / "data",
        REGISTRATION="open",
        **{f"LIMIT_{name}": "100000" for name in ("SENDS", "ACTS", "READS")},
    )
    chance = random.Random(7)  # noqa: S311 - the same course every time
    said: dict[int, str] = {}
    try:
        async with ClientSession() as http:
            token = ""
            for death in range(DEATHS + 1):
                await server.start()
                if not token:
                    token = (await sign_up(http, "ann", server.address)).token
                ann = Person(http, "ann", token, server.address)
                await found_as_said(ann, said)
                if death == DEATHS:
                    break
                for number in range(chance.randrange(20, 60)):
                    text = f"word{death}x{number}"
                    said[(await ann.says("general", text))["seq"]] = text
                for seq in chance.sample(sorted(said), 5):
                    path = f"/api/rooms/general/messages/{seq}"
                    if chance.random() < 0.5:
                        await ann.does("DELETE", path)
                        del said[seq]
                    else:
                        said[seq] = f"edited{death}x{seq}"
                        await ann.does("PATCH", path, {"text": said[seq]})
                await asyncio.sleep(chance.random() * 2)
                await server.kill()
        assert await server.end() == 0
        assert "Traceback" not in server.complaints
        with sqlite3.connect(tmp_path / "data" / FILE) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
    finally:
        await server.kill()


async def found_as_said(ann: Person, said: dict[int, str]) -> None:
    """Look for every message by its word, and for nothing else."""
    for _ in range(100):
        hits, query = {}, ""
        while True:
            page = await ann.does("GET", f"/api/search?q=in:general&limit=200{query}")
            hits |= {hit["seq"]: hit["text"] for hit in page["messages"]}
            if page["next"] is None:
                break
            query = f"&before={page['next']}"
        if "indexed" not in page:
            break
        await asyncio.sleep(0.1)
    assert hits == said
    for seq, text in [*said.items()][-30:]:
        page = await ann.does("GET", f"/api/search?q=%22{text}%22")
        assert [hit["seq"] for hit in page["messages"]] == [seq]
