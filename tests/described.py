"""Holds what the tests' people are answered, and hear, against the API's description."""

import re
from functools import cache
from typing import Any

import jsonschema_rs
from aiohttp import ClientResponse

import handlers
from handlers.openapi import asyncapi, build
from handlers.openapi.operations import ACTS
from handlers.schemas.events import EVENTS
from handlers.schemas.frames import FRAMES

HTTP = build.document(handlers.ROUTES, ACTS)
SOCKET = asyncapi.document(FRAMES, EVENTS)
PATHS = sorted(HTTP["paths"], key=lambda path: path.count("{"))  # `/web/…` after `/`
HINT = "handlers/schemas and openapi/operations.py say what an answer looks like"


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
        _hold(HTTP, content[answer.content_type]["schema"]["$ref"], document, asked)
    else:
        assert document is None, f"{asked}: it should be empty; {HINT}"


def check_event(event: Any) -> None:
    """Hold what the server said over the socket against AsyncAPI."""
    message = SOCKET["components"]["messages"].get(f"{event['type']}_heard")
    assert message, f"{event}: handlers/schemas/events.py has no shape for it"
    _hold(SOCKET, message["payload"]["$ref"], event, "said over the socket")


def _hold(source: Any, reference: str, instance: Any, where: str) -> None:
    validator = _validator(reference, source is HTTP)
    faults = [
        f"{fault.instance_path}: {fault.message}"
        for fault in validator.iter_errors(instance)
    ]
    assert not faults, f"{where}: {faults} in {instance}; {HINT}"


@cache
def _validator(reference: str, is_http: bool) -> jsonschema_rs.Draft202012Validator:
    schemas = (HTTP if is_http else SOCKET)["components"]["schemas"]
    return jsonschema_rs.Draft202012Validator(
        {"$ref": reference, "components": {"schemas": schemas}}
    )


def references(document: Any) -> set[str]:
    """All that a document refers to, within itself."""
    return set(re.findall(r"'\$ref': '(#[^']+)'", repr(document)))
