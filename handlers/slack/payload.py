"""The payload of Slack's webhooks as Markdown: text, attachments and blocks.

Programs send what Slack takes, not only what it documents: a number as a title, a list as a
value. One odd value never loses an alert; what has no text in it says nothing.
"""

import re
from typing import Any

import msgspec

from handlers.markup.characters import visible
from handlers.markup.emoji import named
from handlers.slack.blocks import blocks, links
from handlers.slack.mrkdwn import link, literal_to_markdown, payload_of, to_markdown
from handlers.slack.mrkdwn import with_links as titled
from handlers.slack.words import joined, words
from store.records import Via

MAX_NAME = 80  # characters
MAX_URL = 2_000  # characters
MAX_OBJECTS = 100  # attachments, blocks or fields: as many as Slack takes
Odd = Any  # a text, as a rule; `words` finds it in everything else
Object = dict[str, Any]


class Payload(msgspec.Struct):
    """A message as it comes; what is not named here does not matter."""

    text: Odd = None
    username: Odd = None
    icon_emoji: Odd = None
    icon_url: Odd = None
    mrkdwn: Odd = None
    attachments: Odd = None
    blocks: Odd = None


def markdown(payload: Payload, most: int) -> str:
    """The text of a payload, in at most so many characters of Markdown.

    As in Slack, `text` only speaks for the blocks where these say nothing.
    """
    with payload_of(most):
        return shortened(_whole(payload, most), most)


def _whole(payload: Payload, most: int) -> str:
    """A little more than so many characters of it, if there are."""
    translate = literal_to_markdown if payload.mrkdwn is False else to_markdown
    said = blocks(_objects(payload.blocks)) or translate(words(payload.text))
    attachments = _objects(payload.attachments)
    for attachment in attachments:
        if len(said) > most:
            break
        parts = (said, to_markdown(words(attachment.get("pretext"))), _body(attachment))
        is_alone = not any(parts[:2]) and len(attachments) == 1
        quoted = parts[2] if is_alone else _quoted(parts[2])
        said = "\n\n".join(filter(None, (*parts[:2], quoted)))
    return said


def via(payload: Payload, name: str) -> Via:
    """The sender that a payload names; `name` is for those that name none."""
    icon = words(payload.icon_url)
    is_url = icon.startswith(("https://", "http://")) and len(icon) <= MAX_URL
    return Via(
        name=visible(words(payload.username)[: 2 * MAX_NAME])[:MAX_NAME].strip() or name,
        emoji=named(words(payload.icon_emoji).strip(": ")) or "",
        icon_url=icon if is_url and icon.isprintable() and " " not in icon else "",
    )


def shortened(text: str, most: int) -> str:
    """A text without what is over the limit; a block of code that was cut is closed."""
    if len(text) <= most:
        return text
    cut = text[: most - 20]
    cut = cut[: max(cut.rfind("\n"), most // 2)] + "\n"
    fence = ""
    for line in cut.split("\n"):
        if found := re.match(r"`{3,}", line):
            fence = "" if fence and found[0].startswith(fence) else fence or found[0]
    return f"{cut}{fence[:10]}\n…".replace("\n\n…", "\n…")


def _body(given: Object) -> str:
    """The text of an attachment, without what stands before it."""
    title, author, footer = (
        titled(words(given.get(name))) for name in ("title", "author_name", "footer")
    )
    pictures = [words(given.get(name)) for name in ("image_url", "thumb_url")]
    parts = [
        _linked(given.get("author_link"), author) if author else "",
        f"**{_linked(given.get('title_link'), title)}**" if title else "",
        to_markdown(words(given.get("text"))),
        joined("\n", map(_field, _objects(given.get("fields")))),
        blocks(_objects(given.get("blocks"))),
        *(link(url, "Image") for url in pictures if "://" in url),
        links(
            (each.get("url"), each.get("text")) for each in _objects(given.get("actions"))
        ),
    ]
    said = "\n\n".join(filter(None, parts))
    if said and footer:
        said += f"\n\n*{footer}*"
    if not said and not words(given.get("pretext")):
        said = titled(words(given.get("fallback")))
    return said


def _linked(url: Odd, label: str) -> str:
    """A label, and its link, unless there is one in it already."""
    return label if "](" in label or label.startswith("<") else link(words(url), label)


def _objects(given: Odd) -> list[Object]:
    """The objects of a list; a bare text stands for an object with that text."""
    found = given if isinstance(given, list) else [given]
    return [
        each if isinstance(each, dict) else {"type": "mrkdwn", "text": each}
        for each in found[:MAX_OBJECTS]
        if each is not None
    ]


def _quoted(text: str) -> str:
    """Set off by a line, as Slack sets off attachments."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n") if text)


def _field(given: Object) -> str:
    title = titled(words(given.get("title"))).rstrip(": ")
    value = to_markdown(words(given.get("value")))
    if not title:
        return value
    return f"**{title}:**\n{value}" if "\n" in value else f"**{title}:** {value}".rstrip()
