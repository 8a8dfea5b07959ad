"""Schemas: forms, responses and events."""
