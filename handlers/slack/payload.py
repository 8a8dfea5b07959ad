"""What Slack's webhooks take, and how it reads in a room: text, attachments and blocks."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from handlers.slack.blocks import Block, blocks, links
from handlers.slack.emoji import EMOJI
from handlers.slack.mrkdwn import link, plain_to_markdown, to_markdown
from store.records import Via

LONGEST_NAME = 80  # characters
LONGEST_URL = 2_000  # characters
Text = str | None
Value = str | int | float | bool | None  # Some send numbers where words are documented.
Few = Meta(max_length=100)  # as many as Slack takes


class Field(msgspec.Struct):
    """A name and a value of an attachment."""

    title: Text = None
    value: Value = None


class Action(msgspec.Struct):
    """A button; here, it is a link or nothing."""

    text: Any = None
    url: Text = None


class Attachment(msgspec.Struct):
    """The older way of saying more than a text."""

    pretext: Text = None
    author_name: Text = None
    author_link: Text = None
    title: Text = None
    title_link: Text = None
    text: Text = None
    fields: Annotated[list[Field], Few] | None = None
    image_url: Text = None
    actions: Annotated[list[Action], Few] | None = None
    footer: Text = None
    fallback: Text = None
    blocks: Annotated[list[Block], Few] | None = None


class Payload(msgspec.Struct):
    """A message as it comes; what is not named here does not matter."""

    text: Text = None
    username: Text = None
    icon_emoji: Text = None
    icon_url: Text = None
    attachments: Annotated[list[Attachment], Few] | None = None
    blocks: Annotated[list[Block], Few] | None = None


def markdown(payload: Payload, most: int) -> str:
    """What a payload says, in at most so many characters of Markdown.

    As in Slack, `text` only speaks for the blocks where these say nothing.
    """
    said = blocks(payload.blocks) or to_markdown(payload.text or "")
    for attachment in payload.attachments or ():
        if len(said) > most:
            break
        parts = (said, to_markdown(attachment.pretext or ""), _body(attachment))
        is_alone = not any(parts[:2]) and len(payload.attachments or ()) == 1
        quoted = parts[2] if is_alone else _quoted(parts[2])
        said = "\n\n".join(filter(None, (*parts[:2], quoted)))
    return shortened(said, most)


def via(payload: Payload, name: str) -> Via:
    """Who a payload says that it is from; `name` is for those that say nothing."""
    wanted = "".join(filter(str.isprintable, " ".join((payload.username or "").split())))
    icon = payload.icon_url or ""
    is_url = icon.startswith(("https://", "http://")) and len(icon) <= LONGEST_URL
    return Via(
        name=wanted[:LONGEST_NAME].strip() or name,
        emoji=EMOJI.get((payload.icon_emoji or "").strip(": "), ""),
        icon_url=icon if is_url and icon.isprintable() and " " not in icon else "",
    )


def shortened(text: str, most: int) -> str:
    """A text without what is over the limit; a block of code that was cut is closed."""
    if len(text) <= most:
        return text
    cut = text[: most - 10]
    cut = cut[: max(cut.rfind("\n"), most // 2)] + "\n"
    is_open = sum(line.lstrip("> ").startswith("```") for line in cut.split("\n")) % 2
    return cut + ("```\n…" if is_open else "\n…")


def _body(given: Attachment) -> str:
    """What an attachment says, without what stands before it."""
    title, author, footer = (
        plain_to_markdown(" ".join(each.split()))
        for each in (given.title or "", given.author_name or "", given.footer or "")
    )
    parts = [
        link(given.author_link or "", author) if author else "",
        f"**{link(given.title_link or '', title)}**" if title else "",
        to_markdown(given.text or ""),
        "\n".join(_field(each) for each in given.fields or ()),
        blocks(given.blocks),
        link(given.image_url, "Image") if given.image_url else "",
        links((each.url, each.text) for each in given.actions or ()),
    ]
    said = "\n\n".join(filter(None, parts))
    if said and footer:
        said += f"\n\n*{footer}*"
    if not said and not given.pretext:
        said = plain_to_markdown(given.fallback or "")
    return said


def _quoted(text: str) -> str:
    """Set off by a line, as Slack sets off attachments."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n") if text)


def _field(given: Field) -> str:
    title = plain_to_markdown(given.title or "")
    value = to_markdown("" if given.value is None else str(given.value))
    if not title:
        return value
    return f"**{title}:**\n{value}" if "\n" in value else f"**{title}:** {value}".rstrip()
