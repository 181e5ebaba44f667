"""Who gets what: the report of ``spokes.audiences.coverage`` for what the person sees."""

from __future__ import annotations

import dataclasses

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from content.editorial.models import Post
from hub.console.people import require
from hub.people.scope import visible
from spokes.audiences.coverage import Coverage, Fed, cover
from spokes.audiences.models import Audience
from spokes.channels.models import Spoke

SEE = "audiences.view_audience"
# the newest ones: somebody waits for the page
MOST_POSTS = 5_000
# a wider table can't be read
MOST_SPOKES = 24


@dataclasses.dataclass(frozen=True)
class FedLine:
    """A spoke with its bar; the longest is 100."""

    fed: Fed
    percent: int


@dataclasses.dataclass(frozen=True)
class OverlapLine:
    """Of the posts of one spoke, the percentage that each of the others gets, too."""

    spoke: Spoke
    cells: list[tuple[Spoke, int | None]]


def fed_lines(found: Coverage) -> list[FedLine]:
    most = max((one.posts for one in found.fed), default=0) or 1
    return [FedLine(one, round(100 * one.posts / most)) for one in found.fed]


def overlap_lines(found: Coverage) -> list[OverlapLine]:
    """Lay the pairs out as a table of the spokes that get most, by name."""
    fed = sorted(found.fed[-MOST_SPOKES:], key=lambda one: one.spoke.name)
    shared = {frozenset(spoke.pk for spoke in pair.spokes): pair.posts for pair in found.overlaps}

    def share(one: Fed, other: Fed) -> int | None:
        if one is other or not one.posts:
            return None
        return round(100 * shared.get(frozenset({one.spoke.pk, other.spoke.pk}), 0) / one.posts)

    return [
        OverlapLine(one.spoke, [(other.spoke, share(one, other)) for other in fed]) for one in fed
    ]


@require_GET
def coverage_view(request: HttpRequest) -> HttpResponse:
    user = require(request, SEE)
    found = cover(
        now=timezone.now(),
        posts=visible(user, Post.objects.all()),
        spokes=visible(user, Spoke.objects.all()),
        audiences=visible(user, Audience.objects.all()),
        most=MOST_POSTS,
    )
    page = {
        **admin.site.each_context(request),
        "title": _("Coverage"),
        "coverage": found,
        "fed": fed_lines(found),
        "starving": sum(one.starves for one in found.fed),
        "overlaps": overlap_lines(found),
        "may_ask": user.has_perm("audiences.add_audience"),
        "more_lost": found.nowhere_number - len(found.nowhere),
    }
    return TemplateResponse(request, "console/audiences/coverage.html", page)
