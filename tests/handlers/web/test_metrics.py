"""Metrics: who may read them, and that they say what happened."""

import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, UnixConnector, web
from prometheus_client.parser import text_string_to_metric_families

from server import create_app
from settings import LOCAL, Settings
from tests.conftest import Client, Start
from tests.people import Person, sign_in

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = json.loads((ROOT / "deploy/grafana.json").read_text())
ELSEWHERE = (ipaddress.ip_network("192.0.2.0/24"),)


async def scrape(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    """Each sample's value, by its name and the texts of its labels, in their order."""
    async with client.get("/metrics", headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
    return {
        (sample.name.removeprefix("hearth_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_count_what_people_do(
    client: Client, ann: Person, ben: Person
) -> None:
    async with ann.listening() as inbox, ben.listening():
        before = await scrape(client)
        assert before["connections",] == 2
        assert before["users_present",] == 2
        assert before["database_up",] == before["log_up",] == 1
        await ben.says("general", "hello")
        await inbox.next("message")
        await inbox.say({"type": "ping"}, {"type": "nonsense"})
        await inbox.next("error")
        after = await scrape(client)
    posted = ("http_requests_total", "POST", "/api/rooms/{room}/messages", "201")
    assert after[posted] == before.get(posted, 0) + 1
    assert after["deliveries_total",] >= before["deliveries_total",] + 2
    assert after["frames_written_total",] >= before["frames_written_total",] + 2
    assert after["commit_size_count",] == before["commit_size_count",] + 1
    assert after["commit_seconds_sum",] > before["commit_seconds_sum",]
    assert after["objects_heard_total", "ping"] == 1
    assert after["refusals_total", "invalid", "socket"] == 1
    assert after["process_resident_memory_bytes",] > 1_000_000


async def test_metrics_count_sign_ins_and_refusals(client: Client, ann: Person) -> None:
    await sign_in(client, "ann")
    await sign_in(client, "ann", "wrong")
    await ann.refused("GET", "/api/rooms/nowhere")
    found = await scrape(client)
    assert found["sign_ins_total", "success"] == found["sign_ins_total", "failure"] == 1
    assert found["refusals_total", "not_found", "http"] == 1
    assert found["refusals_total", "unauthenticated", "http"] == 1


async def test_made_up_paths_and_methods_make_no_new_series(client: Client) -> None:
    for method in ("GET", "PURGE", "TRACE"):
        await client.request(method, f"/made-up/{method}")
    found = await scrape(client)
    assert found["http_requests_total", "any", "none", "404"] == 3
    assert "made-up" not in str(found)


async def test_two_apps_in_one_process_count_each_for_itself(
    start: Start, settings: Settings
) -> None:
    one, other = await start(), await start()
    await one.get("/api/config")
    asked = ("http_requests_total", "GET", "/api/config", "200")
    assert (await scrape(one))[asked] == 1
    assert asked not in await scrape(other)


async def test_openmetrics_is_spoken_to_who_asks_for_it(client: Client) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with client.get("/metrics", headers=accept) as answer:
        assert answer.content_type == "application/openmetrics-text"
        assert (await answer.text()).endswith("# EOF\n")


@pytest.mark.parametrize(
    ("metrics", "trusted", "headers", "status"),
    [
        (LOCAL, (), {}, 200),
        ((), (), {}, 404),
        (ELSEWHERE, (), {}, 404),
        # Through a proxy that we do not know of, everybody has its address.
        (LOCAL, (), {"X-Forwarded-For": "127.0.0.1"}, 404),
        (LOCAL, (), {"X-Real-IP": "127.0.0.1"}, 404),
        (LOCAL, (), {"Via": "1.1 proxy"}, 404),
        (ELSEWHERE, (), {"X-Forwarded-For": "192.0.2.1"}, 404),
        # Through one that we trust, they have their own.
        (LOCAL, LOCAL, {"X-Forwarded-For": "192.0.2.1"}, 404),
        (LOCAL, LOCAL, {"X-Forwarded-For": "127.0.0.1, 192.0.2.1"}, 404),
        (LOCAL, LOCAL, {"X-Forwarded-Proto": "https"}, 404),
        (ELSEWHERE, LOCAL, {"X-Forwarded-For": "192.0.2.1"}, 200),
        (LOCAL, LOCAL, {}, 200),
    ],
)
async def test_who_may_read_metrics(
    start: Start, metrics: Any, trusted: Any, headers: dict[str, str], status: int
) -> None:
    client = await start(metrics=metrics, trusted_proxies=trusted)
    async with client.get("/metrics", headers=headers) as answer:
        assert answer.status == status


async def test_a_unix_socket_is_near(settings: Settings, tmp_path: Path) -> None:
    runner = web.AppRunner(create_app(settings))
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "socket")).start()
    async with (
        ClientSession(connector=UnixConnector(str(tmp_path / "socket"))) as http,
        http.get("http://hearth/metrics") as answer,
    ):
        assert answer.status == 200
    await runner.cleanup()


def test_the_settings_say_who_may_read_metrics() -> None:
    def read(text: str) -> Any:
        return Settings.from_env({"HEARTH_METRICS": text}).metrics

    assert read("") == read("local") == LOCAL
    assert read("off") == ()
    assert read("192.0.2.0/24") == ELSEWHERE


async def test_the_dashboard_asks_only_for_what_there_is(
    client: Client, ann: Person
) -> None:
    await ann.refused("GET", "/api/rooms/nowhere")
    await sign_in(client, "ann", "wrong")
    async with ann.listening() as inbox:
        await inbox.until_pong()
    async with client.get("/metrics") as answer:
        text = await answer.text()
    there = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    there |= {f"{name}_{part}" for name in there for part in ("bucket", "sum", "count")}
    asked = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", ())
        for name in re.findall(r"\b(?:hearth|process)_\w+", target["expr"])
    }
    assert asked
    assert asked <= there


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert DASHBOARD["uid"] == "hearth"
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, f"{panel['title']} lies over another"
        taken |= cells


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 404), ("evil.example:8080", 404), ("localhost.evil.example", 404),
        ("127.0.0.1.evil.example", 404), ("chat.example.org.", 404), ("1.2", 404),
        ("127.0.0.1", 200), ("127.0.0.1:8080", 200), ("[::1]:8080", 200),
        ("localhost", 200), ("LOCALHOST:8080", 200), ("a.localhost", 200), ("hearth", 200),
    ],
)  # fmt: skip
async def test_a_page_that_has_its_name_lead_here_reads_no_metrics(
    client: Client, host: str, status: int
) -> None:
    async with client.get("/metrics", headers={"Host": host}) as answer:
        assert answer.status == status


async def test_metrics_are_read_by_our_own_name(start: Start) -> None:
    client = await start(public_url="https://chat.example.org")
    await scrape(client, Host="chat.example.org")
