"""The socket's contract."""

from tests.people import Person


async def test_a_member_hears_what_another_member_posts(ann: Person, ben: Person) -> None:
    async with ben.listening() as inbox:
        await ann.says("general", "hello")
        assert (await inbox.next("message"))["text"] == "hello"


async def test_a_send_is_answered_and_heard_in_one_frame(ann: Person) -> None:
    async with ann.listening() as inbox:
        await inbox.say({"type": "send", "id": "one", "room": "general", "text": "hi"})
        heard = [await inbox.any() for _ in range(2)]
        assert [each["type"] for each in heard] == ["message", "ok"]
        assert heard[1] == {"type": "ok", "id": "one", "seq": 1, "rev": 1}
