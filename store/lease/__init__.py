"""The lease: one server serves a database, and others stand by."""
