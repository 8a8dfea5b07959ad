"""Holds what the tests' people are answered, and hear, against the API's description."""

import re
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec
from aiohttp import ClientResponse

import handlers
from handlers.openapi import build
from handlers.schemas.events import EVENTS

HTTP = build.document(handlers.ROUTES)
SOCKET = build.plain(
    {event.__struct_config__.tag: msgspec.json.schema(event) for event in EVENTS}
)
PATHS = sorted(HTTP["paths"], key=lambda path: path.count("{"))  # `/web/…` after `/`
HINT = "handlers/schemas and the route tables say what an answer looks like"


def check_answer(answer: ClientResponse, document: Any) -> None:
    """Hold an answer of JSON against OpenAPI; what has no description is another test's."""
    path = answer.url.raw_path
    for template in PATHS:
        operation = HTTP["paths"][template].get(answer.method.lower())
        if operation and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            break
    else:
        return
    asked = f"{answer.method} {path} → {answer.status}"
    declared = operation["responses"].get(str(answer.status))
    assert declared, f"{asked}: this status has no description; {HINT}"
    if "$ref" in declared:
        declared = HTTP["components"]["responses"][str(answer.status)]
    for name in declared.get("headers", ()):
        assert name in answer.headers, f"{asked}: without {name}"
    content = declared.get("content", {})
    if content:
        assert answer.content_type in content, f"{asked}: {answer.content_type}; {HINT}"
        reference = content[answer.content_type]["schema"]["$ref"]
        _validate(_validator(reference), document, asked)
    else:
        assert document is None, f"{asked}: it should be empty; {HINT}"


def check_event(event: Any) -> None:
    """Hold what the server said over the socket against its schema."""
    schema = SOCKET.get(event["type"])
    assert schema, f"{event}: handlers/schemas/events.py has no schema for it"
    _validate(_event_validator(event["type"]), event, "said over the socket")


def _validate(
    validator: jsonschema_rs.Draft202012Validator, instance: Any, where: str
) -> None:
    faults = [
        f"{fault.instance_path}: {fault.message}"
        for fault in validator.iter_errors(instance)
    ]
    assert not faults, f"{where}: {faults} in {instance}; {HINT}"


@cache
def _validator(reference: str) -> jsonschema_rs.Draft202012Validator:
    schemas = HTTP["components"]["schemas"]
    return jsonschema_rs.Draft202012Validator(
        {"$ref": reference, "components": {"schemas": schemas}}
    )


@cache
def _event_validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(SOCKET[kind])


def references(document: Any) -> set[str]:
    """All that a document refers to, within itself."""
    return set(re.findall(r"'\$ref': '(#[^']+)'", repr(document)))
