"""The documents, tried on a bare Debian: `make bare`, as root and with debootstrap.

`tests/bare.sh` is what a newcomer does there. Where it has `#: FILE: HEADING: WHICH`, what
the document says is put: the block of commands with that number below the heading, or the
words in backticks that begin so. Settings: BARE, a folder in which the bare Debian is kept
for the next time; BARE_SUITE, its release; BARE_TESTS, what `make test` gets as ARGS.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.slack_export import write_export

ROOT = Path(__file__).resolve().parent.parent
BEFORE = "84c8d06"  # from which somebody upgrades
MANY = 100  # messages that come from Slack
TESTS = "tests/test_readme.py tests/cli/test_cli.py tests/cli/test_backup.py"


def said(file: str, heading: str, which: str) -> str:
    """The commands of a document."""
    text = (ROOT / file).read_text()
    (found,) = re.findall(
        rf"^##+ {heading}\n(.*?)(?=^##+ |\Z)", text, re.MULTILINE | re.DOTALL
    )
    if which.isdigit():
        blocks = re.findall(r"^```sh\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)
        return str(blocks[int(which) - 1])
    (command,) = re.findall(rf"`({re.escape(which)}[^`]*)`", found)
    return f"{command}\n"


def script() -> str:
    """What is done there."""
    return re.sub(
        r"^#: (.*): (.*): (.*)\n",
        lambda found: said(*found.groups()),
        Path(__file__).with_suffix(".sh").read_text(),
        flags=re.MULTILINE,
    )


def try_it(folder: Path) -> int:
    """Do everything in a Debian that is in a folder; the exit status."""
    brought = folder / "srv"
    for name, commit in (("new", "HEAD"), ("old", BEFORE)):
        _run("git", "archive", f"--output={brought / name}.tar", commit)
    for later in (False, True):
        write_export(brought / f"slack{'-later' * later}.zip", MANY, later=later)
    (brought / "bare.sh").write_text(script())
    given = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    if certificate := given.get("PIP_CERT"):  # of a mirror or a proxy
        (folder / "etc/pip.crt").write_bytes(Path(certificate).read_bytes())
        given["PIP_CERT"] = "/etc/pip.crt"
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "TESTS": os.environ.get("BARE_TESTS", TESTS),
        **given,
    }
    # Processes and mounts of its own: whatever is left at the end goes with it.
    apart = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    return _run(*apart, "chroot", str(folder), "bash", "/srv/bare.sh", env=environment)


def _run(*program: str, env: dict[str, str] | None = None) -> int:
    return subprocess.run(program, cwd=ROOT, env=env, check=env is None).returncode  # noqa: S603


def main() -> int:
    """Make a Debian, or take a copy of the one that is kept, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="bare-") as made:
        base = Path(os.environ.get("BARE", f"{made}/base"))
        if not base.exists():
            suite = os.environ.get("BARE_SUITE", "bookworm")
            _run("debootstrap", "--variant=minbase", suite, str(base))
        _run("cp", "--archive", "--reflink=auto", str(base), f"{made}/debian")
        return try_it(Path(made) / "debian")


if __name__ == "__main__":
    sys.exit(main())
