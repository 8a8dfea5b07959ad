"""The indexes of every collection: one for each question that is asked."""

from pymongo import ASCENDING, IndexModel

MENTIONS = [("mentions", ASCENDING), ("room", ASCENDING), ("seq", ASCENDING)]
DELETED = [("deleted", ASCENDING), ("room", ASCENDING), ("seq", ASCENDING)]
INDEXES = {
    "users": [
        IndexModel("reset.hash", sparse=True),
        # One document at most holds it: whoever claims the owner's link is the owner.
        IndexModel(
            "founder", unique=True, partialFilterExpression={"founder": {"$exists": True}}
        ),
    ],
    "access": [
        IndexModel("key", unique=True),
        IndexModel("user"),
        IndexModel("created_by", sparse=True),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "members": [
        IndexModel([("_id.user", ASCENDING)]),
        IndexModel([("_id.room", ASCENDING), ("_id.user", ASCENDING)]),
    ],
    "messages": [
        IndexModel([("room", ASCENDING), ("seq", ASCENDING)], unique=True),
        IndexModel([("room", ASCENDING), ("rev", ASCENDING)], unique=True),
        IndexModel(DELETED, partialFilterExpression={"deleted": {"$exists": True}}),
        IndexModel(MENTIONS, partialFilterExpression={"mentions": {"$exists": True}}),
        IndexModel(
            [("room", ASCENDING), ("reply_to", ASCENDING), ("seq", ASCENDING)],
            partialFilterExpression={"reply_to": {"$exists": True}},
        ),
        IndexModel(
            [("room", ASCENDING), ("pinned.at", ASCENDING)],
            partialFilterExpression={"pinned": {"$exists": True}},
        ),
        IndexModel(
            "call.people.user", partialFilterExpression={"call.people": {"$exists": True}}
        ),
    ],
    "files": [
        IndexModel("metadata.room"),
        IndexModel([("metadata.uploader", ASCENDING), ("length", ASCENDING)]),
        IndexModel("metadata.expires_at", sparse=True),
    ],
    "chunks": [IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)],
    "invites": [
        IndexModel("hash", unique=True),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "push": [IndexModel("user"), IndexModel("expires_at", expireAfterSeconds=0)],
    "slack": [IndexModel("name", sparse=True)],
    "hooks": [IndexModel("hash", unique=True), IndexModel("room")],
}
