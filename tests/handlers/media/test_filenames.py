"""Names of files: whatever they are, they are only names."""

import pytest

from handlers.media.filenames import disposition, tidy
from tests.attachments import gets, uploads
from tests.people import Person


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u200b\u2066\ufeff", "file"),
        ("\ud800x.png", "x.png"),
        ("  a   b .txt ", "a b .txt"),
        ("Ünï 日本 👩‍🚀.pdf", "Ünï 日本 👩‍🚀.pdf"),
        ("x" * 500 + ".tar", "x" * 196 + ".tar"),
        ("." + "x" * 500, "." + "x" * 199),
        ("日" * 100 + ".pdf", "日" * 65 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert tidy(given) == kept


def test_a_name_cannot_end_its_header() -> None:
    assert disposition('a"b\\c%41;é.txt', inline=False) == (
        'attachment; filename="a_b_c_41;e.txt"; '
        "filename*=UTF-8''a%22b%5Cc%2541%3B%C3%A9.txt"
    )
    assert disposition("日本", inline=True) == (
        "inline; filename=\"file\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"
    )


async def test_an_odd_name_is_tidied_on_its_way_in(ann: Person) -> None:
    file = await uploads(ann, "general", b"x", "../<b>\u202e'\".svg\r\nX: y")
    assert file["name"] == "<b>'\".svg X: y"
    answer, _ = await gets(ann, file["path"])
    assert answer.status == 200
    assert "X" not in answer.headers


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("报告.docx", "file.docx"),
        ("отчёт.tar", "file.tar"),
        ("日本 2.pdf", "2.pdf"),
        (".bashrc", ".bashrc"),
        ("日本", "file"),
        ("é.txt", "e.txt"),
    ],
)
def test_who_knows_no_unicode_gets_a_name_with_a_stem(name: str, plain: str) -> None:
    assert f'filename="{plain}"' in disposition(name, inline=False)
