"""The MongoDB that is run: faults that its operator should know of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ENDED = {(5, 0): "October 2024", (6, 0): "July 2025"}
UPGRADE = (
    "Install MongoDB 8.0 as a replica set of one, and restore a backup into it: Upgrade in "
    "docs/operations.md."
)
MAKE_REPLICA_SET = (
    "Make it a replica set of one, as MongoDB's manual says: --replSet, and rs.initiate()."
)


def faults(info: Mapping[str, Any], hello: Mapping[str, Any]) -> Iterator[str]:
    """Sentences about a server, by what it says of itself."""
    if since := ended(info["versionArray"]):
        yield f"MongoDB {info['version']} gets no updates since {since}. {UPGRADE}"
    if is_standalone(hello):
        yield (
            "This MongoDB is a standalone: it cannot be backed up while Hearth runs. "
            + MAKE_REPLICA_SET
        )


def ended(version: Sequence[int]) -> str:
    """The month since which a version is out of support; empty if it is not."""
    return next((ENDED[each] for each in ENDED if tuple(version[:2]) <= each), "")


def is_standalone(hello: Mapping[str, Any]) -> bool:
    """True if it can neither be read as of one moment nor lose a machine."""
    return "setName" not in hello and hello.get("msg") != "isdbgrid"
