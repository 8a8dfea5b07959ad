"""Emoji by their names, and one form of each."""

import pytest

from handlers.markup.emoji import as_typed, emojized, named, qualified


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":tada:", "🎉"),
        (":+1: :-1:", "👍 👎"),
        (":white_check_mark:", "✅"),
        (":thinking_face: :thinking:", "🤔 🤔"),
        (":) ", "🙂 "),
        ("well :-) ;) :( :D :P <3", "well 🙂 😉 🙁 😃 😛 ❤️"),
        (":tada::tada:", "🎉🎉"),
        ("done:tada:", "done:tada:"),
        ("完成:tada:了", "完成🎉了"),
        ("(:tada:), *:fire:*", "(🎉), *🔥*"),
        (":+1::skin-tone-4:", "👍🏽"),
        (":flag-de: :us: :large_orange_circle: :octagonal_sign:", "🇩🇪 🇺🇸 🟠 🛑"),
        (":woman-shrugging: :man_facepalming:", "🤷‍♀️ 🤦‍♂️"),
        (":no_such_name: 10:30:45 a:b:c", ":no_such_name: 10:30:45 a:b:c"),
        ("std::x::y root:x:0:0", "std::x::y root:x:0:0"),
        ("https://e.org/key:lock:42 /a/:key:/b", "https://e.org/key:lock:42 /a/:key:/b"),
        ("https://e.org/?a=:key:", "https://e.org/?a=:key:"),
        ("[x](https://e.org :key:)", "[x](https://e.org 🔑)"),
        (r"\:tada:", r"\:tada:"),
        ("x:) f(x:) ):( <3s", "x:) f(x:) ):( <3s"),
        ("`:tada:` :tada:", "`:tada:` 🎉"),
        ("``:tada:` :tada:`` :tada:", "``:tada:` :tada:`` 🎉"),
        ("`:tada:", "`🎉"),
        ("```\n:tada: :)\n```\n:tada:", "```\n:tada: :)\n```\n🎉"),
        ("~~~\n:tada:", "~~~\n:tada:"),
        ("> ```\n> :tada:\n> ```\n:tada:", "> ```\n> :tada:\n> ```\n🎉"),
        ("x\n\n    :tada:\n\n:tada:", "x\n\n    :tada:\n\n🎉"),
        ("- a\n    - :tada:", "- a\n    - 🎉"),
    ],
)
def test_a_person_types_an_emoji_by_its_name_but_not_in_code(text: str, shown: str) -> None:
    assert as_typed(text) == shown
    assert as_typed(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "GET https://example.org/cache/key:lock:42 failed",
        "std::x::y",
        "crate::package::name",
    ]
    + ["root:x:0:0", "a:b:", ":x:y", "12:00:00", "C:\\:x:", "sha256:key:x"],
)
def test_what_is_within_words_and_addresses_is_no_emoji(text: str) -> None:
    assert emojized(text) == text


@pytest.mark.parametrize(
    ("given", "one"),
    [
        ("❤", "❤️"), ("❤️", "❤️"), ("1⃣", "1️⃣"), ("1️⃣", "1️⃣"), ("☺", "☺️"),
        ("👍️", "👍"), ("🤷‍♂", "🤷‍♂️"), ("👁️‍🗨", "👁️‍🗨️"), ("👍🏽", "👍🏽"),
        ("🇩🇪", "🇩🇪"), ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"), ("👍👍", None), ("🇩", None),
        ("🇩🇪🇩", None), ("🏽", None), ("👍🏽🏽", None), ("❤❤", None),
        ("👍\u200d", None), ("\ufe0f", None), ("", None), ("1", None),
        ("x", None),
    ],
)  # fmt: skip
def test_an_emoji_has_one_form(given: str, one: str | None) -> None:
    assert qualified(given) == one


def test_names_that_two_would_have_are_those_of_slack_and_github() -> None:
    given = {
        "cat": "🐱",
        "dog": "🐶",
        "calendar": "📆",
        "email": "📧",
        "x": "❌",
        "heart": "❤️",
    }
    assert {name: named(name) for name in given} == given
