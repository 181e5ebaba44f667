"""Numbers that come from outside: an address, a form, a row of another room."""

from __future__ import annotations

# of digits: the databases' largest key has 19
LONGEST_KEY = 18


def is_key(text: str) -> bool:
    """Say whether a text is a number that a database takes as a key."""
    return text.isdecimal() and len(text) <= LONGEST_KEY
