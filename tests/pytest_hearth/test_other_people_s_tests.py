"""The plugin in somebody else's project: the examples of the docs, run as printed."""

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
STRICT = """
import pytest

@pytest.mark.asyncio
async def test_it(hearth):
    ann, ben = await hearth.people("ann", "ben")
    await ann.says("general", "hi")
    await ben.hears("hi")
"""


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


async def pytest_says(project: Path, **environment: str) -> str:
    """Run pytest as that project would; what it says in the end."""
    names = {"PATH": os.environ["PATH"], "HOME": str(project), **environment}
    names["TMPDIR"] = tempfile.gettempdir()  # what goes with this run
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
        cwd=project, env=names, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        printed, _ = await program.communicate()
    assert program.returncode == 0, printed.decode()
    return printed.decode().splitlines()[-1]


async def test_the_examples_pass_as_they_are_printed(tmp_path: Path) -> None:
    (settings,) = blocks("docs/testing.md", "toml")
    (tmp_path / "pyproject.toml").write_text(settings)
    examples = blocks("docs/testing.md", "python")
    examples += [text for text in blocks("README.md", "python") if "(hearth)" in text]
    for number, text in enumerate(examples):
        (tmp_path / f"test_{number}.py").write_text(text)
    tests = sum(text.count("async def test_") for text in examples)
    assert f" {tests} passed" in await pytest_says(tmp_path)


async def test_a_project_that_sets_nothing_marks_its_tests(
    tmp_path: Path, mongodb: str
) -> None:
    (tmp_path / "test_chat.py").write_text(STRICT)
    said = await pytest_says(tmp_path, HEARTH_TEST_MONGODB_URL=mongodb)
    assert " 1 passed" in said
    assert "warning" not in said
