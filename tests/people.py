"""The people of the pytest plugin, who live in our own tests too."""

from pytest_hearth.people import (
    PASSWORD,
    SOON,
    Inbox,
    Json,
    Person,
    own_origin,
    problem,
    sign_in,
    sign_up,
)

__all__ = [
    "PASSWORD", "SOON", "Inbox", "Json", "Person", "own_origin", "problem", "sign_in",
    "sign_up",
]  # fmt: skip
