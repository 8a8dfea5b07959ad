"""The AsyncAPI document: what both sides say over the socket."""

from collections.abc import Iterable
from typing import Any

import msgspec

from handlers.openapi.build import plain
from handlers.schemas.responses import Json
from settings import VERSION

ABOUT = (
    "A WebSocket of text frames: one JSON object per line, one or more lines per frame, "
    "in both directions. The client's first object is `hello`. A program authenticates "
    "with the `Authorization` header, a browser with the cookie, anyone with `token` in "
    "`hello`."
)
_CHANNEL = "#/channels/socket"


def document(frames: Iterable[Any], events: Iterable[Any]) -> Json:
    """What a client says, and what the server says."""
    said = {f"{_kind(each)}_said": each for each in frames}
    heard = {f"{_kind(each)}_heard": each for each in events}
    _, components = msgspec.json.schema_components(
        [*said.values(), *heard.values()], ref_template="#/components/schemas/{name}"
    )
    return plain(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Hearth", "version": VERSION, "description": ABOUT},
            "defaultContentType": "application/json",
            "channels": {
                "socket": {
                    "address": "/api/socket",
                    "messages": {name: _ref("messages", name) for name in said | heard},
                }
            },
            # A server's document: it receives what clients say.
            "operations": {
                "hear": _operation("receive", said),
                "say": _operation("send", heard),
            },
            "components": {
                "schemas": components,
                "messages": {
                    name: {
                        "name": _kind(each),
                        "summary": (each.__doc__ or "").partition("\n")[0],
                        "payload": _ref("schemas", each.__name__),
                    }
                    for name, each in (said | heard).items()
                },
            },
        }
    )


def _kind(form: Any) -> str:
    return str(form.__struct_config__.tag)


def _ref(place: str, name: str) -> Json:
    return {"$ref": f"#/components/{place}/{name}"}


def _operation(action: str, messages: Iterable[str]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": _CHANNEL},
        "messages": [{"$ref": f"{_CHANNEL}/messages/{name}"} for name in messages],
    }
