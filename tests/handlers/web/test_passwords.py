"""Passwords: what everybody would try first opens no account."""

import os
import sys
import threading

import pytest

from handlers.passwords import is_easy
from handlers.web.threads import NICE, threads

# From the lists of the most common ones: those of eight characters and more.
COMMON = """
12345678 123456789 1234567890 password password1 password123 passw0rd P@ssw0rd Passw0rd!
qwertyui qwertyuiop qwerty123 qwerty1234 qwerty12345 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx
q1w2e3r4 asdfghjkl asdf1234 asdfasdf abcd1234 abc12345 abcdefgh a1b2c3d4 11111111 00000000
88888888 12341234 12121212 11223344 1122334455 87654321 987654321 123123123 123321123
iloveyou iloveyou1 sunshine sunshine1 princess princess1 football football1 baseball
superman superman1 trustno1 starwars whatever computer michelle jennifer liverpool
letmein1 welcome1 Welcome123 welcome2024 monkey123 dragon123 master123 charlie1 shadow123
admin123 admin1234 administrator changeme123 summer2024 Winter2025! testtest test1234
secret123 hearth2026 hello123 qwerasdf 1234qwer qazwsxedc zxcvbnm1 zxcvbnm123 147258369
""".split()  # noqa: SIM905
GOOD = """
correct-horse-battery eight888 tr0ub4dor&3 sunflowers-at-noon kX9#mQ2p four7seas
Pneumonoultramicroscopic wintergarden-im-mai 8fK2pQ9z hellothereann passionfruit9
""".split()  # noqa: SIM905


@pytest.mark.parametrize("text", COMMON)
def test_a_common_password_is_refused(text: str) -> None:
    assert is_easy(text, "dan")


@pytest.mark.parametrize("text", ["dan-smith", "Dan-Smith1", "dan-smith2026", "d4n-sm1th!"])
def test_ones_own_name_is_no_password(text: str) -> None:
    assert is_easy(text, "dan-smith")


@pytest.mark.parametrize("text", GOOD)
def test_any_other_password_is_as_good_as_the_next(text: str) -> None:
    assert not is_easy(text, "dan")


def test_a_long_password_does_not_hang_us() -> None:
    for piece in ("a", "1q", "password", "x1", "qwe"):
        is_easy((piece * 256)[:256], "dan")


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
def test_heavy_work_gives_way_to_people() -> None:
    with threads(1, "heavy") as pool:
        heavy = pool.submit(threading.get_native_id).result()
        nice = os.getpriority(os.PRIO_PROCESS, heavy)
        assert nice == min(os.getpriority(os.PRIO_PROCESS, 0) + NICE, 19)
