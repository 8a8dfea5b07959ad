"""`status`: which server serves, since when, and which stand by."""

import argparse
import sys
from typing import Any

from cli.connect import CreateApp, open_database
from settings import Settings
from store.lease.lease import holder, standbys
from store.mongod.client import make_client


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    status = verbs.add_parser(
        "status",
        help="say which server serves, since when, and which stand by",
        description="Say which server serves this database, and which stand by for it.",
    )
    status.set_defaults(do=_show)


async def _show(_: argparse.Namespace, settings: Settings, __: CreateApp) -> None:
    async with open_database(settings) as url:
        client = make_client(url)
        try:
            meta = client.get_default_database("hearth")["meta"]
            serving, waiting = await holder(meta), await standbys(meta)
        finally:
            client.close()
    lines = ["Nobody serves."]
    if serving and not serving.is_over and serving.since:
        since = serving.since.isoformat(" ", "seconds")
        lines = [f"{serving.host} serves since {since} (term {serving.term})."]
    lines += [f"{host} stands by." for host in waiting]
    sys.stdout.write("\n".join(lines) + "\n")
