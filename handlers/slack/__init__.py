"""Slack's formats, turned into Markdown."""
