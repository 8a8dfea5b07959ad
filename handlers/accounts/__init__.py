"""Accounts: people, bots and what lets them in."""
