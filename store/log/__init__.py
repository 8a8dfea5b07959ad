"""The log: the only writer of messages."""
