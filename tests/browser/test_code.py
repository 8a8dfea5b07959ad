"""Code in colours, by the server's classes and the page's own styles."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Person


async def test_code_is_read_in_colours_and_copied_without(
    ann: Person, visit: Visit
) -> None:
    await ann.says("general", "```python\ndef water():\n    return 1  # wet\n```")
    visitor = await visit(ann)
    await visitor.enter("general")
    block = visitor.page.locator(".code")
    colour = "(one) => getComputedStyle(one).color"
    plain = await block.locator("code").evaluate(colour)
    assert await block.locator(".k").first.evaluate(colour) != plain
    await expect(block.locator(".c")).to_have_text("# wet")
