"""Every button that a person may press while workers are in the middle of something."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from hypothesis import strategies as st
from hypothesis.stateful import rule

from content.catalogue.models import Artist
from content.editorial.exceptions import EditorialError
from content.editorial.models import Post
from hub.delivery import actions, waves
from hub.delivery.exceptions import NotPossibleNow
from hub.delivery.models import Delivery
from hub.delivery.states import State
from hub.schedule.actions import plan_again, unschedule_delivery, withdraw_post
from hub.schedule.exceptions import ScheduleError
from tests.hub.delivery.promised import Promised

# what a person is told when something can't be done as things stand
TOLD = (NotPossibleNow, ScheduleError, EditorialError)

picks = st.integers(0, 5)
posts = st.integers(0, 2)
faces = st.sampled_from(["key", "forgetful", "lookup", "none"])


class Buttons(Promised):
    """What people do that stops, changes or hastens what is on its way."""

    # rows as a person's page showed them some time ago
    seen: dict[int, Delivery]

    def _pick(self, pick: int, late: bool, **wanted: Any) -> Delivery | None:
        """Return one of these, as it is now or as a page showed it some time ago."""
        rows = Delivery.objects.filter(**wanted).exclude(state=State.CANCELLED)
        rows = rows.select_related("post", "channel", "target")
        found = list(rows.order_by("pk"))
        if not found:
            return None
        fresh = found[pick % len(found)]
        return self.seen.get(fresh.pk, fresh) if late else fresh

    @contextlib.contextmanager
    def person_acts(self) -> Iterator[None]:
        self.hand = "person"
        with contextlib.suppress(*TOLD):
            yield

    @rule(post=posts)
    def withdraw_everywhere(self, post: int) -> None:
        with self.person_acts():
            withdraw_post(post=self.posts[post], actor=self.person)

    @rule(pick=picks, late=st.booleans())
    def unschedule(self, pick: int, late: bool) -> None:
        if delivery := self._pick(pick, late, state__in=(State.SCHEDULED, State.WAITING)):
            with self.person_acts():
                unschedule_delivery(delivery=delivery, actor=self.person)

    @rule(pick=picks)
    def undo(self, pick: int) -> None:
        """Plan again what was cancelled, as the button beside the message does."""
        cancelled = Delivery.objects.filter(state=State.CANCELLED, kind="publish").order_by("pk")
        found = list(cancelled.select_related("post", "channel"))
        if found:
            with self.person_acts():
                plan_again(delivery=found[pick % len(found)], actor=self.person)

    @rule(face=faces, drop=st.booleans())
    def release_or_drop_the_late(self, face: str, drop: bool) -> None:
        act = waves.drop_wave if drop else waves.release_wave
        with self.person_acts():
            act(channel=self.channels[face], actor=self.person, now=self.truth.now)

    @rule()
    def ban_the_artist(self) -> None:
        with self.person_acts():
            artist = Artist.objects.get()
            actions.hold(scope="artist", actor=self.person, reason="Stop.", artist=artist)

    @rule(post=posts, approved=st.booleans())
    def approve_or_not(self, post: int, approved: bool) -> None:
        """Take the approval away at the worst moment, or give it to changed words."""
        rows = Post.objects.filter(pk=self.posts[post].pk)
        if approved and rows.exclude(state="approved").update(
            state="approved", revision=F("revision") + 1
        ):
            rows.update(title=f"{self.posts[post].slug} {rows.get().revision}")
        elif not approved:
            rows.update(state="draft")

    @rule(post=posts, minutes=st.sampled_from([-1, 2, 20]))
    def move_the_expiry(self, post: int, minutes: int) -> None:
        at = self.truth.now + timedelta(minutes=minutes)
        Post.objects.filter(pk=self.posts[post].pk).update(expires_at=at, embargo_until=None)

    @rule(post=posts, minutes=st.sampled_from([None, 3]))
    def move_the_embargo(self, post: int, minutes: int | None) -> None:
        until = self.truth.now + timedelta(minutes=minutes) if minutes else None
        rows = Post.objects.filter(pk=self.posts[post].pk)
        if until:
            rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=until))
        rows.update(embargo_until=until)
