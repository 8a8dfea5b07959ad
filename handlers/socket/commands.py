"""The commands of an attached connection."""

import asyncio
import logging
from functools import partial

from handlers import calls, room_state
from handlers.messages import post
from handlers.schemas import events, forms
from handlers.services import Services
from handlers.socket.frames import (
    Active,
    Call,
    Frame,
    Hello,
    Ping,
    Read,
    Send,
    Signal,
    Typing,
    id_of,
    parse,
)
from handlers.web.errors import as_api_error, count_error, error_event
from hub import Connection, encode
from store.errors import Invalid, NotFound, TooMany
from store.records import Access, Message

log = logging.getLogger("hearth.socket")
# Besides messages, which have a rate of their own.
RATED = (Read, Typing, Active, Signal, Call)
MAX_FAULTS = 10  # objects in a row that are not understood


class Commands:
    """The commands of one connection, and their answers."""

    __slots__ = ("_by", "_faults", "_hub", "_mine", "_services")

    def __init__(self, services: Services, mine: Connection, by: Access) -> None:
        self._services, self._mine, self._hub = services, mine, services.hub
        self._by = by
        self._faults = 0

    async def hear(self, line: str) -> None:
        """Obey one line; a fault is answered, and harms nothing.

        Raises:
            TooMany: after ten lines in a row that were not understood.
        """
        if self._mine.cut_code:
            return  # Its peer may say more until the socket is closed.
        id = None
        try:
            frame = parse(line)
            self._services.counts.object_heard(type(frame)).inc()
            self._faults = 0
            id = frame.id if isinstance(frame, Send | Call) else None
            if isinstance(frame, RATED):
                self._services.rates.writes.take(self._mine.user)
            await self._obey(frame)
        except Exception as error:
            if isinstance(error, Invalid) and id is None:
                self._faults += 1
                id = id_of(line)
            self._say_anyway(self._error(error, id))
            if self._faults >= MAX_FAULTS:
                raise TooMany("Nothing of this is understood.", 1.0) from None

    async def _obey(self, frame: Frame) -> None:
        mine = self._mine
        match frame:
            case Send():
                form = forms.PostMessage(frame.text, frame.id, frame.reply_to, frame.files)
                stored = await post(self._services, self._by, frame.room, form)
                stored.add_done_callback(partial(self._acknowledge, frame.id))
            case Read():
                await room_state.move_mark(
                    self._services, frame.room, mine.user, frame.seq, back=frame.back
                )
            case Typing():
                if frame.room not in mine.rooms:
                    raise NotFound("You are not a member of this room.")
                event = events.Typing(frame.room, mine.user)
                hearing = self._hub.of_room(frame.room)
                others = [each for each in hearing if each.user != mine.user]
                self._hub.tell(others, event, vital=False)
            case Active():
                viewed = (frame.room or "") if frame.active else None
                self._services.notices.note_active(mine, viewed)
            case Signal():
                self._signal(frame)
            case Call():
                stored = await calls.change(
                    self._services, self._by, mine, frame.room, join=frame.join
                )
                stored.add_done_callback(partial(self._acknowledge, frame.id))
            case Ping():
                self._say_anyway(events.Pong())
            case Hello():
                raise Invalid("You have said hello already.")

    def _signal(self, frame: Signal) -> None:
        mine, peers = self._mine, self._hub.of_user(frame.to)
        if frame.connection is not None:
            peers = [peer for peer in peers if peer.id == frame.connection]
        if not any(peer.rooms & mine.rooms for peer in peers):
            raise NotFound("They are not here, or share no room with you.")
        self._hub.tell(peers, events.Signal(mine.user, mine.id, frame.data))

    def _acknowledge(self, id: str, stored: "asyncio.Future[tuple[Message, bool]]") -> None:
        if stored.cancelled():
            return
        if error := stored.exception():
            self._say_anyway(self._error(error, id))
        else:
            message, _ = stored.result()
            self._say(events.Ok(id, message.seq, message.rev))

    def _error(self, error: BaseException, id: str | None) -> events.Error:
        refusal = as_api_error(self._services, error)
        count_error(self._services, refusal, "socket", user=self._mine.user)
        if refusal is None:
            log.error("A command failed", exc_info=error)
        return error_event(refusal, id)

    def _say(self, event: object) -> None:
        self._hub.answer(self._mine, encode(event))

    def _say_anyway(self, event: object) -> None:
        self._hub.answer_anyway(self._mine, encode(event))
