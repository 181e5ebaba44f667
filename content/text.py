"""Typed and pasted text, made fit for pages, feeds and databases."""

from __future__ import annotations

import unicodedata


def clean_text(text: str) -> str:
    """Drop what no page, feed or database takes: control signs, lone surrogates, noncharacters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(sign for sign in text if sign in "\n\t" or _is_storable(sign)).strip()


def clean_line(text: str) -> str:
    """Clean a text and put it on one line."""
    return " ".join(clean_text(text).split())


def has_something_to_read(text: str) -> bool:
    """Tell whether there is a sign that shows, not only spaces and invisible ones."""
    return any(unicodedata.category(sign)[0] not in "ZC" for sign in text)


def _is_storable(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cs"} and ord(sign) & 0xFFFE != 0xFFFE
