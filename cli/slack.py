"""`import-slack`: bring in what a Slack workspace has exported."""

import argparse
from contextlib import closing
from typing import Any

from cli.backup import replace_by, take_file
from cli.connect import CreateApp
from cli.imported import Importer
from cli.progress import Progress
from cli.slack_export import COLLECTIONS, SlackExport
from settings import Settings


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    verb = verbs.add_parser(
        "import-slack",
        help="bring in what a Slack workspace has exported",
        description="Bring in people, rooms, messages, and the files that are in the zip. "
        "Hearth must be stopped. Nobody has a password until they get a link.",
    )
    take_file(verb, is_believed=False)
    verb.add_argument("--dry-run", action="store_true", help="only say what would come in")
    verb.set_defaults(do=import_slack)


async def import_slack(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Bring an export in, or only say what would come in."""
    progress = Progress()
    with closing(SlackExport(asked.file, progress)) as export:
        check = Importer(export, with_roles=asked.with_roles).checked
        if asked.dry_run:
            for name, entry in export.entries.items():
                progress.begin(f"{name}:", entry["count"])
                for _ in check(name, export.documents(name)):
                    progress.step()
            progress.end()
        else:
            await replace_by(asked.replace, settings, export, list(COLLECTIONS), check)
        print("\n".join(export.report(is_done=not asked.dry_run)))
