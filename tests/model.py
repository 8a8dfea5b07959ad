"""What a client knows that does what docs/socket.md and docs/api.md tell it to."""

from tests.people import Json


class Model:
    """The state of one client: what it has heard, of each thing the highest version."""

    def __init__(self, me: str) -> None:
        self.me = me
        self.rooms: dict[str, Json] = {}
        self.messages: dict[tuple[str, int], Json] = {}
        self.members: dict[tuple[str, str], Json] = {}
        self.users: dict[str, Json] = {}
        self._gone: dict[str, int] = {}

    def hear(self, event: Json) -> None:
        """Take an event of the socket, in the order in which they come."""
        if act := getattr(self, f"_hear_{event['type']}", None):
            act(event)

    def answered(self, room: Json) -> None:
        """Take a room that was answered over HTTP: it may be older than what was heard."""
        known = self.rooms.get(room["name"], {"version": -1})
        if room["version"] > max(known["version"], self._gone.get(room["name"], -1)):
            counts = ("seq", "rev", "read", "read_version", "unread", "mentions")
            kept = {key: known[key] for key in counts if key in known}
            self.rooms[room["name"]] = {**room, **kept}

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """The read mark, the unread and the mentions of each room."""
        return counts(self.rooms.values())

    def _hear_welcome(self, event: Json) -> None:
        self.rooms = {room["name"]: room for room in event["rooms"]}
        self._gone = {}

    def _hear_room(self, room: Json) -> None:
        known = self.rooms.get(room["name"], {"version": -1})
        if room["version"] >= max(known["version"], self._gone.get(room["name"], -1)):
            self.rooms[room["name"]] = room

    def _hear_gone(self, event: Json) -> None:
        if event["version"] >= self.rooms.get(event["room"], {"version": 0})["version"]:
            self.rooms.pop(event["room"], None)
            self._gone[event["room"]] = event["version"]

    def _hear_read(self, event: Json) -> None:
        room = self.rooms.get(event["room"])
        if room and event["version"] >= room["read_version"]:
            room["read"], room["read_version"] = event["seq"], event["version"]
            room["unread"], room["mentions"] = event["unread"], event["mentions"]

    def _hear_member(self, event: Json) -> None:
        known = self.members.get((event["room"], event["user"]), {"version": -1})
        if event["version"] >= known["version"]:
            self.members[event["room"], event["user"]] = event

    def _hear_user(self, event: Json) -> None:
        known = self.users.get(event["name"], {"version": -1})
        if event["version"] >= known["version"]:
            self.users[event["name"]] = event

    def _hear_message(self, message: Json) -> None:
        key = (message["room"], message["seq"])
        if message["rev"] > self.messages.get(key, {"rev": 0})["rev"]:
            self.messages[key] = message
        if room := self.rooms.get(message["room"]):
            if message["seq"] > room["seq"]:
                self._arrive(room, message)
            room["seq"] = max(room["seq"], message["seq"])
            room["rev"] = max(room["rev"], message["rev"])

    def _arrive(self, room: Json, message: Json) -> None:
        if message["sender"] == self.me and "via" not in message:
            if room["read"] + 1 == message["seq"]:
                room["read"] = message["seq"]
        elif not message.get("deleted"):
            room["unread"] += 1
            calls = {self.me, "all"} & set(message.get("mentions", ()))
            room["mentions"] += bool(calls)


def counts(rooms: object) -> dict[str, tuple[int, int, int]]:
    """The read mark, the unread and the mentions of each of these rooms that is mine."""
    assert hasattr(rooms, "__iter__")
    return {
        room["name"]: (room["read"], room["unread"], room["mentions"])
        for room in rooms
        if room["role"]
    }
