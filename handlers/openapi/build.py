"""The OpenAPI document, from the route tables and the handlers' docstrings."""

import inspect
import re
import sys
from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from handlers.schemas import forms, responses
from handlers.schemas.error_codes import BY_STATUS
from handlers.web import cookies
from handlers.web.auth import SAFE, is_public
from handlers.web.routes import Route
from settings import VERSION

Json = dict[str, Any]
BINARY: Json = {"type": "string", "format": "binary"}
BYTES = {"application/octet-stream"}
PROBLEM = "application/problem+json"
HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
ABOUT = (
    "JSON over HTTP. A refusal is a problem document (RFC 9457). What happens in the rooms "
    "is said over the socket; docs/socket.md describes it."
)
# Schema and meaning of each parameter in a path; what does not match is not found.
PATH_PARAMETERS: dict[str, tuple[Any, str]] = {
    "room": (
        responses.RoomName,
        "A room's name; a direct room's are its members, `ann~ben`.",
    ),
    "name": (forms.Name, "A user's name, or `me`."),
    "seq": (forms.Seq, "A message's number in its room."),
    "emoji": (Annotated[str, Meta(min_length=1, max_length=16)], "One emoji."),
    "sid": (str, "A session's id."),
    "id": (str, "The id that its making gave."),
    "code": (Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]+\Z")], "An invite's code."),
    "/api/check/{code}:code": (str, "A code that the command line has signed."),
    "secret": (str, "What a hook's making gave."),
    "/api/files/{id}/{name}:name": (str, "A file's name; any will do."),
    "path": (Annotated[str, Meta(pattern=r"\A[a-z0-9./-]+[a-z]\Z")], "A file's path."),
}


def key_of(route: Route) -> str:
    """A route's name in docs/api.md: method and path."""
    return f"{route.method} " + re.sub(r"{(\w+):[^}]*}", r"{\1}", route.path)


def document(routes: Iterable[Route]) -> Json:
    """Everything that can be asked of a server."""
    routes = list(routes)
    shown: set[Any] = {responses.Problem}
    for route in routes:
        operation = route.operation
        given = (operation.answer, operation.body, *operation.other_bodies.values())
        shown |= {each for each in given if isinstance(each, type)}
    _, components = msgspec.json.schema_components(
        sorted(shown, key=lambda form: form.__name__),
        ref_template="#/components/schemas/{name}",
    )
    paths: dict[str, Json] = {}
    names = [route.handler.__name__ for route in routes]
    for route in routes:
        method, _, path = key_of(route).partition(" ")
        shared = names.count(route.handler.__name__) > 1
        name = route.handler.__name__ + (f"_{method.lower()}" if shared else "")
        paths.setdefault(path, {})[method.lower()] = _operation(route, path, name)
    modules = dict.fromkeys(str(route.handler.__module__) for route in routes)
    return plain(
        {
            "openapi": "3.1.0",
            "info": {"title": "Hearth", "version": VERSION, "description": ABOUT},
            "tags": [
                {"name": _tag(name), "description": inspect.getdoc(sys.modules[name])}
                for name in modules
            ],
            "paths": paths,
            "components": {
                "schemas": components,
                "responses": {str(status): _refusal(status) for status in BY_STATUS},
                "securitySchemes": {
                    "token": _scheme("http", scheme="bearer", bearerFormat="JWT"),
                    "cookie": _scheme("apiKey", name=cookies.NAME, **{"in": "cookie"}),
                },
            },
        }
    )


def plain(document: Json) -> Json:
    """A document whose patterns are JavaScript's, as JSON Schema wants them, and tidy."""

    def change(found: Any, key: str = "") -> Any:
        if isinstance(found, dict):
            return {name: change(value, name) for name, value in found.items()}
        if isinstance(found, list):
            return [change(each) for each in found]
        if key == "pattern":
            return found.replace(r"\A", "^").replace(r"\Z", "$")
        if key == "description":
            return inspect.cleandoc(found)
        return found

    changed: Json = change(document)
    return changed


def _scheme(kind: str, **more: str) -> Json:
    return {"type": kind, **more}


def _tag(module: str) -> str:
    return module.rpartition(".")[2].replace("_", " ").capitalize()


def _operation(route: Route, path: str, name: str) -> Json:
    summary, _, more = (inspect.getdoc(route.handler) or "").partition("\n\n")
    said = route.operation
    operation: Json = {
        "operationId": name,
        "tags": [_tag(str(route.handler.__module__))],
        "summary": " ".join(summary.split()),
        "parameters": [_in_path(word, path) for word in re.findall(r"{(\w+)}", path)]
        + (_in_query(said.query) if said.query else [])
        + [
            {"name": word, "in": "query", "schema": _schema(str)}
            for word in said.parameters
        ],
        "responses": _responses(route, path),
        "security": [] if is_public(route.handler) else [{"token": []}, {"cookie": []}],
    }
    if more:
        operation["description"] = more
    bodies: dict[str, type | None] = {**said.other_bodies}
    if said.body:
        bodies = {"application/json": said.body, **bodies}
    if bodies:
        operation["requestBody"] = {
            "required": not said.body_is_optional,
            "content": {
                kind: {"schema": _schema(form) if form else _raw(kind)}
                for kind, form in bodies.items()
            },
        }
    return operation


def _raw(kind: str) -> Json:
    """The schema of a body that no class describes."""
    if kind.startswith("text/"):
        return _scheme("string")
    is_object = kind.endswith(("json", "form-urlencoded"))
    return {"type": "object", "additionalProperties": True} if is_object else BINARY


def _in_path(word: str, path: str) -> Json:
    kind, meaning = PATH_PARAMETERS.get(f"{path}:{word}") or PATH_PARAMETERS[word]
    return {
        "name": word,
        "in": "path",
        "required": True,
        "schema": _schema(kind),
        "description": meaning,
    }


def _in_query(form: type) -> list[Json]:
    fields = msgspec.json.schema(form)["$defs"][form.__name__]["properties"]
    return [
        {"name": name, "in": "query", "schema": _not_null(schema)}
        for name, schema in fields.items()
    ]


def _not_null(schema: Json) -> Json:
    """The schema of a value that a query string can have, which is never null."""
    choices = schema.get("anyOf", [])
    return next((each for each in choices if each != _scheme("null")), schema)


def _schema(kind: Any) -> Json:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    (schema,), _ = msgspec.json.schema_components(
        [kind], ref_template="#/components/schemas/{name}"
    )
    return schema


def _responses(route: Route, path: str) -> Json:
    said = route.operation
    answers: Json = {}
    for status in said.statuses:
        answer: Json = {"description": HTTPStatus(status).phrase}
        if isinstance(said.answer, str) and status != HTTPStatus.NOT_MODIFIED:
            # Generators of clients know bytes by this name alone.
            kinds = {said.answer} | (BYTES if _raw(said.answer) == BINARY else set())
            answer["content"] = {kind: {"schema": _raw(kind)} for kind in sorted(kinds)}
        elif isinstance(said.answer, type):
            answer["content"] = {"application/json": {"schema": _schema(said.answer)}}
        answers[str(status)] = answer
    for status in sorted(_refusals(route, path) - set(said.statuses)):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return answers


def _refusal(status: int) -> Json:
    answer: Json = {
        "description": BY_STATUS[status].replace("_", " ").capitalize(),
        "content": {PROBLEM: {"schema": _schema(responses.Problem)}},
    }
    if headers := HEADERS.get(status):
        answer["headers"] = {headers: {"required": True, "schema": _schema(str)}}
    return answer


def _refusals(route: Route, path: str) -> set[int]:
    said = route.operation
    found = set(said.refuses)
    if said.body or said.other_bodies:
        found |= {400, 408, 413, 415}
    if said.query:
        found.add(400)
    if "{" in path:
        found.add(404)
    if not is_public(route.handler):
        found |= {401, 429, 503} if route.method in SAFE else {401, 403, 429, 503}
    return found
