"""The command line: what an operator does, beside serving.

Exit status: 0 done; 1 not done, and standard error says why; 2 not understood;
130 interrupted.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence

from pymongo.errors import PyMongoError

from cli import backup, check, slack, status, users
from cli.connect import CreateApp
from settings import VERSION, Settings, SettingsError
from store.errors import HearthError, reason_of

DONE, NOT_DONE, INTERRUPTED = 0, 1, 130


def main(
    arguments: Sequence[str], read: Callable[[], Settings], create_app: CreateApp
) -> int:
    """Do what one verb says, by the settings that are then read; the exit status."""
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        if "read_password" in asked:  # before the loop, which would hold Ctrl-C back
            asked.password = asked.read_password()
        asyncio.run(_do(asked, read(), create_app))
    except (HearthError, SettingsError) as error:
        print(error, file=sys.stderr)
        return NOT_DONE
    except PyMongoError as error:
        print(f"The database did not do it: {reason_of(error)}", file=sys.stderr)
        return NOT_DONE
    except OSError as error:
        print(f"It cannot be done: {error}", file=sys.stderr)
        return NOT_DONE
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return DONE


def parser() -> argparse.ArgumentParser:
    """All verbs and what they take."""
    top = argparse.ArgumentParser(
        prog="hearth",
        description="Team chat that you host yourself. Without a verb, it serves.",
        epilog="Settings are variables, HEARTH_*; the README lists them. "
        "Exit status: 0 done, 1 not done, 2 not understood, 130 interrupted.",
    )
    top.add_argument("--version", action="version", version=f"Hearth {VERSION}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    verbs.add_parser("serve", help="serve until SIGTERM (what happens without a verb)")
    users.add_to(verbs)
    backup.add_to(verbs)
    slack.add_to(verbs)
    status.add_to(verbs)
    check.add_to(verbs)
    return top


async def _do(asked: argparse.Namespace, settings: Settings, create_app: CreateApp) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asked.do(asked, settings, create_app)
