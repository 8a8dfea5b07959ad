"""The work that a text's markup may take, in steps of about a microsecond."""

MAX_STEPS = 10_000


class TooCostlyError(Exception):
    """A text that would take too long to render."""


class Work:
    """The steps that one text has taken."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = 0

    def take(self, steps: int) -> None:
        """Count some steps.

        Raises:
            TooCostlyError: if there were too many.
        """
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise TooCostlyError

    def allows(self, steps: int) -> bool:
        """Tell if there is room for some more."""
        return self.steps + steps <= MAX_STEPS
