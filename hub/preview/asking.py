"""What somebody wants to see: read from an address, and written into the next one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from hub.preview.when import Moment, local_text

SHORT, LONG = 14, 30
# minutes from one stop of the slider to the next
STEP = 15
SIDES = ("", "widths", "moments")


@dataclasses.dataclass(frozen=True)
class Ask:
    """A place (or a post on it) at a moment; ``other`` is the one beside it."""

    place: str
    post: str
    moment: Moment
    other: Moment
    # drafts, posts in review and what will be stopped are shown, too
    drafts: bool
    side: str
    days: int
    number: int

    @classmethod
    def of(cls, query: Mapping[str, str], *, place: str, post: str, now: datetime) -> Ask:
        side, page = query.get("side", ""), query.get("page", "")
        return cls(
            place=place,
            post=post,
            moment=Moment.of(query, now),
            other=Moment.of(query, now, "at2"),
            drafts=query.get("drafts") == "1",
            side=side if side in SIDES else "",
            days=LONG if query.get("days") == str(LONG) else SHORT,
            number=int(page) if page.isdecimal() and page.isascii() and 0 < len(page) < 3 else 1,
        )

    @property
    def zone(self) -> str:
        return self.moment.zone

    def url(self, *, place: str = "", post: str | None = None, **changes: Any) -> str:
        """Spell the address of this, or of something near it."""
        path = f"/preview/{place or self.place}/"
        name = self.post if post is None else post
        if name:
            path += f"{name}/"
        pairs = {
            "at": "" if self.moment.is_now else self.moment.local,
            "zone": self.zone,
            "drafts": "1" if self.drafts else "",
            "side": self.side,
            "at2": self.other.local if self.side == "moments" else "",
            "days": str(self.days) if self.days != SHORT else "",
            **changes,
        }
        query = urlencode({name: value for name, value in pairs.items() if value}, safe=":/")
        return f"{path}?{query}" if query else path

    def url_at(self, at: datetime | None) -> str:
        """Spell the address of the same at another moment; None is now."""
        return self.url(at=local_text(at, self.zone) if at else "")

    def frame_url(self, moment: Moment) -> str:
        """Spell the address of the page alone, as the frame shows it."""
        at = "" if moment.is_now else moment.local
        page = str(self.number) if self.number > 1 else ""
        return self.url(at=at, page=page, frame="1", side="", at2="", days="")


def slider_start(now: datetime) -> datetime:
    """Begin at the quarter of the hour, so that the slider stops at round times."""
    return now.replace(minute=now.minute - now.minute % STEP, second=0, microsecond=0)


def minutes_ahead(at: datetime, now: datetime, days: int) -> int:
    """Place a moment on the slider, at its nearest stop not before it."""
    minutes = (at - slider_start(now)) / timedelta(minutes=1)
    if at <= now:
        return 0
    return min(-int(-minutes // STEP) * STEP, days * 24 * 60)
