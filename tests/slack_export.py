"""Exports in the format that Slack documents, of as many messages as one likes."""

import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.attachments import picture

# As docs.slack.dev lists them for the message event.
SUBTYPES = [
    "assistant_app_thread", "bot_message", "channel_archive",
    "channel_convert_to_private", "channel_join", "channel_leave", "channel_name",
    "channel_posting_permissions", "channel_purpose", "channel_topic",
    "channel_unarchive", "document_mention", "ekm_access_denied", "file_comment",
    "file_mention", "file_share", "group_archive", "group_join", "group_leave",
    "group_name", "group_purpose", "group_topic", "group_unarchive", "me_message",
    "message_changed", "message_deleted", "message_replied", "pinned_item",
    "reminder_add", "reply_broadcast", "thread_broadcast", "unpinned_item",
]  # fmt: skip
BEGUN = 1_500_000_000
WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "goes",
    "home",
]
Said = dict[str, Any]

USERS = [
    {"id": "U01ANN", "name": "ann", "is_owner": True, "is_admin": True,
     "profile": {"display_name": "Ann A.", "real_name": "Ann"}},
    {"id": "U02BEN", "name": "ben.b", "profile": {"real_name": "Ben B."}},
    {"id": "U03LEFT", "name": "ann", "deleted": True, "profile": {"real_name": "Old"}},
    {"id": "U04JOSE", "name": "José María", "profile": {"display_name": "José"}},
    {"id": "U05ALL", "name": "everyone", "profile": {}},
    {"id": "U06BOT", "name": "ci", "is_bot": True, "profile": {"real_name": "CI"}},
]  # fmt: skip
LATER: dict[str, Said] = {"U01ANN": {"deleted": True}, "U02BEN": {"name": "benjamin"}}
ZED: Said = {"id": "U07ZED", "name": "zed", "profile": {"real_name": "Zed"}}
VIEW = {"id": "F01VIEW", "name": "view.png", "mimetype": "image/png",
        "original_w": 40, "original_h": 30}  # fmt: skip


def ts(at: float) -> str:
    return f"{BEGUN + at:.6f}"


def said(user: str, text: str, at: float, **more: Any) -> Said:
    return {"type": "message", "user": user, "text": text, "ts": ts(at)} | more


def rich(*spans: Said) -> list[Said]:
    section = {"type": "rich_text_section", "elements": list(spans)}
    return [{"type": "rich_text", "block_id": "x1", "elements": [section]}]


def conversation(id: str, name: str, people: list[str], **more: Any) -> Said:
    return {
        "id": id, "name": name, "created": BEGUN, "creator": people[0], "members": people,
        "is_archived": False, "topic": {"value": ""}, "purpose": {"value": ""},
    } | more  # fmt: skip


def every_subtype() -> list[Said]:
    """A message of each: what Slack says of itself has a text, too."""
    extra: dict[str, Said] = {
        "bot_message": {"user": None, "bot_id": "B01", "username": "Alarm",
                        "icons": {"emoji": ":fire:"}},
        "file_comment": {"user": None, "comment": {"user": "U02BEN", "comment": "see it"}},
        "message_changed": {"message": said("U01ANN", "changed", 900)},
        "message_deleted": {"deleted_ts": ts(901), "hidden": True},
    }  # fmt: skip
    found = []
    for number, subtype in enumerate(SUBTYPES):
        message = said("U01ANN", f"It is a {subtype}", 1_000 + number, subtype=subtype)
        message |= extra.get(subtype, {})
        found.append({name: value for name, value in message.items() if value is not None})
    gone = said("U02BEN", "soon gone", 901)
    return [said("U01ANN", "as it was", 900), gone, *found]


def a_thread() -> list[Said]:
    root = ts(10)
    parent = said(
        "U01ANN", "*bold* &amp; <https://a.example/x|here> <@U02BEN> <#C02DEV|old>", 10,
        thread_ts=root, reply_count=2, edited={"user": "U01ANN", "ts": ts(11)},
        reactions=[
            {"name": "+1", "users": ["U02BEN", "U04JOSE"], "count": 2},
            {"name": "wave::skin-tone-3", "users": ["U01ANN"], "count": 1},
            {"name": "our-own-logo", "users": ["U01ANN"], "count": 1},
        ],
    )  # fmt: skip
    first = said("U02BEN", "an answer", 12, thread_ts=root, parent_user_id="U01ANN")
    second = said("U04JOSE", "also to all", 13, thread_ts=root, subtype="thread_broadcast")
    blocks = rich(
        {"type": "text", "text": "well, "},
        {"type": "user", "user_id": "U04JOSE"},
        {"type": "text", "text": " done", "style": {"bold": True}},
    )
    tombstone = said("USLACKBOT", "This message was deleted.", 20, thread_ts=ts(20))
    return [
        parent, first, second, said("U01ANN", "well, <@U04JOSE> done", 14, blocks=blocks),
        tombstone | {"subtype": "tombstone", "hidden": True},
        said("U03LEFT", "to nobody", 21, thread_ts=ts(20)),
        said("W99FAR", "from afar", 22, user_profile={"name": "fara", "real_name": "Fara"}),
    ]  # fmt: skip


def a_thread_later() -> list[Said]:
    """The same, after it went on: edited, answered, deleted, with one reaction more."""
    root, first, second, _, *others = a_thread()
    reactions = [*root["reactions"], {"name": "eyes", "users": ["U03LEFT"]}]
    edited = {"user": "U01ANN", "ts": ts(9_000)}
    changed = {"text": "*bolder*", "edited": edited, "reactions": reactions}
    gone = said("USLACKBOT", "This message was deleted.", 14, subtype="tombstone")
    return [
        root | changed, first | {"text": "an answer, mended", "edited": edited}, second,
        gone, *others,
        said("U07ZED", "a late answer <@U02BEN>", 9_001, thread_ts=root["ts"]),
        said("U01ANN", "", 9_002, files=[VIEW], upload=True),
    ]  # fmt: skip


def files() -> list[Said]:
    away = {"id": "F02AWAY", "name": "plan.pdf", "title": "The plan",
            "url_private": "https://files.slack.com/plan.pdf?t=xoxe-secret"}  # fmt: skip
    return [
        said("U01ANN", "", 30, files=[VIEW], upload=True),
        said("U02BEN", "both", 31, files=[VIEW, away]),
        said("U02BEN", "", 32, files=[{"id": "F03", "mode": "tombstone"}]),
    ]


def small_talk(many: int) -> list[Said]:
    """Messages of four people, three of ten in threads; the same ones each time."""
    chance = random.Random(7)  # noqa: S311
    return [
        said(chance.choice(USERS[:4])["id"],
            " ".join(chance.choices(WORDS, k=chance.randint(3, 40))), 100_000 + 60 * number,
            **({"thread_ts": ts(100_000 + 60 * (number - number % 10))} if number % 10 < 3
               else {}))
        for number in range(many)
    ]  # fmt: skip


def write_export(path: Path, many: int = 0, *, later: bool = False) -> None:
    """A workspace in which everything occurs, and `many` messages more in one channel.

    `later`, one of them has left, one was renamed and one has come, a channel was renamed
    and one is new, and the conversation has gone on.
    """
    users = [user | LATER.get(str(user["id"]), {}) for user in USERS] if later else USERS
    users = [*users, ZED] if later else users
    all_of_them = [str(user["id"]) for user in users]
    dev = "development" if later else "dev"
    rooms = {
        "channels": [
            conversation("C01GEN", "lounge", all_of_them, is_general=True),
            conversation("C02DEV", dev, ["U01ANN", "U02BEN", *["U07ZED"] * later],
                topic={"value": "See <https://a.example|the plan> with <@U02BEN>"},
                pins=[{"id": ts(10), "type": "C", "user": "U02BEN", "created": BEGUN}]),
            conversation("C03OLD", "Alt & Älter", ["U01ANN"], is_archived=True),
            *([conversation("C04NEWS", "news", ["U01ANN", "U07ZED"])] if later else []),
        ],
        "groups": [conversation("G01SEC", "secret", ["U01ANN", "U04JOSE"])],
        "dms": [
            {"id": "D01", "created": BEGUN, "members": ["U01ANN", "U02BEN"]},
            {"id": "D02", "created": BEGUN, "members": ["U01ANN", "U01ANN"]},
        ],
        "mpims": [conversation("G02MP", "mpdm-ann--ben.b--jose-1",
            ["U01ANN", "U02BEN", "U04JOSE"])],
    }  # fmt: skip
    days = {
        "lounge": every_subtype(),
        dev: (a_thread_later() if later else a_thread()) + files() + small_talk(many),
        "secret": [said("U04JOSE", "psst", 5)],
        "D01": [said("U02BEN", "only us <@U01ANN>", 6)],
        "D02": [said("U01ANN", "my note", 7)],
        "mpdm-ann--ben.b--jose-1": [said("U01ANN", "we three", 8)],
        "unlisted": [said("U01ANN", "nowhere", 9)],
        **({"news": [said("U07ZED", "hello", 9_003)],
            "Alt & Älter": [said("U01ANN", "old", 9_004)]} if later else {}),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users.json", json.dumps(users))
        for name, found in rooms.items():
            archive.writestr(f"{name}.json", json.dumps(found))
        archive.writestr("integration_logs.json", "[]")
        archive.writestr("__uploads/F01VIEW/view.png", picture())
        archive.writestr("dev/2017-07-13.json", '[{"type": "message", "text": "bro')
        for folder, messages in days.items():
            by_day: dict[str, list[Said]] = {}
            for message in messages:
                day = datetime.fromtimestamp(float(message["ts"]), UTC).date()
                by_day.setdefault(str(day), []).append(message)
            for day, each in by_day.items():
                archive.writestr(f"{folder}/{day}.json", json.dumps(each))
