"""The API's description says what there is, and cannot drift from it."""

import inspect
import re
from typing import Any

import jsonschema_rs
import pytest

import handlers
from handlers.openapi.build import PROBLEM, key_of
from tests.conftest import Client
from tests.described import HTTP, references

ROUTES = {key_of(route): route for route in handlers.ROUTES}


@pytest.mark.parametrize("key", ROUTES)
def test_a_route_names_the_forms_that_its_handler_reads(key: str) -> None:
    source = inspect.getsource(ROUTES[key].handler)
    read = set(re.findall(r"bodies\.(\w+)\(request, forms\.(\w+)\)", source))
    if "bodies.read_sign_in(request)" in source:
        read.add(("read", "SignIn"))
    operation = ROUTES[key].operation
    how = "read_optional" if operation.body_is_optional else "read"
    said = {(how, operation.body.__name__)} if operation.body else set()
    said |= {("query", operation.query.__name__)} if operation.query else set()
    assert read == said, f"{key} in its route table: it reads {read}"


def test_the_document_refers_to_what_it_has() -> None:
    assert len(references(HTTP)) > 20
    for reference in references(HTTP):
        found = HTTP
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_schema_is_json_schema() -> None:
    schemas = HTTP["components"]["schemas"]
    for name in schemas:
        schema = {
            "$ref": f"#/components/schemas/{name}",
            "components": {"schemas": schemas},
        }
        jsonschema_rs.Draft202012Validator(schema)
        assert schemas[name]["description"]
    assert not re.search(r"\\A|\\Z", str(HTTP)), "JavaScript has no \\A and \\Z"


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [each for path in HTTP["paths"].values() for each in path.values()]
    assert len(operations) == len(ROUTES)
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"].endswith(".") for each in operations)


async def test_programs_get_the_document(client: Client) -> None:
    async with client.get("/api/openapi.json") as answer:
        openapi = await answer.json()
    here = str(client.make_url("")).rstrip("/")
    assert openapi["servers"] == [{"url": here}]
    assert openapi["paths"] == HTTP["paths"]
    assert PROBLEM in openapi["components"]["responses"]["404"]["content"]


async def test_behind_a_proxy_the_document_says_what_people_type(start: Any) -> None:
    client = await start(public_url="https://chat.example.org/hearth")
    async with client.get("/api/openapi.json") as answer:
        assert (await answer.json())["servers"][0]["url"].endswith("example.org/hearth")
