"""Hearth in other people's tests: docs/testing.md says how.

Only pytest imports this. It costs nothing until a test asks for a fixture, so nothing of
Hearth is imported before.
"""
