"""The web client in a real Chromium: what it weighs, and how soon it can be used."""

import os
import shutil
import time
from statistics import median
from typing import Any

from bench.bench import Bench
from bench.hearth import Hearth
from pytest_hearth.people import PASSWORD

USABLE = """() => document.querySelector('[aria-busy=false].messages')
  && document.querySelector('.compose textarea')"""
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

    hearth = bench.another()
    hearth.sign_up(11)
    for number in range(60):
        _say(hearth, f"Message *number* {number}", 0)  # so that nothing is unread
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        try:
            for _ in bench.turns("first view"):
                _weigh(bench, browser, hearth)
            _draw(bench, browser, hearth)
        finally:
            browser.close()
    hearth.stop()


def _say(hearth: Hearth, text: str, person: int) -> None:
    hearth.ask("POST", "/api/rooms/general/messages", {"text": text}, person)


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
    page = _enter(browser, hearth)
    sizes: list[tuple[int, int]] = []

    def finished(request: Any) -> None:
        if "/api/" not in request.url:
            packed = request.sizes()["responseBodySize"]
            sizes.append((packed, len(request.response().body())))

    page.on("requestfinished", finished)
    began = time.perf_counter()
    page.goto(f"{hearth.address}/#/rooms/general")
    page.wait_for_function(USABLE)
    usable = 1000 * (time.perf_counter() - began)
    page.wait_for_load_state("networkidle")
    bench.add("first view, packed", "KB", sum(size for size, _ in sizes) / 1000)
    bench.add("first view, unpacked", "KB", sum(size for _, size in sizes) / 1000)
    bench.add("from navigation to a usable room, nothing cached", "ms", usable)
    page.context.close()


def _draw(bench: Bench, browser: Any, hearth: Hearth) -> None:
    page = _enter(browser, hearth)
    page.add_init_script(f"({WATCH})()")
    page.goto(f"{hearth.address}/#/rooms/general")
    page.wait_for_function(USABLE)
    for turn in bench.turns("messages are drawn"):
        for number in range(10):
            _say(hearth, f"drawn-{turn}{number}", 1)
            page.wait_for_function(f"() => window.drawn.length > {number}")
        took = median(page.evaluate("() => window.drawn.splice(0)"))
        bench.add("to draw a message that arrived", "ms", took)
    count = bench.pick(2_000, 20_000)
    bench.tell(f"{count:,} messages arrive")
    session = page.context.new_cdp_session(page)
    rooms = [{"name": "general", "members": hearth.people[1:], "senders": 10}]
    while (last := hearth.ask("GET", "/api/rooms/general")["seq"]) < count:
        bench.load(hearth, rooms, [{"kind": "open", "rate": 500, "seconds": 4.0}])
    page.wait_for_selector(f"[data-seq='{last}']", state="attached", timeout=120_000)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    nodes = page.evaluate("() => document.querySelectorAll('*').length")
    bench.add(f"elements after {count:,} messages", "", nodes)
    bench.add(f"heap after {count:,} messages", "MB", heap)
