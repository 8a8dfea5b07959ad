"""What `pip install` brings: all that a server needs, with its web client."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from settings import DISTRIBUTION, VERSION

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("handlers", "store", "cli", "pytest_hearth", "web")
BUILD = "from setuptools.build_meta import build_{0}; print(build_{0}('.'))"


def build(folder: Path, kind: str) -> Path:
    program = [sys.executable, "-W", "ignore", "-c", BUILD.format(kind)]
    subprocess.run(program, cwd=folder, check=True, capture_output=True)  # noqa: S603
    (made,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


def test_a_wheel_built_from_the_source_archive_has_every_file_of_ours(
    tmp_path: Path,
) -> None:
    for part in PARTS:
        kept_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=kept_out)
    for path in ROOT.glob("*.py"):
        shutil.copy(path, tmp_path)
    ours = {
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    }
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    named = f"{DISTRIBUTION.replace('-', '_')}-{VERSION}"
    made = build(tmp_path, "sdist")
    (tmp_path / "unpacked").mkdir()
    # By tar: Debian 12's Python takes no `filter` yet, and later ones warn without.
    unpack = ["tar", "-xf", made, "-C", tmp_path / "unpacked"]
    subprocess.run(unpack, check=True)  # noqa: S603
    wheel = build(tmp_path / "unpacked" / named, "wheel")
    assert wheel.name == f"{named}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert names == ours
    assert {"web/index.html", "web/icons/hearth.svg", "server.py"} <= names
