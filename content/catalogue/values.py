"""What the catalogue's fields may hold: each check gives the tidied value or says what is wrong."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext

from content.catalogue.exceptions import InvalidName, InvalidValue
from content.catalogue.names import match_key
from content.text import clean_line, has_something_to_read

RELEASED = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", re.ASCII)
GENRE_LENGTH = 200
ARTIST_LENGTH = 300
TITLE_LENGTH = 500
LINK_LENGTH = 500
SHOWN_LENGTH = 60

valid_link = URLValidator(schemes=["http", "https"])


def tidy_name(name: str, *, max_length: int, what: str = "name") -> str:
    """Collapse white space; refuse a name that is empty, too long or can't be stored or shown."""
    tidied = tidy_text(name, max_length=max_length, what=what)
    if not has_something_to_read(tidied):
        raise InvalidName(gettext("The {what} is empty.").format(what=what))
    if len(match_key(tidied)) > max_length:
        raise InvalidName(
            gettext("The {what} is too long once its signs are spelt out: {tidied}.").format(
                what=what, tidied=shown(tidied)
            )
        )
    return tidied


def tidy_text(text: str, *, max_length: int, what: str) -> str:
    """Collapse white space; refuse what is too long or can't be stored or shown; may be empty."""
    tidied = " ".join(unicodedata.normalize("NFC", text).split())
    if clean_line(tidied) != tidied:
        place, sign = next(
            (place, sign)
            for place, sign in enumerate(tidied, start=1)
            if sign != " " and not clean_line(sign)
        )
        raise InvalidName(
            gettext(
                "The {what} has a control character (U+{sign:04X}) at place {place}: {tidied}."
            ).format(what=what, sign=ord(sign), place=place, tidied=shown(tidied))
        )
    if len(tidied) > max_length:
        raise InvalidName(
            gettext(
                "The {what} is too long: {number} characters, at most {max_length} fit: {tidied}."
            ).format(what=what, number=len(tidied), max_length=max_length, tidied=shown(tidied))
        )
    return tidied


def check_released(text: str) -> str:
    """Check a day as precise as it is known: YYYY, YYYY-MM or YYYY-MM-DD, or nothing."""
    text = text.strip()
    found = RELEASED.fullmatch(text)
    if text and not found:
        raise InvalidValue(
            gettext(
                "{text} is not a date: write YYYY-MM-DD, YYYY-MM or YYYY, as in 2019-09-20."
            ).format(text=shown(text))
        )
    if found:
        year, month, day = (int(part or 1) for part in found.groups())
        try:
            date(year, month, day)
        except ValueError:
            raise InvalidValue(
                gettext("{text} is not a day in the calendar.").format(text=shown(text))
            ) from None
    return text


def check_popularity(popularity: int | None) -> int | None:
    if popularity is not None and not 0 <= popularity <= 100:
        raise InvalidValue(
            gettext("The popularity is a whole number from 0 to 100, not {popularity}.").format(
                popularity=popularity
            )
        )
    return popularity


def check_country(code: str) -> str:
    code = code.strip().upper()
    if code and not re.fullmatch("[A-Z]{2}", code):
        raise InvalidValue(
            gettext("{code} is not a country code: two letters (ISO 3166), as in GB or BR.").format(
                code=shown(code)
            )
        )
    return code


def check_link(link: str) -> str:
    link = link.strip()
    if not link:
        return link
    try:
        valid_link(link)
    except ValidationError:
        raise InvalidValue(
            gettext("{link} is not a web address (http or https).").format(link=shown(link))
        ) from None
    if len(link) > LINK_LENGTH:
        raise InvalidValue(
            gettext("The link is too long: at most {LINK_LENGTH} characters fit.").format(
                LINK_LENGTH=LINK_LENGTH
            )
        )
    return link


def check_weight(weight: float) -> float:
    if not 0 < weight <= 1:
        raise InvalidValue(
            gettext("A genre's weight is a share above 0 and up to 1, not {weight}.").format(
                weight=weight
            )
        )
    return weight


def shown(text: str) -> str:
    """Quote a text for a message: short, and without signs that would upset a terminal."""
    short = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    return "“" + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short) + "”"
