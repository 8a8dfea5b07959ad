"""Slack's blocks, turned into Markdown; of those that we do not know, their text."""

from collections.abc import Iterable
from typing import Any

from handlers.slack import rich_text
from handlers.slack.mrkdwn import link, plain_to_markdown, to_markdown
from handlers.slack.words import MAX_PIECES, joined, objects, words

Block = dict[str, Any]
MAX_ROWS, MAX_COLUMNS = 100, 20  # as in Slack


def blocks(given: Iterable[Block]) -> str:
    """The text of some blocks."""
    return joined("\n\n", map(_block, given))


def links(buttons: Iterable[tuple[Any, Any]]) -> str:
    """Buttons, each an address and a text: those with an address are links."""
    named = [(words(url), plain_to_markdown(words(text))) for url, text in buttons]
    return " · ".join(link(url, label) for url, label in named if url and label)


def _block(given: Block) -> str:
    match given.get("type"):
        case "header":
            text = plain_to_markdown(" ".join(words(given.get("text")).split()))
            return f"**{text}**" if text else ""
        case "section":
            parts = [given.get("text"), *_list(given, "fields"), given.get("accessory")]
            return joined("\n", map(_element, parts))
        case "context" | "actions" | "context_actions":
            between = " " if given["type"] == "context" else " · "
            return joined(between, map(_element, _list(given, "elements")))
        case "divider":
            return "---"
        case "markdown":
            return words(given.get("text")).strip()
        case "rich_text":
            return rich_text.to_markdown(objects(given.get("elements")))
        case "table":
            return _table(given)
        case "mrkdwn" | "plain_text" | "image" | "video":
            return _element(given)
    parts = [given.get(name) for name in ("title", "label", "text", "description")]
    return joined("\n", map(_element, parts))


def _element(given: Any) -> str:
    """A text, a button or a picture within a block."""
    if not isinstance(given, dict):
        return to_markdown(words(given))
    match given.get("type"):
        case "mrkdwn":
            return to_markdown(words(given))
        case "plain_text" | "raw_text":
            return plain_to_markdown(words(given))
        case "button" | "workflow_button":
            return links([(given.get("url"), given.get("text"))])
        case "image" | "video":
            file = given.get("slack_file")
            urls = [given.get("image_url"), given.get("title_url"), given.get("video_url")]
            urls += [file.get("url") if isinstance(file, dict) else None]
            label = words(given.get("title")) or words(given.get("alt_text")) or "Image"
            return link(next(filter(None, map(words, urls)), ""), plain_to_markdown(label))
        case "rich_text":
            return rich_text.to_markdown(objects(given.get("elements")))
        case None:
            return to_markdown(words(given))
    return ""


def _table(given: Block) -> str:
    """A table, whose first row is its head."""
    rows = [
        [_cell(cell) for cell in row[:MAX_COLUMNS]]
        for row in _list(given, "rows")[:MAX_ROWS]
        if isinstance(row, list)
    ]
    width = max(map(len, rows), default=0)
    if not width:
        return ""
    settings = _list(given, "column_settings")[:width]
    aligned = [each.get("align") if isinstance(each, dict) else None for each in settings]
    aligned += [None] * (width - len(aligned))
    marks = [{"right": "-:", "center": ":-:"}.get(str(each), "-") for each in aligned]
    filled = [row + [""] * (width - len(row)) for row in rows]
    lines = [filled[0], marks, *filled[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(given: Any) -> str:
    said = _element(given) if isinstance(given, dict) else plain_to_markdown(words(given))
    return " ".join(said.split()).replace("|", "\\|")


def _list(given: Block, name: str) -> list[Any]:
    found = given.get(name)
    if isinstance(found, list):
        return found[:MAX_PIECES]
    return [] if found is None else [found]
