"""What `pip install` brings: all that a server needs, with its web client."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("handlers", "store", "cli", "pytest_hearth", "web")
BUILD = "from setuptools.build_meta import build_wheel; print(build_wheel('.'))"


def test_a_wheel_has_every_file_of_ours(tmp_path: Path) -> None:
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
    program = [sys.executable, "-W", "ignore", "-c", BUILD]
    subprocess.run(program, cwd=tmp_path, check=True, capture_output=True)  # noqa: S603
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert names == ours
    assert {"web/index.html", "web/icons/hearth.svg", "server.py"} <= names
