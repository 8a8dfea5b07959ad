"""The web client in a real Chromium: what it weighs, and how soon it can be used."""

import os
import shutil
import time
from statistics import median
from typing import Any

from bench.bench import Bench
from bench.hearth import PASSWORD, Hearth
from bench.machine import load

HERE = "[aria-busy=false].messages"
USABLE = (
    f"() => document.querySelector('{HERE}') && document.querySelector('.compose textarea')"
)
# From the moment that the frame is handed to the page until its text is drawn.
WATCH = """() => {
  window.drawn = [];
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", (event) => {
        if (!event.data.includes("drawn-")) return;
        const began = performance.now();
        const tag = event.data.match(/"text":"(drawn-[0-9]+)/)?.[1];
        const done = () => window.drawn.push(performance.now() - began);
        const look = () => {
          if (document.querySelector(".messages").textContent.includes(tag))
            requestAnimationFrame(() => setTimeout(done));
          else setTimeout(look, 1);
        };
        if (tag) queueMicrotask(look);
      });
    }
  };
}"""


def first_view(bench: Bench) -> None:
    """Bytes and time to the first view, time to draw a message, and a long evening."""
    chromium = os.environ.get("HEARTH_TEST_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        bench.tell("there is no chromium: the web client is not measured")
        return
    from playwright.sync_api import sync_playwright

    hearth = bench.another("web")
    hearth.sign_up(11)
    for number in range(60):
        body = {"text": f"Message *number* {number}"}
        hearth.ask("POST", "/api/rooms/general/messages", body, 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            _weigh(bench, browser, hearth)
            _draw(bench, browser, hearth)
        finally:
            browser.close()
    hearth.stop()


def _enter(browser: Any, hearth: Hearth) -> Any:
    """A page of a person who is signed in, on its way to the room."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.request.post(
        f"{hearth.address}/api/auth/token",
        data={"name": hearth.people[0][0], "password": PASSWORD},
        headers={"Origin": hearth.address},
    )
    context.add_init_script("localStorage.setItem('hearth/signed-in', 'yes')")
    return context.new_page()


def _weigh(bench: Bench, browser: Any, hearth: Hearth) -> None:
    usable, packed, unpacked = [], [], []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, first view")
        page = _enter(browser, hearth)
        sizes: list[tuple[int, int]] = []

        def finished(request: Any, sizes: list[tuple[int, int]] = sizes) -> None:
            if "/api/" not in request.url:
                sizes.append(
                    (request.sizes()["responseBodySize"], len(request.response().body()))
                )

        page.on("requestfinished", finished)
        began = time.perf_counter()
        page.goto(f"{hearth.address}/#/rooms/general")
        page.wait_for_function(USABLE)
        usable.append(1000 * (time.perf_counter() - began))
        page.wait_for_load_state("networkidle")
        packed.append(sum(size for size, _ in sizes) / 1000)
        unpacked.append(sum(size for _, size in sizes) / 1000)
        page.context.close()
    note = bench.notes.note
    note("web", "first view, packed", packed, "KB", goal="<= 100")
    note("web", "first view, unpacked", unpacked, "KB", goal="<= 300")
    note("web", "from navigation to a usable room, nothing cached", usable, "ms")


def _draw(bench: Bench, browser: Any, hearth: Hearth) -> None:
    page = _enter(browser, hearth)
    page.add_init_script(f"({WATCH})()")
    page.goto(f"{hearth.address}/#/rooms/general")
    page.wait_for_function(USABLE)
    rounds = []
    for turn in range(bench.rounds):
        bench.tell(f"round {turn + 1}, messages are drawn")
        for number in range(10):
            body = {"text": f"drawn-{turn}{number}"}
            hearth.ask("POST", "/api/rooms/general/messages", body, 1)
            page.wait_for_function(f"() => window.drawn.length > {number}")
        rounds.append(median(page.evaluate("() => window.drawn.splice(0)")))
    bench.notes.note("web", "to draw a message that arrived", rounds, "ms")
    count = 2_000 if bench.quick else 20_000
    bench.tell(f"{count:,} messages arrive")
    session = page.context.new_cdp_session(page)
    while hearth.ask("GET", "/api/rooms/general")["seq"] < count:
        room = {"name": "general", "members": hearth.people[1:], "senders": 10}
        phases = [{"kind": "open", "rate": 500, "seconds": 4.0}]
        load({"url": hearth.socket, "dialect": "hearth", "rooms": [room], "phases": phases})
    last = hearth.ask("GET", "/api/rooms/general")["seq"]
    page.wait_for_selector(f"[data-seq='{last}']", state="attached")
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    nodes = page.evaluate("() => document.querySelectorAll('*').length")
    bench.notes.note("web", f"elements after {count:,} messages", [nodes], "")
    bench.notes.note("web", f"heap after {count:,} messages", [heap], "MB")
