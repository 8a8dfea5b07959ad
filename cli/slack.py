"""`import-slack`: bring in what a Slack workspace has exported."""

import argparse
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from cli.backup import replace_by, take_file
from cli.connect import CreateApp
from cli.imported import Importer
from cli.progress import Progress
from cli.slack_export import COLLECTIONS, SlackExport
from cli.slack_merge import earlier_import, merge
from cli.slack_messages import NOTES, Known
from settings import Settings


def add_to(verbs: Any) -> None:
    """Add this verb to the parser."""
    verb = verbs.add_parser(
        "import-slack",
        help="bring in what a Slack workspace has exported",
        description="Bring in people, rooms, messages, and the files that are in the zip; "
        "from a later export, what is new in it. Hearth must be stopped. Nobody has a "
        "password until they get a link.",
    )
    take_file(verb, is_believed=False)
    verb.add_argument("--dry-run", action="store_true", help="only say what is in it")
    verb.set_defaults(do=import_slack)


async def import_slack(
    asked: argparse.Namespace, settings: Settings, create_app: CreateApp
) -> None:
    """Bring an export in, or only say what is in it."""
    progress, is_first = Progress(), asked.dry_run or asked.replace
    known = None if is_first else await earlier_import(settings)
    with closing(SlackExport(asked.file, progress, known or Known())) as export:
        importer = Importer(export, with_roles=asked.with_roles)

        def check(name: str, documents: Generator[Any]) -> Generator[Any]:
            return documents if name == NOTES else importer.checked(name, documents)

        counts = {name: entry["count"] for name, entry in export.entries.items()}
        came = "{users:,} people, {rooms:,} rooms, {messages:,} messages, {files:,} files."
        came = came.format(files=counts["fs.files"], **counts)
        newcomers: Sequence[str] = export.newcomers
        if asked.dry_run or known:
            for name, count in counts.items():
                progress.begin(f"Checking {name}:", count)
                for _ in check(name, export.documents(name)):
                    progress.step()
            progress.end()
        if asked.dry_run:
            came, newcomers = f"There are {came}", ()
        elif known:
            came, people = await merge(settings, export, check, progress)
            newcomers = [name for name in newcomers if name in people]
        else:
            await replace_by(asked.replace, settings, export, list(COLLECTIONS), check)
            came = f"Came in: {came}"
        print("\n".join(_report(came, export.left_out, newcomers)))


def _report(
    came: str, left_out: Mapping[str, int], newcomers: Sequence[str]
) -> Iterator[str]:
    """Lines that say what came in, what was left out, and what to do next."""
    yield came
    if left_out:
        yield "Left out or changed:"
    for what, count in sorted(left_out.items()):
        yield f"  {count:,} {what}"
    if newcomers:
        yield "No password yet. Who runs this server, and a link for each:"
        yield "  hearth user role NAME owner"
        yield f"  hearth user link {' '.join(newcomers)}"
