"""The fields of a Slack export, as Hearth has them; a message's text becomes Markdown."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import UTC, datetime
from typing import Any

import msgspec

from cli.snapshot import to_line
from handlers.markup.characters import visible
from handlers.markup.emoji import emojized, qualified
from handlers.slack import payload
from handlers.slack.mrkdwn import MAX_TEXT, link, plain_to_markdown
from handlers.slack.words import objects, words
from settings import Limits
from store.records import Via

Said = dict[str, Any]
MAX_NAME, MAX_TITLE, MAX_TOPIC = 32, 80, 300  # characters
NOTES = "slack"  # the collection that a later import goes by
NOTICE = "notices of Slack's own: who joined, what was renamed or pinned"
# What Slack lists as subtypes of messages that nobody has said.
_NOTICES = {
    "bot_add", "bot_disable", "bot_enable", "bot_remove", "document_mention",
    "ekm_access_denied", "file_mention", "joiner_notification", "message_replied",
    "pinned_item", "reminder_add", "reply_broadcast", "sh_room_created", "unpinned_item",
}  # fmt: skip
_ABOUT_ROOMS = ("channel_", "group_", "app_conversation_", "tabbed_canvas_")
_LINKED = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_ID = re.compile(
    rb'(<[@#]|"(?:user|channel)_id":")([A-Z0-9]{2,})(?:\|(?:[^<>"\\]|\\.)*)?(?=[>"])'
)


class Known(msgspec.Struct, frozen=True):
    """The names that an earlier import gave to Slack's ids, and all that are taken."""

    names: Mapping[str, str] = {}
    users: Set[str] = frozenset()
    rooms: Set[str] = frozenset()


def note_of(message: Mapping[str, Any]) -> dict[str, str]:
    """A note of a message as it came: by its id, who said it, and a digest of it."""
    said = {name: message[name] for name in message.keys() - {"seq", "rev", "reply_to"}}
    digest = hashlib.blake2b(to_line(dict(sorted(said.items()))), digest_size=8).hexdigest()
    return {
        "_id": message["_id"]["id"], "sender": message["_id"]["sender"], "digest": digest,
    }  # fmt: skip


def ids_replaced(raw: bytes, names: Mapping[str, str]) -> bytes:
    """Encoded JSON with our names where people and rooms were mentioned by their ids."""

    def name(found: re.Match[bytes]) -> bytes:
        ours = names.get(found[2].decode())
        return found[1] + ours.encode() if ours else found[0]

    return _ID.sub(name, raw)


def is_notice(said: Said) -> bool:
    """True if nobody has said it."""
    kind = words(said.get("subtype"))
    is_hidden = said.get("hidden") is True and kind != "tombstone"
    return is_hidden or kind in _NOTICES or kind.startswith(_ABOUT_ROOMS)


def text_of(said: Said) -> str:
    """Its text; without the previews of links, which Slack has made."""
    if comment := fields(said.get("comment")):  # on a file, until 2018
        said = said | {"text": words(comment.get("comment")), "blocks": None}
    attachments = [
        each
        for each in objects(said.get("attachments"))
        if not (each.get("from_url") or each.get("original_url"))
        or each.get("is_msg_unfurl")
        or each.get("is_share")
    ]
    form = msgspec.convert({**said, "attachments": attachments}, payload.Payload)
    text = payload.markdown(form, MAX_TEXT)
    is_act = said.get("subtype") == "me_message" and text and "\n" not in text
    return f"*{text}*" if is_act else text


def via(said: Said) -> Via:
    """The program that said it."""
    icons, profile = (fields(said.get(name)) for name in ("icons", "bot_profile"))
    pictures = (icons.get(f"image_{size}") for size in (48, 64, 72))
    form = payload.Payload(
        username=said.get("username"),
        icon_emoji=icons.get("emoji"),
        icon_url=next(filter(None, pictures), None),
    )
    return payload.via(form, words(profile.get("name")) or "Slack")


def reactions(
    said: Said, person: Callable[[str], str], leave: Callable[[str], None]
) -> dict[str, tuple[str, ...]]:
    """Reactions by emoji; those of a workspace's own emoji are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for each in objects(said.get("reactions")):
        emoji = qualified(emojized(f":{words(each.get('name'))}:"))
        if not emoji or (len(found) == Limits.reactions and emoji not in found):
            leave("reactions by emoji that only this workspace had, or too many")
            continue
        users = map(person, strings(each.get("users")))
        found[emoji] = tuple(dict.fromkeys((*found.get(emoji, ()), *users)))
    return {emoji: users for emoji, users in found.items() if users}


def link_to(file: Said) -> str:
    """A link to a file that stays at Slack, without the key that its address may have."""
    name = plain_to_markdown(words(file.get("title")) or words(file.get("name")) or "File")
    urls = (words(file.get(each)) for each in ("permalink", "external_url", "url_private"))
    return link(next(filter(None, urls), "").partition("?")[0], name)


def strings(given: Any) -> Iterable[str]:
    """The texts of a list."""
    return (
        [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    )


def moment(given: Any) -> datetime | None:
    """The time of a `ts`, or of a number of seconds; in milliseconds, as MongoDB has it."""
    try:
        return datetime.fromtimestamp(int(float(given) * 1000) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def pixels(given: Any) -> int:
    """A length in pixels; nothing if it is none."""
    return given if type(given) is int and given > 0 else 0


def plain_name(wanted: str) -> str:
    """A name with the letters that a name may have here; it may be empty."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9._-]+", "-", plain.lower())[:MAX_NAME].strip("._-")


def title(given: Any) -> str:
    """A name as it is shown."""
    return visible(words(given))[:MAX_TITLE].strip()


def topic(conversation: Said, names: Mapping[str, str]) -> str:
    """Its topic, or else its purpose, in one line without markup."""
    said = [fields(conversation.get(name)).get("value") for name in ("topic", "purpose")]
    raw = ids_replaced(next(filter(None, map(words, said)), "").encode(), names).decode()
    plain = _LINKED.sub(lambda found: found[2] or found[1], raw)
    return visible(html.unescape(plain))[:MAX_TOPIC].strip()


def fields(given: Any) -> Said:
    """An object; an empty one for what is none."""
    return given if isinstance(given, dict) else {}
