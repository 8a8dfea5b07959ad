"""The bench: how fast Hearth is, measured against others. README.md says how to read it."""
