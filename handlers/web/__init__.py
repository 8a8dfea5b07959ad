"""Requests and responses: the parts that every resource shares."""
