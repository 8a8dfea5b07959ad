"""The only maker of database clients, so that another driver is a change to this module."""

from typing import Any, TypeAlias

from motor.motor_asyncio import AsyncIOMotorClient

Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]


def make_client(url: str, **options: Any) -> Client:
    """A client, whose writes are acknowledged once they are journaled by a majority."""
    return AsyncIOMotorClient(
        url,
        tz_aware=True,
        w="majority",
        journal=True,
        appname="hearth",
        **{"serverSelectionTimeoutMS": 5_000, **options},
    )
