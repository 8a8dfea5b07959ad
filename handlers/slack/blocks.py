"""Slack's blocks, turned into Markdown; those that we do not know say nothing."""

from collections.abc import Iterable
from typing import Any

from handlers.slack.emoji import EMOJI
from handlers.slack.mrkdwn import link, plain_to_markdown, to_markdown

Block = dict[str, Any]


def blocks(given: list[Block] | None) -> str:
    """What some blocks say."""
    return "\n\n".join(filter(None, map(_block, given or ())))


def links(buttons: Iterable[tuple[Any, Any]]) -> str:
    """Buttons, each an address and a text: those with an address are links."""
    named = [(url, plain_to_markdown(words(text))) for url, text in buttons]
    return " · ".join(
        link(url, label) for url, label in named if isinstance(url, str) and label
    )


def _block(given: Block) -> str:
    match given.get("type"):
        case "header":
            return f"**{plain_to_markdown(words(given.get('text')))}**"
        case "section":
            parts = [given.get("text"), *_list(given, "fields"), given.get("accessory")]
            return "\n".join(filter(None, map(_element, parts)))
        case "context" | "actions":
            between = " · " if given["type"] == "actions" else " "
            return between.join(filter(None, map(_element, _list(given, "elements"))))
        case "divider":
            return "---"
        case "markdown":
            return words(given.get("text")).strip()
        case "rich_text":
            return "\n\n".join(filter(None, map(_rich, _list(given, "elements"))))
        case "image" | "video":
            return _element(given)
    return ""


def _element(given: Any) -> str:
    """A text, a button or a picture within a block."""
    if not isinstance(given, dict):
        return ""
    match given.get("type"):
        case "mrkdwn":
            return to_markdown(words(given))
        case "plain_text":
            return plain_to_markdown(words(given))
        case "button":
            return links([(given.get("url"), given.get("text"))])
        case "image" | "video":
            url = given.get("image_url") or given.get("title_url")
            label = words(given.get("title")) or words(given.get("alt_text")) or "Image"
            return link(url if isinstance(url, str) else "", plain_to_markdown(label))
    return ""


def _rich(given: Any) -> str:
    """A paragraph, a list, a quote or code of rich text."""
    if not isinstance(given, dict):
        return ""
    spans = _list(given, "elements")
    match given.get("type"):
        case "rich_text_list":
            mark = "1." if given.get("style") == "ordered" else "-"
            items = [each for each in spans if isinstance(each, dict)]
            lines = ["".join(map(_span, _list(each, "elements"))) for each in items]
            return "\n".join(f"{mark} {line}" for line in lines)
        case "rich_text_preformatted":
            return "```\n" + "".join(words(each) for each in spans) + "\n```"
        case "rich_text_quote":
            text = "".join(map(_span, spans))
            return "\n".join(f"> {line}" for line in text.split("\n"))
    return "".join(map(_span, spans))


def _span(given: Any) -> str:
    """A piece of a line of rich text."""
    if not isinstance(given, dict):
        return ""
    said = words(given)
    match given.get("type"):
        case "link":
            url = given.get("url")
            label = plain_to_markdown(said) or str(url)
            return link(url if isinstance(url, str) else "", label)
        case "emoji":
            name = str(given.get("name"))
            return EMOJI.get(name, f":{name}:")
        case "broadcast":
            return "@all"
        case "user":
            return f"@{given.get('user_id')}"
        case "text":
            style = given.get("style")
            return _styled(said, style if isinstance(style, dict) else {})
    return said


def _styled(text: str, style: Block) -> str:
    bare = text.strip()
    if not bare:
        return text
    before, _, after = text.partition(bare)
    said = f"`{bare}`" if style.get("code") else plain_to_markdown(bare)
    for name, mark in (("bold", "**"), ("italic", "*"), ("strike", "~~")):
        if style.get(name):
            said = f"{mark}{said}{mark}"
    return before + said + after


def words(given: Any) -> str:
    """The text of a text object, or of what stands for one."""
    if isinstance(given, dict):
        given = given.get("text")
    return given if isinstance(given, str) else ""


def _list(given: Block, name: str) -> list[Any]:
    found = given.get(name)
    return found if isinstance(found, list) else []
