"""Hostile names, titles and texts do nothing, and break no layout."""

from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.hostile import LINES, STRINGS
from tests.browser.visitor import REFUSAL, Visitor
from tests.people import Person

HARM = """() => ({
    harmed: Boolean(window.harmed),
    wide: document.documentElement.scrollWidth > innerWidth,
    wideRows: [...document.querySelectorAll('.scroller, .side-rooms, .page, .members-list')]
        .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className),
    foreign: [...document.querySelectorAll('.text *')].filter((one) => one.matches(
        'script, iframe, img, svg:not(.icon), style, form, dialog, base, meta, object'
    )).map((one) => one.outerHTML),
    handlers: [...document.querySelectorAll('#app *')].filter((one) =>
        [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
    links: [...document.querySelectorAll('.text a')].map((one) => one.protocol)
        .filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol)),
})"""
NONE = {
    "harmed": False,
    "wide": False,
    "wideRows": [],
    "foreign": [],
    "handlers": 0,
    "links": [],
}


async def test_hostile_texts_are_only_texts(ann: Person, ben: Person, visit: Visit) -> None:
    assert len(STRINGS) >= 40
    for text in STRINGS:
        answer = await ann.ask("POST", "/api/rooms/general/messages", {"text": text})
        assert answer.status in {201, 400}, text
    for options in [{}, PHONE]:
        visitor = await visit(ben, **options)
        await visitor.enter("general")
        for _ in range(8):
            assert await visitor.measure(HARM) == NONE
            await visitor.page.evaluate(
                "document.querySelector('.scroller').scrollBy(0, -1500)"
            )
            await visitor.page.wait_for_timeout(50)
        links = visitor.page.locator(".text a", has_text="press me")
        assert await links.count() == 0


async def test_hostile_titles_and_names_are_only_words(
    ann: Person, ben: Person, visit: Visit
) -> None:
    made = 0
    for number, line in enumerate(LINES):
        body = {"name": f"room-{number}", "title": line, "topic": line, "members": ["ben"]}
        answer = await ann.ask("POST", "/api/rooms", body)
        assert answer.status in {201, 400}, line
        made += answer.status == 201
    assert made >= 30
    visitor = await visit(ben)
    await visitor.go()
    await expect(visitor.page.locator(".side-rooms .room-row")).to_have_count(made + 1)
    for place in ["browse", "rooms/room-0", "rooms/room-34", "people"]:
        await visitor.go(place)
        await visitor.page.locator("h1").first.wait_for()
        assert await visitor.measure(HARM) == NONE


async def test_hostile_display_names_stay_in_their_place(
    ann: Person, ben: Person, visit: Visit
) -> None:
    said = await ben.says("general", "who am I?")
    await ann.says("general", "an answer", reply_to=said["seq"])
    visitor = await visit(ann)
    await visitor.enter("general")
    await visitor.button("Members").click()
    for line in LINES:
        answer = await ben.ask("PATCH", "/api/users/ben", {"display_name": line})
        if answer.status != 200:
            continue
        name = (await answer.json())["display_name"]
        await shows(visitor, name)
        assert await visitor.measure(HARM) == NONE


async def shows(visitor: Visitor, name: str) -> None:
    """Wait until the page knows the new name; one without a visible letter is not shown."""
    script = """(name) => {
        const sender = document.querySelector("[data-seq='1'] .sender");
        return [name, 'ben'].includes(sender.textContent);
    }"""
    await visitor.page.wait_for_function(script, arg=name)


async def test_javascript_in_the_address_is_only_an_address(
    ann: Person, visit: Visit
) -> None:
    visitor = await visit(ann)
    visitor.expect(REFUSAL)
    for place in [
        "rooms/<img src=x onerror=alert(1)>",
        "join/%",
        "rooms/%E0%A4%A",
        "rooms//",
    ]:
        await visitor.go(place)
        assert await visitor.measure(HARM) == NONE
