"""The API's description says what there is, and cannot drift from it."""

import inspect
import re
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web

import handlers
from handlers.openapi.build import PROBLEM, key_of
from handlers.openapi.operations import ACTS
from tests.conftest import Client
from tests.described import HTTP, SOCKET, references

ROUTES = {
    key_of(route): route for route in handlers.ROUTES if isinstance(route, web.RouteDef)
}


def test_every_route_is_described_and_no_other() -> None:
    missing = "\n".join(
        f'    "{key}": Operation(shapes.…, body=forms.…, refuses=(…)),'
        for key in sorted(ROUTES.keys() - ACTS.keys())
    )
    assert not missing, f"Add to ACTS in handlers/openapi/operations.py:\n{missing}"
    assert not ACTS.keys() - ROUTES.keys(), "handlers/openapi/operations.py has too much"


@pytest.mark.parametrize("key", ACTS)
def test_a_description_names_the_forms_that_the_handler_reads(key: str) -> None:
    if key not in ROUTES:
        pytest.skip("another test says that it is too much")
    source = inspect.getsource(ROUTES[key].handler)
    read = set(re.findall(r"bodies\.(\w+)\(request, forms\.(\w+)\)", source))
    if "bodies.read_sign_in(request)" in source:
        read.add(("read", "SignIn"))
    act = ACTS[key]
    how = "read_optional" if act.may_be_empty else "read"
    said = {(how, act.body.__name__)} if act.body else set()
    said |= {("query", act.query.__name__)} if act.query else set()
    assert read == said, f"{key} in handlers/openapi/operations.py: it reads {read}"


@pytest.mark.parametrize("document", [HTTP, SOCKET], ids=["openapi", "asyncapi"])
def test_a_document_refers_to_what_it_has(document: Any) -> None:
    assert len(references(document)) > 20
    for reference in references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


@pytest.mark.parametrize("document", [HTTP, SOCKET], ids=["openapi", "asyncapi"])
def test_every_schema_is_json_schema(document: Any) -> None:
    for name in document["components"]["schemas"]:
        schemas = {"schemas": document["components"]["schemas"]}
        schema = {"$ref": f"#/components/schemas/{name}", "components": schemas}
        jsonschema_rs.Draft202012Validator(schema)
        assert document["components"]["schemas"][name]["description"]
    assert not re.search(r"\\A|\\Z", str(document)), "JavaScript has no \\A and \\Z"


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [each for path in HTTP["paths"].values() for each in path.values()]
    assert len(operations) == len(ACTS)
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"].endswith(".") for each in operations)


async def test_programs_get_the_documents(client: Client) -> None:
    async with client.get("/api/openapi.json") as answer:
        openapi = await answer.json()
    here = str(client.make_url("")).rstrip("/")
    assert openapi["servers"] == [{"url": here}]
    assert openapi["paths"] == HTTP["paths"]
    assert PROBLEM in openapi["components"]["responses"]["404"]["content"]
    async with client.get("/api/asyncapi.json") as answer:
        asyncapi = await answer.json()
    where = {"host": here.partition("//")[2], "pathname": "/", "protocol": "ws"}
    assert asyncapi["servers"] == {"here": where}
    assert asyncapi["channels"] == SOCKET["channels"]


async def test_behind_a_proxy_the_documents_say_what_people_type(start: Any) -> None:
    client = await start(public_url="https://chat.example.org/hearth")
    async with client.get("/api/openapi.json") as answer:
        assert (await answer.json())["servers"][0]["url"].endswith("example.org/hearth")
    async with client.get("/api/asyncapi.json") as answer:
        where = (await answer.json())["servers"]["here"]
    assert where == {
        "host": "chat.example.org", "pathname": "/hearth", "protocol": "wss"
    }  # fmt: skip
