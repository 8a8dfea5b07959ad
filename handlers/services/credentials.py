"""Passwords and tokens: the only place with bcrypt, zxcvbn and PyJWT."""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import bcrypt
import jwt

from settings import Settings
from store.errors import CannotStart, Failed, Unauthenticated, Unavailable
from store.records import Access, now

T = TypeVar("T")

THREADS = 2
NICENESS = 10  # so threads that hash get a tenth of what the loop and the database get
MAX_WAITING = 16  # hashes that may wait: about 3 s of work at cost 12 on two cores
MAX_TOKEN_BYTES = 4096  # decoding 12 MB would take 760 ms
ISSUER = "hearth"
OPERATOR, OPERATOR_PREFIX = "hearth operator", "operator."
CHECK = "hearth check"
MIN_SCORE = 3  # of zxcvbn's 4: beyond some 10^8 guesses
MAX_JUDGED_CHARS = 72  # to judge more takes long, and what is as long is good or not
_DOMAIN = b"hearth password v1"
_CLAIMS = ["sub", "sid", "iat", "exp", "iss"]


class Credentials:
    """Hashes passwords off the loop, and makes and reads access tokens."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = settings.secret
        # Those who are signed in have threads of their own: others' guesses keep nobody
        # from changing their password.
        self._queues = {False: _Queue("bcrypt"), True: _Queue("bcrypt-known")}
        # A dummy hash of the same cost, checked when the user does not exist, so that the
        # time of the response does not reveal which names do.
        self._nobody = bcrypt.gensalt(settings.bcrypt_cost).decode() + "." * 31

    async def open(self) -> None:
        """Take the secret from the settings or the data folder; the first start makes it.

        Raises:
            CannotStart: if it cannot be read or written.
        """
        if not self._secret:
            self._secret = await asyncio.to_thread(_stored_secret, self._settings.data)

    def close(self) -> None:
        """Let the threads go."""
        for queue in self._queues.values():
            queue.threads.shutdown(wait=False, cancel_futures=True)

    def require(self) -> None:
        """Refuse at once if too many wait, before anything else is done for the asker.

        Raises:
            Unavailable: if they do.
        """
        self._queues[False].require()

    async def hash(self, password: str, *, is_known: bool = False) -> str:
        """A hash to store.

        Raises:
            Unavailable: if too many wait.
        """
        salt = bcrypt.gensalt(self._settings.bcrypt_cost)
        run = self._queues[is_known].run
        return (await run(lambda: bcrypt.hashpw(_digest(password), salt))).decode()

    async def check(
        self, password: str, hashed: str | None, *, is_known: bool = False
    ) -> bool:
        """True if a password is right; without a hash it takes as long, and is not.

        Raises:
            Unavailable: if too many wait.
        """
        against = (hashed or self._nobody).encode()
        run = self._queues[is_known].run
        right = await run(lambda: _is_right(password, against))
        return right and hashed is not None

    async def weakness(
        self, password: str, names: Iterable[str], *, is_known: bool = False
    ) -> str:
        """Why a new password would be guessed soon by whoever knows a user's names.

        Empty if it would not.

        Raises:
            Unavailable: if too many wait.
        """
        run = self._queues[is_known].run
        return await run(lambda: _weakness(password, list(names)))

    def issue(self, session: Access) -> str:
        """An access token for a session."""
        claims: dict[str, Any] = {
            "sub": session.user,
            "sid": session.id,
            "iat": session.created_at,
            "exp": session.expires_at,
            "iss": ISSUER,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, token: str) -> tuple[str, str]:
        """The user and session that a token names.

        Raises:
            Unauthenticated: if it is not one of ours, or not valid any more.
        """
        refusal = Unauthenticated("The token is not valid (any more); please sign in.")
        if len(token) > MAX_TOKEN_BYTES:
            raise refusal
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                issuer=ISSUER,
                options={
                    "require": _CLAIMS,
                    "enforce_minimum_key_length": True,
                    # The session's document says whether it has ended. A token from the
                    # future is one from before our clock was set right.
                    "verify_iat": False,
                    "verify_exp": False,  # by the clock of what is stored, below
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise refusal from None
        if type(claims["exp"]) is not int or type(claims["iat"]) is not int:
            raise refusal
        if claims["exp"] <= now().timestamp():
            raise refusal
        return claims["sub"], str(claims["sid"])

    def is_operator(self, text: str) -> bool:
        """True if somebody has just made this with `operator_token` and our secret."""
        return text.startswith(OPERATOR_PREFIX) and self._is_signed(
            text.removeprefix(OPERATOR_PREFIX), OPERATOR
        )

    def is_check(self, text: str) -> bool:
        """True if somebody has just made this with `check_code` and our secret."""
        return self._is_signed(text, CHECK)

    def _is_signed(self, text: str, by: str) -> bool:
        if len(text) > MAX_TOKEN_BYTES:
            return False
        try:
            jwt.decode(
                text,
                self._secret,
                algorithms=["HS256"],
                issuer=by,
                options={"require": ["iat", "exp", "iss"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            return False
        return True

    def fingerprint(self) -> str:
        """By which servers find out whether they have the same secret."""
        return hmac.digest(self._secret.encode(), b"hearth lease", "sha256").hex()

    def owner_code(self, epoch: str) -> str:
        """The code of the owner's link: the same at every start, and nowhere stored."""
        digest = hmac.digest(self._secret.encode(), f"owner {epoch}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:18]).decode()

    def is_owner_code(self, code: str, epoch: str) -> bool:
        """True if somebody has the owner's link."""
        return hmac.compare_digest(code.encode(), self.owner_code(epoch).encode())


def operator_token(secret: str) -> str:
    """A token for the command line, for a minute: who has the secret is the operator."""
    return OPERATOR_PREFIX + _signed(secret, OPERATOR)


def check_code(secret: str) -> str:
    """A code for `hearth check`: it goes out to the network, and so lets nobody in."""
    return _signed(secret, CHECK)


def _signed(secret: str, by: str) -> str:
    moment = now()
    claims = {"iss": by, "iat": moment, "exp": moment + timedelta(minutes=1)}
    return jwt.encode(claims, secret, algorithm="HS256")


def read_secret(settings: Settings) -> str:
    """The secret of the server with these settings; none is made.

    Raises:
        Failed: if there is none, or it is not ours to read.
    """
    if settings.secret:
        return settings.secret
    path = settings.data / "secret"
    try:
        return path.read_text().strip()
    except OSError as error:
        raise Failed(
            f"There is no data of Hearth that you may read in {settings.data.absolute()} "
            f"({error.strerror}: {path}). Set HEARTH_DATA to the server's folder, and run "
            "this as the user that runs it; a new server makes its folder when it starts."
        ) from None


def threads(count: int, name: str) -> ThreadPoolExecutor:
    """So many threads, of low priority: else people would wait who only talk."""
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=_step_back)


def _step_back() -> None:
    mine = threading.get_native_id()
    with suppress(OSError):  # Only Linux has priorities of threads.
        nice = os.getpriority(os.PRIO_PROCESS, mine) + NICENESS
        os.setpriority(os.PRIO_PROCESS, mine, nice)


class _Queue:
    """Threads, and those who wait for one."""

    def __init__(self, name: str) -> None:
        self.threads = threads(THREADS, name)
        self._under_way = 0

    def require(self) -> None:
        if self._under_way >= THREADS + MAX_WAITING:
            raise Unavailable("Too many people are signing in; please try again.")

    async def run(self, work: Callable[[], T]) -> T:
        self.require()
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, work)
        finally:
            self._under_way -= 1


def _digest(password: str) -> bytes:
    # One spelling for what looks the same: keyboards compose accents, or do not.
    return _digest_as_typed(unicodedata.normalize("NFKC", password))


def _digest_as_typed(password: str) -> bytes:
    # bcrypt reads 72 bytes and refuses more; this is 64, whatever the password's length.
    return base64.b64encode(hmac.digest(_DOMAIN, password.encode(), hashlib.sha384))


def _is_right(password: str, hashed: bytes) -> bool:
    if bcrypt.checkpw(_digest(password), hashed):
        return True
    # Earlier versions hashed what was typed. It is tried for unknown names, too.
    is_same = unicodedata.is_normalized("NFKC", password)
    return not is_same and bcrypt.checkpw(_digest_as_typed(password), hashed)


def _weakness(password: str, names: list[str]) -> str:
    # 13 MB and 100 ms, here and not at start.
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]

    text = unicodedata.normalize("NFKC", password)[:MAX_JUDGED_CHARS]
    words = {word for name in names for word in (name, *re.split(r"[\W_]+", name)) if word}
    found = zxcvbn(text, user_inputs=sorted(words))
    if found["score"] >= MIN_SCORE:
        return ""
    feedback = found["feedback"]
    advice = [feedback["warning"], *feedback["suggestions"]]
    return " ".join(filter(None, ["It is too easy to guess.", *advice]))


def _stored_secret(data: Path) -> str:
    path = data / "secret"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            return path.read_text().strip()
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        return path.read_text().strip()
    except OSError as error:
        raise CannotStart(
            f"The secret cannot be kept in {path}: {error.strerror}. Give this user the "
            "data folder (HEARTH_DATA), or set HEARTH_SECRET."
        ) from None
