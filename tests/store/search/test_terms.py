"""Words: what counts as one, what is alike, and where a hit stands."""

import time
from collections.abc import Sequence

import pytest

from store.search.terms import Phrase, Sought, contains, in_a_row, keys, spans, terms


def marked(text: str, sought: str) -> list[str] | None:
    """The parts of a text that are hits; nothing if it is none."""
    return shown(text, terms(sought))


def shown(text: str, sought: Sequence[Sought]) -> list[str] | None:
    if contains(text, sought):
        return [text[start:end] for start, end in spans(text, sought)]
    return None


@pytest.mark.parametrize(
    ("text", "sought", "hits"),
    [
        ("The DEPLOYMENT, deployed", "depl", ["DEPL", "depl"]),
        ("Café, crème BRÛLÉE", "creme brul", ["crème", "BRÛL"]),
        ("Cafe\u0301s", "CAFÉ", ["Cafe\u0301"]),
        ("Die Straße ist gesperrt", "STRASS", ["Straß"]),
        ("ŁÓDŹ und Øre", "lodz ore", ["ŁÓDŹ", "Øre"]),
        ("İstanbul", "ist", ["İst"]),
        ("ΣΊΣΥΦΟΣ", "σισυφος", ["ΣΊΣΥΦΟΣ"]),
        ("ёлка", "елка", ["ёлка"]),
        ("see snake_case there", "case", ["case"]),
        ("https://example.com/a?b=c", "example.com", ["example", "com"]),
        ("we don't know", "don't", ["don", "t"]),
        ("plan B, B2", "b", ["B"]),
        ("soft\u00adhyphen", "softhy", ["soft\u00adhy"]),
        ("ｄｅｐｌｏｙ ﬁnal", "depl fin", ["ｄｅｐｌ", "ﬁn"]),
        ("हिन्दी में", "हिन", ["हिन"]),
        ("デプロイは明日の朝です", "明日", ["明日"]),
        ("デプロイは明日の朝です", "朝", ["朝"]),
        ("ﾃﾞﾌﾟﾛｲ", "デプ", ["ﾃﾞﾌﾟ"]),
        ("部署失败了", "署失败", ["署失败"]),
        ("배포는 내일입니다", "내일", ["내일"]),
        ("東京tower", "tower 京", ["京tower"]),
        ("a.b(c)*[d]", ".*(b)", ["b"]),
        ("x" + "word" * 50, "x" + "word" * 49, ["x" + "word" * 49]),
        ("ผมชอบกินข้าวผัด", "ข้าวผัด", ["ข้าวผัด"]),
        ("ผมชอบกินข้าวผัด", "ผัด", ["ผัด"]),
        ("ຂ້ອຍມັກເຂົ້າ", "ເຂົ້າ", ["ເຂົ້າ"]),
        ("ខ្ញុំ\u200bចូលចិត្ត\u200bបាយ", "ចូលចិត្តបាយ", ["ចូលចិត្ត\u200bបាយ"]),
        ("ខ្ញុំចូលចិត្តបាយ", "បាយ", ["បាយ"]),
        ("ကျွန်တော်ထမင်းကြိုက်တယ်", "ထမင်း", ["ထမင်း"]),
        ("أحمد آمن إلى ٱلله", "احمد امن الي الله", ["أحمد", "آمن", "إلى", "ٱلله"]),
        ("احمد", "أحمد", ["احمد"]),
        ("مـــرحبا", "مرحبا", ["مـــرحبا"]),
        ("مَرْحَبًا", "مرحبا", ["مَرْحَبًا"]),
        ("مدرسة علی", "مدرسه علي", ["مدرسة", "علی"]),
        ("party 🎉🎉!", "🎉", ["🎉🎉"]),
        ("thanks ❤️ 👍🏽", "❤ 👍", ["❤️", "👍🏽"]),
        ("an 👩‍💻 here", "👩‍💻", ["👩‍💻"]),
        ("go 🇩🇪🇯🇵", "🇯🇵", ["🇯🇵"]),
    ],
)  # fmt: skip
def test_a_word_is_found_from_its_start(text: str, sought: str, hits: list[str]) -> None:
    assert marked(text, sought) == hits


@pytest.mark.parametrize(
    "sought", ["ployment", "deployments", "deploy zebra", "d", "標", "标目"]
)
def test_what_is_not_there_is_not_found(sought: str) -> None:
    assert marked("the deployment, 目标", sought) is None


@pytest.mark.parametrize(
    ("text", "sought", "hits"),
    [
        ("Hello, world", "hello world", ["Hello, world"]),
        ("hello my world", "hello world", None),
        ("world hello", "hello world", None),
        ("hello worldly", "hello world", None),
        ("hello", "hello world", None),
        ("hellos hello", "hello", ["hello"]),
        ("so so so far", "so so far", ["so so far"]),
        ("我明天部署新版本", "部署新版", ["部署新版"]),
        ("run デプロイ now", "デプロイ now", ["デプロイ now"]),
        ("run 再デプロイ now", "デプロイ now", ["デプロイ now"]),
        ("run デプロイする now", "デプロイ now", None),
        ("naïve Café crème", "cafe creme", ["Café crème"]),
        ("the 🎉 party", "🎉 party", ["🎉 party"]),
    ],
)
def test_a_phrase_is_found_as_it_stands(
    text: str, sought: str, hits: list[str] | None
) -> None:
    assert shown(text, [Phrase(in_a_row(sought))]) == hits


@pytest.mark.parametrize("text", ["", "*.*", "\x00", "\u0301 \u200d", "— …"])
def test_what_has_no_words_seeks_nothing(text: str) -> None:
    assert terms(text) == []
    assert keys(text) == set()


@pytest.mark.parametrize(
    "text", ["é" * 8_000, "語" * 8_000, "é " * 4_000, "ﷺ" * 8_000, "a" * 8_000]
)
def test_the_longest_text_is_soon_read(text: str) -> None:
    began = time.process_time()
    keys(text)
    contains(text, terms("e 語語 صلى a"))
    list(spans(text, terms("e 語語 صلى a")))
    assert time.process_time() - began < 2  # Seconds of work; quadratic would be minutes.
