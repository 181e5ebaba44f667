"""How far the house has come: what the wizard and the checklist of newcomers show."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from content.editorial.models import Post
from hub.delivery.models import Delivery
from hub.delivery.states import State
from spokes.channels.models import Hub, Spoke

STEPS = ("hub", "genres", "spokes", "people", "done")


@dataclasses.dataclass(frozen=True)
class Item:
    label: str
    hint: str
    url: str
    done: bool


@dataclasses.dataclass(frozen=True)
class Progress:
    named: bool
    spokes: bool
    people: bool
    written: bool
    live: bool
    settled: bool

    @property
    def is_complete(self) -> bool:
        return all((self.named, self.spokes, self.people, self.written, self.live))

    @property
    def is_shown(self) -> bool:
        return not self.settled and not self.is_complete

    @property
    def items(self) -> list[Item]:
        return [
            Item(
                _("Name the hub"),
                _("What the front page is called, and its colour."),
                reverse("welcome:hub"),
                self.named,
            ),
            Item(
                _("Open your spokes"),
                _("Pick genres; each gets its own site and weekly times."),
                reverse("welcome:genres"),
                self.spokes,
            ),
            Item(
                _("Invite somebody"),
                _people_hint(),
                reverse("welcome:people"),
                self.people,
            ),
            Item(
                _("Write your first post"),
                _("A title is enough to begin with."),
                reverse("admin:editorial_post_add"),
                self.written,
            ),
            Item(
                _("See it go live"),
                _("Have it approved, then schedule it."),
                reverse("admin:editorial_post_changelist"),
                self.live,
            ),
        ]

    @property
    def done_count(self) -> int:
        return sum(item.done for item in self.items)


def load_progress(user: User) -> Progress:
    """Ask all in one query."""
    row = (
        User.objects.filter(pk=user.pk)
        .annotate(
            named=Exists(Hub.objects.all()),
            settled=Exists(Hub.objects.filter(settled_in_at__isnull=False)),
            spokes=Exists(Spoke.objects.all()),
            people=Exists(User.objects.filter(is_active=True).exclude(pk=user.pk)),
            written=Exists(Post.objects.all()),
            live=Exists(Delivery.objects.filter(state=State.LIVE)),
        )
        .values("named", "spokes", "people", "written", "live", "settled")
        .get()
    )
    # who works alone, and may, lacks nobody
    row["people"] = row["people"] or not settings.FOUR_EYES
    return Progress(**row)


def _people_hint() -> str:
    if settings.FOUR_EYES:
        return _("Nobody approves their own post, so it takes two.")
    return _("Whenever you like: here you may approve your own posts.")
