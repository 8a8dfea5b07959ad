"""The pictures of README, made again by `python -m tests.screenshots`.

A small team, on a real server and in a real browser.
"""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import async_playwright

from pytest_hearth.databases import Databases
from pytest_hearth.hearth import settings_for
from tests.browser.conftest import PHONE, launch
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.people import Person

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
DESK = {"viewport": {"width": 1280, "height": 800}}
DARK = {"color_scheme": "dark"}
# Each with where it is taken, and of what.
PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "lobby": ("", DESK),
    "room": ("rooms/general", DESK),
    "room-dark": ("rooms/general", DESK | DARK),
    "room-phone": ("rooms/general", PHONE),
    "direct-phone": ("rooms/ann~ben", PHONE | DARK),
}
SETTLED_MS = 2_000  # after which a page stays as it is
COLOURS = 256  # of a picture, so that the repository stays small
READ = 5  # messages in General that Ann has read
NAMES = {
    "ben": "Ben Baker",
    "cleo": "Cleo Okonkwo",
    "dmitri": "Dmitri Weiss",
    "eva": "Evangeline Featherstonehaugh-Cholmondeley",
}
REMARKS = """Looks good. Two remarks:

1. mention the new `HEARTH_LIMIT_FILE` setting
2. say that sessions end after 30 days

```python
async def main() -> None:
    print("hello")  # for all who come
```"""


async def furnish(site: Site) -> list[Person]:
    """A team, in the middle of its morning."""
    ann = await site.owner("ann", display_name="Ann Archer")
    team = [await site.person(name, display_name=full) for name, full in NAMES.items()]
    ben, cleo, dmitri, eva = team
    for title, kind in {
        "Board": "private",
        "Deploys": "public",
        "Design": "public",
    }.items():
        room = await ann.makes(title.lower(), kind, "ben", "cleo")
        await ann.does("PATCH", f"/api/rooms/{room}", {"title": title})
    await ann.does("PATCH", "/api/rooms/general", {"topic": "For everyone"})
    await ann.does("PUT", "/api/rooms/general/favorite")
    await ben.says("general", "Good morning everyone! The new build is **green**.")
    await ben.says("general", "I will push it at 10:00 unless somebody objects.")
    await cleo.says(
        "general",
        "@ann could you look at the release notes first? "
        "They are at https://example.org/notes/2026-11",
    )
    await ann.says("general", "On it.")
    seq = (await ann.says("general", REMARKS))["seq"]
    for person, emoji in ((ben, "👍"), (cleo, "👍"), (dmitri, "🎉")):
        await person.does("PUT", f"/api/rooms/general/messages/{seq}/reactions/{emoji}")
    await ben.says("general", "Done, thank you!", reply_to=seq)
    await eva.says("general", "Merci, everyone. مرحبا بالعالم")
    await cleo.says("design", "New mock-ups are up")
    for number in range(3):
        await ben.says("deploys", f"@ann deploy {number} done")
    await cleo.does("PUT", "/api/rooms/ann~cleo~dmitri")
    await cleo.says("ann~cleo~dmitri", "On Thursday, then")
    await ben.does("PUT", "/api/rooms/ann~ben")
    await ben.says("ann~ben", "Lunch?")
    await ann.says("ann~ben", "At one, by the oven")
    return [ann, *team]


@asynccontextmanager
async def inhabited(folder: Path) -> AsyncIterator[tuple[Site, list[Person]]]:
    """The site of a team, of whom Ben is there."""
    databases = await asyncio.to_thread(Databases, folder / "db")
    try:
        async with Site(settings_for(databases.take(), folder / "data")) as site:
            team = await furnish(site)
            async with team[1].listening():
                yield site, team
    finally:
        await asyncio.to_thread(databases.close)


async def take(visitor: Visitor, name: str, place: str) -> None:
    """Keep how somebody finds a place, in the colours that are there most."""
    await visitor.go(place)
    await visitor.page.locator(".text, .lobby-last").first.wait_for()
    await visitor.page.wait_for_timeout(SETTLED_MS)
    taken = Image.open(io.BytesIO(await visitor.page.screenshot())).convert("RGB")
    counted = sorted(taken.getcolors(taken.width * taken.height) or [], reverse=True)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in counted[:COLOURS] for part in colour])
    few = taken.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            inhabited(Path(folder)) as (site, team),
            async_playwright() as playwright,
        ):
            browser = await launch(playwright)
            for name, (place, look) in PICTURES.items():
                for back in (False, True):
                    mark = {"seq": READ, "back": back}
                    await team[0].does("PUT", "/api/rooms/general/read", mark)
                context = await browser.new_context(locale="en-GB", **look)
                visitor = Visitor(site, context, await context.new_page(), team[0])
                await visitor.sign_in_quietly()
                await take(visitor, name, place)
                await context.close()
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
