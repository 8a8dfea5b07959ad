"""The fixtures, which come with installing Hearth; docs/testing.md explains them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:  # Another plugin for asyncio may run them.
    async_fixture = pytest.fixture  # type: ignore[assignment]

if TYPE_CHECKING:
    from pytest_hearth.databases import Databases
    from pytest_hearth.hearth import Hearth
    from settings import Settings


@pytest.fixture(scope="session")
def hearth_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Databases"]:
    """One real database server, and an empty database for whoever takes one."""
    from pytest_hearth.databases import Databases

    databases = Databases(tmp_path_factory.mktemp("hearth"))
    yield databases
    databases.close()


@pytest.fixture
def hearth_settings(hearth_databases: "Databases", tmp_path: Path) -> Iterator["Settings"]:
    """Settings for an app with a database of its own; for `create_app`."""
    from pytest_hearth.hearth import settings_for

    url = hearth_databases.take()
    yield settings_for(url, tmp_path)
    hearth_databases.give_back(url)


@async_fixture
async def start_hearth(
    hearth_databases: "Databases", tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable["Hearth"]]]:
    """Start one, with some settings or limits changed; and another beside it, and so on."""
    from pytest_hearth.hearth import Hearth, settings_for

    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> Hearth:
            url = hearth_databases.take()
            stack.callback(hearth_databases.give_back, url)
            hearth = Hearth(settings_for(url, tmp_path, **changes))
            await stack.enter_async_context(hearth)
            hearth_databases.make_some()
            return hearth

        yield start


@async_fixture
async def hearth(start_hearth: Callable[..., Awaitable["Hearth"]]) -> "Hearth":
    """A Hearth that runs, and that nobody owns yet."""
    return await start_hearth()
