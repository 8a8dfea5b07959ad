"""Ask the server everything that its description allows, and much that it forbids.

`make fuzz` asks 10,000 times, and again what took longer than a second; `test_fuzz.py` asks
for a moment.
"""

import asyncio
import base64
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from tests.people import PASSWORD
from tests.process import ROOT, Process

ST = Path(sys.executable).with_name("st")
# What would end the asker's session, and what is no request.
NOT = ("/api/auth/logout", "/api/socket")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,negative_data_rejection,"
    "unsupported_method,allow_header_conformance,ignored_auth"
)
REQUESTS = 10_000
MAX_SECONDS = 1.0  # for an answer, on an idle machine
FREE = {
    "LIMIT_SENDS": "1000000",
    "LIMIT_ACTS": "1000000",
    "LIMIT_READS": "1000000",
    "LIMIT_SIGN_UPS": "1000000",
    "LIMIT_SIGN_INS": "1000000",
    "REGISTRATION": "open",
}


async def fuzz(
    url: str, token: str, *options: str, real: bool, loud: bool = False
) -> tuple[int, str]:
    """Ask as somebody, with words that lead somewhere or with any: status, and report."""
    found = ["--config-file", str(ROOT / "tests/fuzz.toml")] if real else []
    folder = tempfile.TemporaryDirectory()  # for what it remembers
    asking = await asyncio.create_subprocess_exec(
        ST, *found, "run", f"{url}/api/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--checks", CHECKS,
        *(f"--exclude-path={path}" for path in NOT),
        "--warnings=off", "--continue-on-failure", "--request-timeout=30", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        cwd=folder.name, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    printed = []
    assert asking.stdout
    try:
        async for line in asking.stdout:
            printed.append(line.decode())
            if loud:
                sys.stdout.write(printed[-1])
                sys.stdout.flush()
        return await asking.wait(), "".join(printed)
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()
        folder.cleanup()


async def answered(url: str) -> Counter[tuple[str, str]]:
    """How often each operation gave each status, by the server's own metrics."""
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as answer:
        text = await answer.text()
    found = re.findall(
        r'^hearth_http_requests_total{method="(\w+)",route="([^"]+)",status="(\d+)"} (\d+)',
        text,
        re.MULTILINE,
    )
    return Counter(
        {(f"{method} {path}", status): int(times) for method, path, status, times in found}
    )


async def furnish(url: str, owner_link: str) -> str:
    """Two people, a private room, and some messages: the owner's token."""
    async with aiohttp.ClientSession(url) as http:

        async def does(method: str, path: str, body: object, token: str = "") -> str:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with http.request(method, path, json=body, headers=headers) as answer:
                text = await answer.text()
                assert answer.ok, text
                return str(json.loads(text).get("access_token", ""))

        code = owner_link.rpartition("/")[2]
        ann = {"name": "ann", "password": PASSWORD, "invite": code}
        token = await does("POST", "/api/auth/register", ann)
        await does("POST", "/api/auth/register", {"name": "ben", "password": PASSWORD})
        lair = {"name": "lair", "kind": "private", "members": ["ben"]}
        await does("POST", "/api/rooms", lair, token)
        await does("PUT", "/api/rooms/ann~ben", None, token)
        for number in range(4):
            for room in ("general", "lair"):
                path = f"/api/rooms/{room}/messages"
                await does("POST", path, {"text": f"*number* {number}"}, token)
        return token


async def slow(url: str, token: str, report: Path) -> list[str]:
    """What took too long, each time that it was asked: others use this machine, too."""
    found = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        for entry in json.loads(report.read_text())["log"]["entries"]:
            if entry["time"] > MAX_SECONDS * 1_000:
                asked = entry["request"]
                best = min([await _again(http, url, asked) for _ in range(5)])
                if best > MAX_SECONDS:
                    found.append(f"{best:.1f} s: {json.dumps(asked)[:2_000]}")
    return found


async def _again(http: aiohttp.ClientSession, url: str, asked: Any) -> float:
    sent = asked.get("postData", {})
    body = sent.get("text", "").encode()
    if sent.get("encoding") == "base64":
        body = base64.b64decode(body)
    began, kind = time.monotonic(), {"Content-Type": sent.get("mimeType") or "text/plain"}
    target = URL(url + asked["url"].removeprefix(url), encoded=True)
    async with http.request(asked["method"], target, data=body, headers=kind) as answer:
        await answer.read()
    return time.monotonic() - began


async def main(*options: str) -> int:
    """Serve, ask with both kinds of words, and say what was wrong."""
    worst, late = 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder) / "data", **FREE)
        try:
            url = await server.start()
            token = await furnish(url, await server.line())
            report, kinds = Path(folder) / "report.har", cycle((True, False))
            reporting = ("--report-preserve-bytes", f"--report-har-path={report}")
            while (counts := await answered(url)).total() < REQUESTS:
                status, _ = await fuzz(
                    url, token, *options, *reporting, real=next(kinds), loud=True
                )
                worst = max(worst, status)
                late += await slow(url, token, report)
            asked: Counter[str] = Counter()
            for (_, status_of), times in counts.items():
                asked[status_of] += times
            well = {operation for operation, status_of in counts if status_of < "400"}
            never = sorted({operation for operation, _ in counts} - well)
            sys.stdout.write(f"{asked.total()} requests: {asked}\nnever well: {never}\n")
            errors = [each for each in server.complaints.split("\n") if " ERROR " in each]
            sys.stdout.write("\n".join([*late, *errors]))
        finally:
            await server.end()
    return worst or bool(late)


if __name__ == "__main__":
    sys.exit(asyncio.run(main("--generation-database=none", *sys.argv[1:])))
