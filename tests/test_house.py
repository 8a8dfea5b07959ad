"""The house rules: who imports whom, how large a thing may be, what must be documented."""

import ast
import configparser
import gc
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import cli
import handlers
from handlers.openapi.build import key_of
from handlers.schemas.events import EVENTS
from handlers.socket import frames
from settings import Limits, Settings, names
from tests.command_line import leaves

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("handlers", "store", "cli", "pytest_hearth")
OURS = sorted(
    [
        *ROOT.glob("*.py"),
        *(path for each in FOLDERS for path in (ROOT / each).rglob("*.py")),
    ]
)
ALL = [
    path
    for suffix in ("py", "js", "css")
    for path in ROOT.rglob(f"*.{suffix}")
    if not any(part.startswith(".") or part == "node_modules" for part in path.parts)
]

MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_MODULES = 400, 45, 20

# The lowest first. A module belongs to the longest of these names that its own begins with,
# and imports only from its own line and those above it. Folders in one line are apart.
LAYERS = [
    ["settings", "hub", "store.errors"],
    ["store.lease", "store.mongod"],
    ["store"],
    ["store.log"],
    ["store.gridfs", "store.search"],
    ["handlers.markup", "handlers.schemas"],
    ["handlers.media", "handlers.push", "handlers.slack"],
    ["handlers.services"],
    ["handlers.web"],
    ["handlers"],
    ["handlers.accounts", "handlers.searching", "handlers.socket", "handlers.openapi"],
    ["handlers.__init__"],
    ["cli"],
    ["server"],
]
MAY_IMPORT = {
    "settings.py": set(),
    "hub.py": {"aiohttp", "msgspec"},
    "store": {"msgspec", "store", "settings", "motor", "pymongo", "bson"},
    "handlers": {"handlers", "store", "hub", "settings", "aiohttp", "msgspec"},
    "pytest_hearth": {
        "pytest_hearth",
        "server",
        "handlers",
        "store",
        "settings",
        "aiohttp",
        "pymongo",
        "yarl",
        "pytest",
        "pytest_asyncio",
    },
    "cli": {
        "cli",
        "handlers",
        "store",
        "settings",
        "aiohttp",
        "msgspec",
        "pymongo",
        "bson",
    },
    "server.py": {"handlers", "store", "hub", "settings", "aiohttp", "uvloop", "cli"},
}
ONLY_IN = {
    "motor": {"store/mongod/client.py", "store/database.py", "cli/snapshot.py"},
    "bcrypt": {"handlers/services/credentials.py"},
    "cryptography": {"handlers/push/encryption.py"},
    "jwt": {"handlers/services/credentials.py", "handlers/push/encryption.py"},
    "zxcvbn": {"handlers/services/credentials.py"},
    "prometheus_client": {
        "handlers/push/delivery.py",
        "handlers/services/counts.py",
        "handlers/web/metrics.py",
        "store/counts.py",
    },
    "markdown_it": {"handlers/markup/parser.py"},
    "pygments": {"handlers/markup/code.py"},
    "emoji": {"handlers/markup/emoji.py"},
    "PIL": {"handlers/media/decoder.py"},
    "os": {
        "handlers/media/decoder.py",
        "handlers/services/credentials.py",
        "server.py",
        "store/mongod/process.py",
        "store/mongod/binary.py",
        "pytest_hearth/databases.py",
        "pytest_hearth/stalled_reader.py",
        "cli/archive.py",
        "cli/connect.py",
    },
    "uvloop": {"server.py"},
}
FLOORS = {
    "aiohttp": "3.14.4",
    "bcrypt": "5.0",
    "cryptography": "46.0.5",
    "motor": "3.7.1",
    "msgspec": "0.20",
    "pillow": "13.0",
    "pyjwt": "2.15.0",
    "pymongo": "4.18.2",
}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """Once for all tests: 3.11.2 may fail to, if it collects garbage meanwhile."""
    gc.disable()
    tree = ast.parse(path.read_text())
    gc.enable()
    return tree


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("path", OURS, ids=place)
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = place(path).partition("/")[0]
    special = {name for name, places in ONLY_IN.items() if place(path) in places}
    foreign = imports(path) - set(sys.stdlib_module_names)
    assert foreign <= MAY_IMPORT[layer] | special


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def layer_of(module: str) -> tuple[int, str]:
    found = [
        (level, name)
        for level, names in enumerate(LAYERS)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    return max(found, key=lambda each: len(each[1]))


def links() -> dict[str, set[str]]:
    """The modules of ours that each module of the server imports."""
    modules = {
        module_of(path): path for path in OURS if path.parent.name != "pytest_hearth"
    }
    linked: dict[str, set[str]] = {}
    for module, path in modules.items():
        names: set[str] = set()
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    is_module = {inner, f"{inner}.__init__"} & set(modules)
                    names.add(inner if is_module else f"{node.module}")
        both = names | {f"{name}.__init__" for name in names}
        linked[module] = both & set(modules)
    return linked


def test_a_folder_imports_only_folders_below_it() -> None:
    for module, imported in links().items():
        level, folder = layer_of(module)
        for other in imported:
            below, its_folder = layer_of(other)
            assert below < level or its_folder == folder, f"{module} imports {other}"


def test_no_imports_go_in_a_circle() -> None:
    left = links()
    while done := {name for name, imported in left.items() if not imported & set(left)}:
        left = {name: imported for name, imported in left.items() if name not in done}
    assert not left, f"these import each other: {sorted(left)}"


def test_the_app_has_one_key() -> None:
    found = [(place(path), path.read_text()) for path in OURS]
    keys = [name for name, text in found for _ in rows(r"\bAppKey\(", text)]
    assert keys == ["handlers/services/__init__.py"]


@pytest.mark.parametrize("name", ONLY_IN)
def test_some_libraries_have_one_place(name: str) -> None:
    assert {place(path) for path in OURS if name in imports(path)} <= ONLY_IN[name]


def test_only_the_request_forms_read_bodies() -> None:
    readers = {
        place(path)
        for path in OURS
        if re.search(r"request\.(read|json|text|post|query)\b", path.read_text())
    }
    assert readers == {"handlers/web/bodies.py"}


def test_only_the_settings_read_the_environment() -> None:
    readers = {place(path) for path in OURS if re.search(r"\benviron\b", path.read_text())}
    assert readers == {"settings.py", "server.py", "pytest_hearth/databases.py"}


@pytest.mark.parametrize("path", ALL, ids=place)
def test_a_long_file_has_its_reason_in_the_design(path: Path) -> None:
    is_short = len(path.read_text().splitlines()) <= MAX_FILE_LINES
    assert is_short or f"`{place(path)}`" in text_of("docs/design.md")


@pytest.mark.parametrize("path", OURS, ids=place)
def test_no_function_is_too_long_to_read(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in OURS} - {ROOT}), ids=place
)
def test_a_folder_has_few_modules(folder: Path) -> None:
    assert len([path for path in OURS if path.parent == folder]) <= MAX_MODULES


RIDDLES = {
    *("MOST", "LONGEST", "SHORTEST", "LARGEST", "PATIENCE", "REST", "FAREWELL", "SILENCE"),
    *("AT_ONCE", "PAGE", "WORDS", "ACTS"),
}


@pytest.mark.parametrize("path", OURS, ids=place)
def test_a_constant_says_its_unit_and_its_thing(path: Path) -> None:
    names = {
        node.id.removeprefix("_")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert not names & RIDDLES


@pytest.mark.parametrize("path", OURS, ids=place)
def test_a_docstring_begins_with_the_term_and_no_sentence_with_else(path: Path) -> None:
    text = path.read_text()
    assert not rows(r'^ *r?"""((?:What|Whether|How|Who|Where)\b.*)', text)
    assert not rows(r'((?:#|"""|[.:;]) Else\b.*)', text)


def routes() -> list[str]:
    return [key_of(route) for route in handlers.ROUTES]


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def rows(pattern: str, text: str) -> list[Any]:
    return re.findall(pattern, text, re.MULTILINE)


def dependencies() -> str:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config["options"]["install_requires"]


def lines_of(names: list[str]) -> int:
    return sum(len(text_of(name).splitlines()) for name in names)


def test_the_readme_counts_the_lines_of_the_path_of_a_message() -> None:
    _, part = text_of("README.md").split("## Read it\n")
    table, rest = part.partition("## How it compares")[0].split("On its way")
    in_all, path = (int(text.replace(",", "")) for text in rows(r"about ([\d,]+)", table))
    (beside,) = (int(text.replace(",", "")) for text in rows(r"about ([\d,]+)", rest))
    server = [place(path) for path in OURS if path.parent.name != "pytest_hearth"]
    assert lines_of(server) == pytest.approx(in_all, abs=250)
    assert lines_of(rows(r"`([\w/]+\.py)`", table)) == pytest.approx(path, abs=100)
    assert lines_of(rows(r"`([\w/]+\.py)`", rest)) == pytest.approx(beside, abs=150)


def test_the_design_has_a_word_for_every_folder_and_names_no_module_that_is_gone() -> None:
    _, part = text_of("docs/design.md").split("## The house\n")
    table = part.partition("\n## ")[0]
    folders = {f"{place(path.parent)}/" for path in OURS} - {"./"}
    assert folders <= set(rows(r"`([a-z_/]+/)`", table))
    named = {name.rpartition("/")[2] for name in rows(r"`([\w/]+\.py)`", table)}
    assert named <= {path.name for path in [*OURS, Path(__file__)]}


def test_the_glossary_has_the_code_s_words_and_no_others() -> None:
    _, part = text_of("docs/design.md").split("## Glossary\n")
    lines = rows(r"^\| (`.*) \|$", part.partition("\n## ")[0])
    explained = [line.split("`")[1] for line in lines]
    assert explained == sorted(explained)
    nodes = [node for path in OURS for node in ast.walk(parsed(path))]
    names = {getattr(node, "name", getattr(node, "attr", None)) for node in nodes}
    words = {word for line in lines for word in rows(r"`(\w+)`", line)}
    assert words <= names
    stored = parsed(ROOT / "store/records.py").body
    assert {node.name for node in stored if isinstance(node, ast.ClassDef)} <= words


def test_every_route_is_documented_and_no_other() -> None:
    documented = rows(r"^## ([A-Z]+ /.*)$", text_of("docs/api.md"))
    assert sorted(documented) == sorted(routes())


def test_every_frame_is_documented_and_no_other() -> None:
    text = text_of("docs/socket.md")
    client, server = re.split(r"^## The server says$", text, flags=re.MULTILINE)
    said_by_clients = {frame.__struct_config__.tag for frame in frames.FRAMES}
    assert set(rows(r"^### (\w+)$", client)) == said_by_clients
    said_by_server = {event.__struct_config__.tag for event in EVENTS}
    assert set(rows(r"^### (\w+)$", server)) == said_by_server


def test_every_setting_is_documented_with_its_default() -> None:
    table = dict(rows(r"^\| `(HEARTH_\w+)` \| ([^|]*?) ?\|", text_of("README.md")))
    settings, limits = Settings(), Limits()
    expected = {}
    for kind, prefix in ((settings, "HEARTH_"), (limits, "HEARTH_LIMIT_")):
        for name in names(type(kind), prefix):
            value = getattr(kind, name.removeprefix(prefix).lower())
            expected[name] = f"./{value}" if isinstance(value, Path) else str(value or "")
    expected["HEARTH_TRUSTED_PROXIES"] = ""
    expected["HEARTH_METRICS"] = "local"
    assert table == expected


def test_the_floors_hold() -> None:
    asked = dict(rows(r"^([\w-]+) >= ([\d.]+)$", dependencies()))
    assert FLOORS.items() <= asked.items()
    told = dict(rows(r"^\| (\w+) \| ([\d.]+) \|", text_of("SECURITY.md")))
    assert told == FLOORS


def test_every_dependency_has_a_reason() -> None:
    text = text_of("docs/design.md")
    for name in rows(r"^([\w-]+)", dependencies()):
        assert name in text, f"{name} has no reason in docs/design.md"


def test_every_verb_is_documented_and_no_other() -> None:
    table = rows(r"^\| `(hearth [a-z -]+?)(?: [A-Z].*)?` \|", text_of("docs/operations.md"))
    assert sorted(table) == sorted(parser.prog for parser in leaves(cli.parser()))


def test_the_image_has_every_package_and_the_web_client() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options.packages.find"]["include"].split()
    needed = [name.removesuffix("*") for name in listed]
    ignored = text_of("deploy/Dockerfile.dockerignore").splitlines()
    for name in needed:
        assert f"\nCOPY {name} {name}\n" in text_of("deploy/Dockerfile")
        assert f"!{name}" in ignored


def test_every_message_that_operations_explain_is_said() -> None:
    _, text = text_of("docs/operations.md").split("| it says | do |\n|---|---|\n")
    said = [
        node.value
        for path in OURS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for message in rows(r"^\| (.*?) \|", text.partition("\n\n")[0]):
        for piece in filter(None, (piece.strip() for piece in message.split("…"))):
            assert any(piece in each for each in said), f"nobody says {piece!r}"
