"""Calls through a relay: the real coturn, with our credentials, and with others."""

import asyncio
import base64
import hashlib
import hmac
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import unused_port
from playwright.async_api import expect

from pytest_hearth.hearth import changed
from settings import Settings
from tests.browser.calling.caller import meet, see_each_other
from tests.browser.calling.conftest import Calls
from tests.browser.visitor import LOSS
from tests.people import Json, Person
from tests.process import ROOT
from tests.tools import needs

SECRET = "north-of-the-border"
pytestmark = [pytest.mark.long, needs("turnserver")]
# The candidates that a relay gives for some credentials.
RELAYED = """async (servers) => {
  const trial = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: "relay" });
  trial.createDataChannel("trial");
  const found = [];
  let code = 0;
  trial.onicecandidate = ({ candidate }) => candidate && found.push(candidate.type);
  trial.onicecandidateerror = ({ errorCode }) => { code = errorCode; };
  await trial.setLocalDescription();
  for (let turn = 0; turn < 50 && !found.length && !code; turn += 1) {
    await new Promise((done) => { setTimeout(done, 100); });
  }
  trial.close();
  return [found[0] ?? "", code];
}"""
PATHS = """async () => {
  const stats = [...(await window.made[0].getStats()).values()];
  const pair = stats.find((each) => each.type === "candidate-pair" && each.nominated);
  return stats.find(({ id }) => id === pair?.localCandidateId)?.candidateType ?? "";
}"""


def documented() -> str:
    """The configuration that docs/operations.md has, with our secret."""
    text = (ROOT / "docs/operations.md").read_text()
    found = text.partition("/etc/turnserver.conf <<'END'\n")[2].partition("END\n")[0]
    assert len(found.splitlines()) == 10
    return found.replace("THE-OUTPUT-OF-openssl-rand-hex-32", SECRET)


class Relay:
    """A coturn as docs/operations.md sets it up, on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = unused_port(), folder
        self.url = f"turn:127.0.0.1:{self.port}?transport=udp"
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        config = self._folder / "turnserver.conf"
        config.write_text(
            f"{documented()}"
            # What follows is for the test alone.
            f"allow-loopback-peers\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\n"
            f"listening-port={self.port}\nno-tls\nno-dtls\nno-tcp-relay\n"
            f"pidfile={self._folder}/pid\nuserdb={self._folder}/db\nlog-file=stdout\n"
        )
        self._process = await asyncio.create_subprocess_exec(
            "turnserver", "-c", str(config),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        with suppress(ProcessLookupError):
            self.go_on()
            self._process.kill()
        await self._process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    relay = Relay(tmp_path)
    await relay.start()
    yield relay
    await relay.stop()


@pytest.fixture
def settings(hearth_settings: Settings, relay: Relay) -> Settings:
    return changed(hearth_settings, turn_urls=(relay.url,), turn_secret=SECRET)


async def test_media_flow_through_the_relay_and_again_when_it_was_away(
    ann: Person, ben: Person, relay: Relay, calls: Calls
) -> None:
    a, b = await calls(ann), await calls(ben)
    for each in (a, b):
        each.visitor.expect(LOSS)
        await each.page.add_init_script("window.rtc = { iceTransportPolicy: 'relay' }")
    await meet(a, b)
    assert await a.page.evaluate(PATHS) == "relay"
    relay.freeze()  # Media of both have no way for five seconds.
    await asyncio.sleep(5)
    relay.go_on()
    await see_each_other(a, b)
    relay.freeze()
    lost = a.tile("Ben Baker").locator(".tile-status")
    await expect(lost).to_have_text("Line lost, trying again…")
    relay.go_on()
    await expect(lost).to_have_count(0)
    await see_each_other(a, b)
    assert await a.page.evaluate("window.made.length") == 1
    await a.button("Devices").click()
    await expect(a.page.locator(".call-reach")).to_contain_text("The relay can be reached")


def credentials(name: str, secret: str) -> Json:
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return {"username": name, "credential": base64.b64encode(digest).decode()}


async def test_expired_and_wrong_credentials_are_refused(
    ann: Person, relay: Relay, calls: Calls
) -> None:
    a = await calls(ann)
    await a.visitor.enter("general")
    ours = (await ann.does("GET", "/api/calls/ice"))["ice_servers"]
    assert await a.page.evaluate(RELAYED, ours) == ["relay", 0]
    now = int(time.time())
    for name, secret in [
        (f"{now - 1}:ann", SECRET),
        (f"{now + 3_600}:ann", "another"),
        ("ann", SECRET),
    ]:
        theirs = [{"urls": [relay.url], **credentials(name, secret)}]
        found, code = await a.page.evaluate(RELAYED, theirs)
        assert (found, code) == ("", 401), name
