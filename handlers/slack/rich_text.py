"""Slack's rich text, which its own composer makes, turned into Markdown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from handlers.markup.emoji import named
from handlers.slack.mrkdwn import fenced, link, plain_to_markdown
from handlers.slack.words import joined, objects, words

Element = dict[str, Any]
MAX_INDENT = 8
_INDENT = "    "


def to_markdown(elements: list[Element]) -> str:
    """Paragraphs, lists, quotes and code; a nested list follows the one that it is in."""
    said = ""
    was_list = False
    counts: dict[int, int] = {}  # items so far, by indent
    for element in elements:
        is_list = element.get("type") == "rich_text_list"
        if not is_list:
            counts.clear()
        text = joined("\n", _items(element, counts)) if is_list else _paragraph(element)
        if text.strip():
            between = "\n" if is_list and was_list else "\n\n"
            said += (between if said else "") + text.rstrip()
            was_list = is_list
    return said


def _paragraph(given: Element) -> str:
    spans = objects(given.get("elements"))
    match given.get("type"):
        case "rich_text_preformatted":
            return fenced(joined("", map(_bare, spans)))
        case "rich_text_quote":
            text = joined("", map(_span, spans))
            return "\n".join(f"> {line}" for line in text.split("\n"))
    return joined("", map(_span, spans))


def _items(given: Element, counts: dict[int, int]) -> Iterator[str]:
    """The lines of a list; a numbered one goes on after what was nested in it."""
    indent = min(_number(given.get("indent")), MAX_INDENT)
    for deeper in [each for each in counts if each > indent]:
        del counts[deeper]
    is_ordered = given.get("style") == "ordered"
    if offset := _number(given.get("offset")):
        counts[indent] = offset
    for item in objects(given.get("elements")):
        counts[indent] = counts.get(indent, 0) + 1
        mark = f"{counts[indent]}." if is_ordered else "-"
        text = joined("", map(_span, objects(item.get("elements"))))
        yield (
            _INDENT * indent
            + f"{mark} "
            + text.replace("\n", f"\n{_INDENT * (indent + 1)}")
        )


def _span(given: Element) -> str:
    """A piece of a line."""
    style = given.get("style")
    return _styled(given, style if isinstance(style, dict) else {})


def _styled(given: Element, style: Element) -> str:
    said = _bare(given)
    bare = said.strip()
    if not bare:
        return said
    before, _, after = said.partition(bare)
    match given.get("type"):
        case "link":
            shown = link(words(given.get("url")), plain_to_markdown(bare) or bare)
        case "text" if style.get("code"):
            ticks = "``" if "`" in bare else "`"
            shown = f"{ticks} {bare} {ticks}" if ticks == "``" else f"`{bare}`"
        case "text":
            shown = plain_to_markdown(bare)
        case "broadcast" | "user" | "channel" | "usergroup" | "emoji":
            shown = bare
        case _:
            shown = plain_to_markdown(bare)
    for name, mark in (("bold", "**"), ("italic", "*"), ("strike", "~~")):
        if style.get(name):
            shown = f"{mark}{shown}{mark}"
    return before + shown + after


def _bare(given: Element) -> str:
    """The text of a piece, without any markup."""
    match given.get("type"):
        case "link":
            return words(given) or words(given.get("url"))
        case "emoji":
            return _emoji(given)
        case "broadcast":
            return "@all"
        case "user":
            return f"@{words(given.get('user_id'))}"
        case "usergroup":
            return f"@{words(given.get('usergroup_id'))}"
        case "channel":
            return f"#{words(given.get('channel_id'))}"
        case "team":
            return f"@{words(given.get('team_id'))}"
        case "color":
            return words(given.get("value"))
        case "date":
            return words(given.get("fallback")) or _date(given.get("timestamp"))
    return words(given)


def _emoji(given: Element) -> str:
    name = words(given.get("name"))
    if found := named(name):
        return found
    try:
        return "".join(
            chr(int(code, 16)) for code in words(given.get("unicode")).split("-")
        )
    except (ValueError, OverflowError):
        return f":{name}:"


def _date(given: Any) -> str:
    try:
        return f"{datetime.fromtimestamp(float(given), UTC):%Y-%m-%d %H:%M} UTC"
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def _number(given: Any) -> int:
    return min(given, 1_000_000) if isinstance(given, int) and given > 0 else 0
