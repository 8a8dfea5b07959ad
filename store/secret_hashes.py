"""Secrets that are shown once: long and random, so that a plain hash is all to store."""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """A secret of 256 random bits; its prefix says what it is to whoever finds it."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """The hash of a secret, which is all that is stored of it."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
