"""Search: who finds what, in which order, and who finds nothing."""

from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from handlers.searching import excerpts
from handlers.services import SERVICES
from tests.attachments import uploads
from tests.conftest import Client, Start
from tests.people import Json, Person, sign_up

SEARCH = "/api/search"


async def found(person: Person, q: str, **more: Any) -> Json:
    query = "&".join(f"{name}={quote(str(value))}" for name, value in more.items())
    answer: Json = await person.does("GET", f"{SEARCH}?q={quote(q)}&{query}")
    return answer


async def texts(person: Person, q: str, **more: Any) -> list[str]:
    return [each["text"] for each in (await found(person, q, **more))["messages"]]


async def test_somebody_finds_what_was_said(ann: Person) -> None:
    said = [
        "The Déploiement is done",
        "a deployment",
        "デプロイは明日の朝です",
        "배포는 내일",
    ]
    for text in said:
        await ann.says("general", text)
    assert await texts(ann, "depl") == [said[1], said[0]]
    assert await texts(ann, "DEPLOI done") == [said[0]]
    assert await texts(ann, "明日") == [said[2]]
    assert await texts(ann, "朝 デプロイ") == [said[2]]
    assert await texts(ann, "내일") == [said[3]]
    assert await texts(ann, "ployment") == await texts(ann, "depl zebra") == []


async def test_the_newest_comes_first_and_a_page_leads_to_the_next(
    ann: Person, ben: Person
) -> None:
    await ann.makes("porch", "public", "ben")
    said = [f"word {number}" for number in range(7)]
    for number, text in enumerate(said):
        await ann.says(("general", "porch")[number % 2], text)
    pages, query = [], {}
    while True:
        page = await found(ben, "word", limit=3, **query)
        pages.append([each["text"] for each in page["messages"]])
        if page["next"] is None:
            break
        query = {"before": page["next"]}
    assert pages == [
        ["word 6", "word 5", "word 4"],
        ["word 3", "word 2", "word 1"],
        ["word 0"],
    ]


async def test_a_hit_is_marked(ann: Person) -> None:
    text = f"{'so ' * 100}the DEPLOYMENT of déploiement{' and' * 100}"
    await ann.says("general", text)
    [hit] = (await found(ann, "depl"))["messages"]
    assert hit["excerpt"][1::2] == ["DEPL", "dépl"]
    assert hit["excerpt"][0].startswith("…so so")
    assert hit["excerpt"][-1].endswith("and…")
    assert "".join(hit["excerpt"]).strip("…") in text
    assert (hit["type"], hit["text"], hit["seq"]) == ("message", text, 1)


async def test_an_edited_message_is_found_by_its_new_text_only(ann: Person) -> None:
    one = await ann.says("general", "apples and pears")
    await ann.says("general", "more apples")
    path = f"/api/rooms/general/messages/{one['seq']}"
    await ann.does("PATCH", path, {"text": "plums and pears"})
    assert await texts(ann, "apples") == ["more apples"]
    assert await texts(ann, "plum pears") == ["plums and pears"]


async def test_a_deleted_message_is_never_found(ann: Person) -> None:
    one = await ann.says("general", "apples")
    assert await texts(ann, "apples") == ["apples"]
    await ann.does("DELETE", f"/api/rooms/general/messages/{one['seq']}")
    assert await texts(ann, "apples") == []
    assert await texts(ann, "from:ann") == []


async def test_operators_narrow_a_search(ann: Person, ben: Person) -> None:
    await ann.makes("porch", "public", "ben")
    await ann.does("PUT", "/api/rooms/ann~ben")
    await ann.says("general", "word here")
    await ann.says("porch", "word there, see https://example.com")
    await ben.says("porch", "word of ben")
    await ben.says("ann~ben", "word between us")
    assert await texts(ann, "word from:ben in:porch") == ["word of ben"]
    assert await texts(ann, "word", sender="ben", room="porch") == ["word of ben"]
    assert await texts(ann, "in:#general") == ["word here"]
    assert await texts(ben, "word in:@ann") == ["word between us"]
    assert await texts(ben, "FROM:me in:porch") == ["word of ben"]
    assert await texts(ann, "has:link") == ["word there, see https://example.com"]
    assert await texts(ann, "has:file") == []
    file = await uploads(ann, "porch", b"some notes", "notes.txt")
    await ann.says("porch", "word with notes", files=[file["id"]])
    assert await texts(ann, "word has:file") == ["word with notes"]
    assert await texts(ann, "has:file has:link") == []
    assert await texts(ann, "word from:ann from:ben") == []


SAID = [
    "hello world",
    "hello, big world",
    "world, hello",
    "a party 🎉",
    "use --force here",
    "@ben look at this",
    "@all lunch",
]


@pytest.mark.parametrize(
    ("q", "hits"),
    [
        ('"hello world"', [0]),
        ("“hello world”", [0]),
        ('"hello world', [2, 1, 0]),
        ("hello -big", [2, 0]),
        ('hello -"hello world"', [2, 1]),
        ("hello -world", []),
        ("world -hello", []),
        ("in:general -hello -lunch -party -look", [4]),
        ("in:general 🎉", [3]),
        ("🎉", [3]),
        ("in:general 🎈", []),
        ("--force", [4]),
        ("to:me", [6, 5]),
        ("to:ben look", [5]),
        ("to:ann", [6]),
        ("to:all", [6]),
        ("to:me -to:all", [5]),
        ("hello -from:ann", []),
        ("hello -from:ben", [2, 1, 0]),
        ("hello -in:general", []),
        ("hello -has:link", [2, 1, 0]),
        ("before:2100-01-01 -hello", None),
        ("after:2100-01-01", []),
    ],
)
async def test_a_search_takes_phrases_exclusions_emoji_and_operators_alone(
    ann: Person, ben: Person, q: str, hits: list[int] | None
) -> None:
    for text in SAID:
        await ann.says("general", text)
    expected = [6, 5, 4, 3] if hits is None else hits
    assert await texts(ben, q) == [SAID[hit] for hit in expected]


async def test_time_narrows_a_search(ann: Person) -> None:
    one = await ann.says("general", "word one")
    two = await ann.says("general", "word two")
    while two["created_at"] == one["created_at"]:
        await ann.does("DELETE", f"/api/rooms/general/messages/{two['seq']}")
        two = await ann.says("general", "word two")
    assert await texts(ann, f"word before:{two['created_at']}") == ["word one"]
    assert await texts(ann, f"word after:{two['created_at']}") == ["word two"]
    assert await texts(ann, "word", before=one["created_at"]) == []
    day = one["created_at"][:10]
    assert await texts(ann, f"word after:{day}") == ["word two", "word one"]
    assert await texts(ann, f"word before:{day}") == []
    assert await texts(ann, "word after:9999-12-31 before:0001-01-01") == []


async def test_a_stranger_finds_nothing_in_private_and_direct_rooms(
    ann: Person, ben: Person, cat: Person
) -> None:
    await ann.makes("cellar", "private", "ben")
    await ann.does("PUT", "/api/rooms/ann~ben")
    await ann.makes("open")
    for room in ("cellar", "ann~ben", "open"):
        await ann.says(room, "a secret word")
    assert len(await texts(ben, "secret")) == 2
    assert await found(cat, "secret") == {"messages": [], "next": None}
    for query in ("in:cellar", "in:ann~ben", "in:open", "in:nowhere"):
        assert await cat.refused("GET", f"{SEARCH}?q=secret+{query}") == (404, "not_found")
    for place in ("cellar/1", "cellar/9", "nowhere/1"):
        refused = await cat.refused("GET", f"{SEARCH}?q=secret&before={place}")
        assert refused == (404, "not_found")


async def test_who_was_removed_finds_nothing_any_more(ann: Person, ben: Person) -> None:
    await ann.makes("cellar", "private", "ben")
    await ann.says("cellar", "a secret word")
    assert await texts(ben, "secret") == ["a secret word"]
    await ann.does("DELETE", "/api/rooms/cellar/members/ben")
    assert await texts(ben, "secret") == []
    await ann.does("PUT", "/api/rooms/cellar/members/ben")
    assert await texts(ben, "secret") == ["a secret word"]


async def test_who_is_removed_while_excerpts_are_made_sees_none(
    ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.makes("cellar", "private", "ben")
    await ann.says("cellar", "a secret word")
    make = excerpts.hits

    async def slowly(*given: Any) -> Any:
        made = await make(*given)
        await ann.does("DELETE", "/api/rooms/cellar/members/ben")
        return made

    monkeypatch.setattr(excerpts, "hits", slowly)
    assert await texts(ben, "secret") == []


async def test_a_page_does_not_tell_how_much_others_say(ann: Person, ben: Person) -> None:
    await ann.makes("cellar", "private")
    for _ in range(3):
        await ann.says("general", "word")
        await ann.says("cellar", "word")
    page = await found(ben, "word", limit=2)
    assert page["next"] == "general/2"
    assert "serial" not in str(page)


async def test_a_file_is_found_by_its_name(ann: Person) -> None:
    file = await uploads(ann, "general", b"some notes", "quarterly_report.pdf")
    await ann.says("general", "look here", files=[file["id"]])
    for q in ("quarterly_report", "report", "quart", "look report", "quarterly_report.pdf"):
        assert await texts(ann, q) == ["look here"], q
    [hit] = (await found(ann, "look report"))["messages"]
    assert hit["excerpt"] == ["", "look", " here"]
    assert await texts(ann, "look zebra") == []


async def test_a_message_is_found_at_once(ann: Person) -> None:
    for number in range(50):
        await ann.says("general", f"word{number}x")
        assert await texts(ann, f"word{number}x") == [f"word{number}x"]


async def test_a_deleted_room_and_its_messages_are_found_no_more(ann: Person) -> None:
    await ann.makes("cellar", "private")
    await ann.says("cellar", "zanzibar")
    assert await texts(ann, "zanzibar") == ["zanzibar"]
    await ann.does("DELETE", "/api/rooms/cellar")
    assert await texts(ann, "zanzibar") == []


async def test_a_search_says_that_there_is_no_such_person(ann: Person) -> None:
    for query in (
        "q=word+from:nobody",
        "q=from:@nobody",
        "sender=a%20%22b",
        "q=from:%22",
        "q=to:nobody",
        "q=word+-from:nobody",
    ):
        async with await ann.ask("GET", f"{SEARCH}?{query}") as answer:
            assert answer.status == 404, query
            assert "Nobody is called" in (await answer.json())["detail"]
    assert await texts(ann, "from:hook-0123456789") == []


async def test_what_is_not_understood_is_refused(ann: Person) -> None:
    for query, reason in {
        "q=": "Nothing is sought",
        "q=*.*": "Nothing is sought",
        "q=%00": "Nothing is sought",
        "q=-hello": "Nothing is sought",
        "q=-from:ann": "Nothing is sought",
        "q=in:general+*": "Nothing is sought",
        "q=word+-before:2026-01-01": "take no minus",
        "q=word+to:": "Say something after to:",
        "q=%22a+b+c+d+e+f+g%22+h+i": "at most 8 words",
        f"q={'a%20' * 101}": "200",
        "q=a+b+c+d+e+f+g+h+i": "at most 8 words",
        "q=from:": "Say something",
        "q=word+has:cheese": "has: takes",
        "q=word+before:soon": "is no date",
        "q=word+after:2026-13-01": "is no date",
        "q=word&q=word": "once",
        "q=word&q[$ne]=word": "q[$ne]",
        "q=word&limit=0": ">= 1",
        "q=word&limit=a": "whole number",
    }.items():
        async with await ann.ask("GET", f"{SEARCH}?{query}") as answer:
            assert answer.status == 400, query
            assert reason in (await answer.json())["detail"]


async def test_whatever_is_sought_is_no_mistake_of_the_server(ann: Person) -> None:
    await ann.says("general", "aaaaaaaaaaaaaaaaaaaaaaaa word")
    for q in (
        *("(a+)+$ word", "{$where: 1}", "word \x00", "in:$ne", "from:{}", "'; --"),
        *("word" * 49, "\u0301 word", "ﷺ" * 99, "語" * 200, "before:1-1-1T word"),
        *("after:0001-01-01T00:00+14:00 word", "before:9999-12-31T23:00-14:00 word"),
    ):
        async with await ann.ask("GET", f"{SEARCH}?q={quote(q)}") as answer:
            assert answer.status in {200, 400, 404}, q
    async with await ann.ask("GET", f"{SEARCH}?q=word%ED%A0%80") as answer:
        assert answer.status in {200, 400}


async def test_who_searches_too_much_is_asked_to_slow_down(start: Start) -> None:
    client: Client = await start(searches=1)
    dan = await sign_up(client, "dan")
    answers = []
    for _ in range(5):
        async with await dan.ask("GET", f"{SEARCH}?q=word") as answer:
            answers.append(answer.status)
    assert answers == [200] * 4 + [429]


async def test_a_search_asks_indexes_only(app: web.Application, ann: Person) -> None:
    db = app[SERVICES].db
    for collection, query in (
        (db.messages, {"$or": [{"room": "a", "seq": {"$in": [1, 2]}}] * 2}),
        (db.messages, {"room": "a", "rev": {"$gt": 1, "$lte": 9}}),
        (db.members, {"_id.user": "ann"}),
    ):
        plan = await collection.find(query).explain()
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
