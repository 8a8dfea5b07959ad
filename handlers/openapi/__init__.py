"""The API, described for programs and people."""
