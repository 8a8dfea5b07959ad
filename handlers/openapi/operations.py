"""What a route's table cannot say: what it asks for, what it answers, what it refuses.

A new route needs one entry here. `openapi.py` makes the document from these, the route
tables and the handlers' docstrings; tests hold all of it against what happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.schemas import forms, replies, shapes


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. An answer is a shape of JSON, or a media type, or nothing at all.

    Refusals that follow from the rest need no mention: 400, 413 and 415 from a body, 400
    from a query, 404 from a word in the path, and 401, 403 (a foreign Origin), 429 and 503
    from asking for a user.
    """

    answer: type | str | None
    status: tuple[int, ...] = (200,)
    body: type | None = None
    may_be_empty: bool = False  # the body
    query: type | None = None
    words: tuple[str, ...] = ()  # in the query, beside or without a form
    refuses: tuple[int, ...] = ()
    others: Mapping[str, type | None] = field(default_factory=dict)  # that are no JSON


_NOTHING = (204,)
_FILE: Mapping[str, type | None] = {"application/octet-stream": None}
_PAYLOAD: Mapping[str, type | None] = {
    "application/json": None,
    "application/x-www-form-urlencoded": None,
}
_MESSAGES = "/api/rooms/{room}/messages"

ACTS: dict[str, Operation] = {
    "POST /api/auth/register": Operation(
        replies.SignedIn,
        status=(201,),
        body=forms.Register,
        refuses=(403, 404, 409, 429, 503),
    ),
    "POST /api/auth/token": Operation(
        replies.SignedIn,
        body=forms.SignIn,
        others={"application/x-www-form-urlencoded": forms.OAuth2Form},
        refuses=(401, 403, 429, 503),
    ),
    "GET /api/auth/verify": Operation(replies.Asker),
    "POST /api/auth/logout": Operation(None, _NOTHING),
    "POST /api/auth/password": Operation(
        None, _NOTHING, body=forms.ChangePassword, refuses=(429,)
    ),
    "GET /api/sessions": Operation(replies.Sessions),
    "DELETE /api/sessions/{sid}": Operation(None, _NOTHING),
    "GET /api/users": Operation(replies.Users),
    "GET /api/users/{name}": Operation(shapes.User),
    "PATCH /api/users/{name}": Operation(
        shapes.User, body=forms.ChangeUser, refuses=(409,)
    ),
    "GET /api/users/{name}/avatar": Operation("image/*", (200, 304), words=("v",)),
    "PUT /api/users/{name}/avatar": Operation(shapes.User, others=_FILE, refuses=(429,)),
    "DELETE /api/users/{name}/avatar": Operation(shapes.User),
    "GET /api/rooms": Operation(replies.Rooms),
    "POST /api/rooms": Operation(
        shapes.Room, (201,), body=forms.CreateRoom, refuses=(404, 409)
    ),
    "GET /api/rooms/{room}": Operation(shapes.Room),
    "PUT /api/rooms/{room}": Operation(shapes.Room, (200, 201), refuses=(400, 409)),
    "PATCH /api/rooms/{room}": Operation(
        shapes.Room, body=forms.ChangeRoom, refuses=(409,)
    ),
    "DELETE /api/rooms/{room}": Operation(None, _NOTHING, refuses=(409,)),
    "GET /api/rooms/{room}/members": Operation(replies.Members),
    "PUT /api/rooms/{room}/members/{name}": Operation(
        shapes.Member,
        (200, 201),
        body=forms.PutMember,
        may_be_empty=True,
        refuses=(409,),
    ),
    "DELETE /api/rooms/{room}/members/{name}": Operation(None, _NOTHING, refuses=(409,)),
    "PUT /api/rooms/{room}/favorite": Operation(None, _NOTHING),
    "DELETE /api/rooms/{room}/favorite": Operation(None, _NOTHING),
    "PUT /api/rooms/{room}/notify": Operation(None, _NOTHING, body=forms.Notify),
    "PUT /api/rooms/{room}/read": Operation(shapes.ReadMark, body=forms.Read),
    f"GET {_MESSAGES}": Operation(replies.Page, query=forms.Page),
    "GET /api/rooms/{room}/changes": Operation(replies.Changes, query=forms.Changes),
    f"POST {_MESSAGES}": Operation(
        shapes.Message, (200, 201), body=forms.PostMessage, refuses=(409, 429)
    ),
    f"PATCH {_MESSAGES}/{{seq}}": Operation(
        shapes.Message, body=forms.EditMessage, refuses=(409, 429)
    ),
    f"DELETE {_MESSAGES}/{{seq}}": Operation(shapes.Message, refuses=(409, 429)),
    f"PUT {_MESSAGES}/{{seq}}/reactions/{{emoji}}": Operation(
        shapes.Message, refuses=(400, 409, 429)
    ),
    f"DELETE {_MESSAGES}/{{seq}}/reactions/{{emoji}}": Operation(
        shapes.Message, refuses=(400, 409, 429)
    ),
    "POST /api/rooms/{room}/files": Operation(
        shapes.File, (201,), others=_FILE, words=("name",), refuses=(409, 429)
    ),
    "GET /api/files/{id}/{name}": Operation("*/*", (200, 206, 304, 416), refuses=(429,)),
    "GET /api/previews/{id}": Operation("image/webp", (200, 304)),
    "GET /api/search": Operation(replies.Hits, query=forms.Search, refuses=(404, 429)),
    "POST /api/bots": Operation(
        replies.MadeBot, (201,), body=forms.CreateBot, refuses=(409,)
    ),
    "GET /api/tokens": Operation(replies.Tokens),
    "POST /api/tokens": Operation(
        replies.Token,
        (201,),
        body=forms.CreateToken,
        may_be_empty=True,
        refuses=(404, 409),
    ),
    "DELETE /api/tokens/{id}": Operation(None, _NOTHING),
    "GET /api/rooms/{room}/hooks": Operation(replies.Hooks, refuses=(403,)),
    "POST /api/rooms/{room}/hooks": Operation(
        replies.Hook, (201,), body=forms.CreateHook, may_be_empty=True, refuses=(409,)
    ),
    "DELETE /api/rooms/{room}/hooks/{id}": Operation(None, _NOTHING),
    # Its refusals are Slack's.
    "POST /hooks/{secret}": Operation(
        "text/plain", (200, 400, 404, 410, 413, 429, 503), others=_PAYLOAD
    ),
    "GET /api/invites": Operation(replies.Invites, refuses=(403,)),
    "POST /api/invites": Operation(
        replies.Invite, (201,), body=forms.CreateInvite, may_be_empty=True
    ),
    "DELETE /api/invites/{id}": Operation(None, _NOTHING),
    "GET /api/socket": Operation(None, (101,), refuses=(400, 401, 403, 429, 503)),
    "GET /api/config": Operation(replies.Config),
    "GET /api/openapi.json": Operation("application/json"),
    "GET /api/asyncapi.json": Operation("application/json"),
    "GET /api/docs": Operation("text/html", (200, 304)),
    "GET /healthz": Operation("text/plain"),
    "GET /readyz": Operation("text/plain", (200, 503)),
    "GET /metrics": Operation("text/plain", refuses=(404,)),
    "GET /": Operation("text/html", (200, 304)),
    "GET /join/{code}": Operation(None, (303,)),
    "GET /web/{path}": Operation("*/*", (200, 304)),
}
