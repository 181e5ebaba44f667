"""The site at a moment to come: what is live today, with what is planned laid over it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from content.editorial.models import PostState
from hub.delivery.models import Kind
from hub.preview.planning import PlaceKey, Planned, Unplanned
from hub.preview.rows import ROW_FIELDS, Row, replace_row
from spokes.site.compose import HUB_STORIES, PlacePage, compose_place, upcoming
from spokes.site.models import Publication
from spokes.site.pages import MORE_FROM_HERE, PAGE_SIZE, Card, PostPage
from spokes.site.places import Place, Places, load_places_with_newest
from spokes.site.querysets import PublicationQuerySet

# pages of a stream that a preview looks at
LAST_PAGE = 10
# releases and shows that are read for the list of what is coming
MOST_COMING = 40

TellTime = Callable[[datetime], str]


@dataclasses.dataclass(frozen=True)
class Marked:
    """A row of a page, with the badge that tells what is not live yet."""

    row: Row
    mark: str = ""

    @property
    def order(self) -> tuple[datetime, int]:
        return self.row["published_at"], abs(self.row["pk"])

    def card(self, places: Places) -> Card:
        return Card.of(self.row, places, mark=self.mark)


class Future:
    """What planned changes make of the publications; reads them when a page asks."""

    def __init__(
        self,
        at: datetime,
        planned: Iterable[Planned],
        unplanned: Iterable[Unplanned] = (),
        *,
        tell: TellTime,
        with_stopped: bool = False,
    ) -> None:
        self.at = at
        self._tell = tell
        entries = list(planned)
        certain = [entry for entry in entries if not entry.stop]
        self._gone = {e.key for e in certain if e.delivery.kind == Kind.WITHDRAW}
        # of several edits the last counts
        self._edits = {e.key: e for e in certain if e.delivery.kind == Kind.EDIT}
        shown = entries if with_stopped else certain
        self._added = [self._of_planned(e) for e in shown if e.delivery.kind == Kind.PUBLISH]
        self._added += [self._of_unplanned(entry) for entry in unplanned]

    # --- rows -------------------------------------------------------------------------------

    def live(self) -> PublicationQuerySet:
        """Select the publications of today that will still be there."""
        live = Publication.objects.live(self.at)
        return live.exclude(key__in=self._gone) if self._gone else live

    def over(self, rows: Iterable[Row], place: PlaceKey) -> list[Marked]:
        """Lay what is planned on a place over its publications, the newest first."""
        found = [self._of_live(row) for row in rows]
        there = {marked.row["post_ref"] for marked in found}
        for marked in self._added_on(place):
            if marked.row["post_ref"] not in there:
                there.add(marked.row["post_ref"])
                found.append(marked)
        return sorted(found, key=lambda marked: marked.order, reverse=True)

    def _added_on(self, place: PlaceKey) -> list[Marked]:
        return [
            marked
            for marked in self._added
            if marked is not None
            and marked.row["spoke_id"] == place
            and marked.row["key"] not in self._gone
            and not (marked.row["expires_at"] and marked.row["expires_at"] <= self.at)
        ]

    def _of_live(self, row: Row) -> Marked:
        edit = self._edits.get(row["key"])
        if edit is None or edit.row is None:
            return Marked(row)
        mark = _("New wording %(time)s") % {"time": self._tell(edit.at)}
        return Marked(replace_row(row, edit.row), mark)

    def _of_planned(self, entry: Planned) -> Marked | None:
        if entry.row is None:
            return None
        edit = self._edits.get(entry.key)
        row = replace_row(entry.row, edit.row) if edit and edit.row else entry.row
        words = _("Will not go out") if entry.stop else _("Scheduled %(time)s")
        return Marked(row, words % {"time": self._tell(entry.at)})

    def _of_unplanned(self, entry: Unplanned) -> Marked:
        in_review = entry.post.state == PostState.IN_REVIEW
        return Marked(entry.row, _("In review") if in_review else _("Draft"))

    # --- pages ------------------------------------------------------------------------------

    def place_page(
        self, place: Place, places: Places, below: Sequence[Place], number: int
    ) -> PlacePage:
        """Compose a page of a spoke, or of the hub with what its spokes bring; few queries."""
        size = HUB_STORIES if place.is_hub else PAGE_SIZE
        start = 0 if number == 1 else size + PAGE_SIZE * (number - 2)
        stop = size if number == 1 else start + PAGE_SIZE
        here = self.live().on(place.pk)
        stream = self.over(here.values(*ROW_FIELDS)[: stop + 1], place.pk)
        elsewhere: list[Marked] = []
        coming = self._coming(place, here) if number == 1 else []
        if place.is_hub and number == 1:
            elsewhere, of_spokes = self._of_spokes(places)
            coming += of_spokes
        return compose_place(
            place,
            places,
            [marked.card(places) for marked in stream[start:stop]],
            elsewhere=[marked.card(places) for marked in elsewhere],
            coming=upcoming([marked.card(places) for marked in coming], self.at.date()),
            below=below,
            number=number,
            has_more=len(stream) > stop and number < LAST_PAGE,
        )

    def _coming(self, place: Place, here: PublicationQuerySet) -> list[Marked]:
        rows = here.coming(self.at.date()).values(*ROW_FIELDS)[:MOST_COMING]
        return self.over(rows, place.pk)

    def _of_spokes(self, places: Places) -> tuple[list[Marked], list[Marked]]:
        """Find the newest of each spoke, and what comes next on them."""
        _places, front = load_places_with_newest(self.at)
        rows = self.live().filter(pk__in=front.keys).values(*ROW_FIELDS)
        by_place: dict[int | None, list[Row]] = {place.pk: [] for place in places.spokes}
        for row in rows:
            by_place.setdefault(row["spoke_id"], []).append(row)
        marked = [self.over(by_place[place.pk], place.pk) for place in places.spokes]
        every = [entry for entries in marked for entry in entries]
        return every, every

    def post_page(self, marked: Marked, places: Places) -> PostPage:
        """Compose the page of a post with what stands around it."""
        card = marked.card(places)
        here = self.live().on(marked.row["spoke_id"])
        beside = self.over(here.values(*ROW_FIELDS)[: MORE_FROM_HERE + 1], marked.row["spoke_id"])
        others = [entry for entry in beside if entry.row["post_ref"] != card.post_ref]
        return PostPage(
            card=card,
            body_html=marked.row["body_html"],
            also_on=self._also_on(card, places),
            canonical_url=card.url,
            more=[entry.card(places) for entry in others[:MORE_FROM_HERE]],
        )

    def _also_on(self, card: Card, places: Places) -> list[tuple[Place, str]]:
        """List the other places where the post is or will be."""
        standing = self.live().filter(post_ref=card.post_ref)
        found = dict(standing.values_list("spoke_id", "slug"))
        for marked in self._added:
            if marked is not None and marked.row["post_ref"] == card.post_ref:
                found.setdefault(marked.row["spoke_id"], marked.row["slug"])
        return [
            (places.of(spoke_id), places.of(spoke_id).post_url(slug))
            for spoke_id, slug in found.items()
            if spoke_id != card.place.pk
        ]

    def find(self, place: Place, name: str) -> Marked | None:
        """Find a post on a place by its address there, or by its id."""
        rows = self.live().on(place.pk).filter(slug=name)
        found = self.over(rows.values(*ROW_FIELDS)[:1], place.pk)
        by_slug = [entry for entry in found if entry.row["slug"] == name]
        if by_slug or not name.isdecimal():
            return next(iter(by_slug), None)
        rows = self.live().on(place.pk).filter(post_ref=int(name[:15]))
        found = self.over(rows.values(*ROW_FIELDS)[:1], place.pk)
        return next((entry for entry in found if entry.row["post_ref"] == int(name[:15])), None)
