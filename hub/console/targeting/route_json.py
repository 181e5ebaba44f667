"""Where a post goes and why, for machines: each channel with its tree, a page at a time."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from content.editorial.models import Post
from content.editorial.shares import shares_of
from hub.console.editor.asked_channels import seen_keys
from hub.console.people import acting
from spokes.audiences.facts import facts_of
from spokes.audiences.routing import RoutingTable, overrides_of, with_obstacles
from spokes.channels.models import Channel

# channels on a page, where nothing else is asked for; and at most
PAGE, MOST = 300, 1_000
YES, NO = "yes", "no"


class Question(forms.Form):
    """Which channels are asked about; ``channel`` may come more than once."""

    goes = forms.ChoiceField(choices=[(YES, YES), (NO, NO)], required=False)
    after = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
    limit = forms.IntegerField(min_value=1, max_value=MOST, required=False)


def json_view(request: HttpRequest, post: Post) -> JsonResponse:
    """Answer for the channels that the person sees; 400 for a question that can't be read."""
    question = Question(request.GET)
    if not question.is_valid():
        return _said({"errors": question.errors.get_json_data()}, status=400)
    asked = question.cleaned_data
    table, facts = RoutingTable.load([]), facts_of(post)
    overrides = overrides_of([post]).get(post.pk, {})
    keys = seen_keys(acting(request), table)
    going = table.takers(facts, overrides) & keys
    wanted = {YES: going, NO: keys - going}.get(asked["goes"], keys) & _named(request, keys)
    page = heapq.nsmallest(
        asked["limit"] or PAGE, (pk for pk in wanted if pk > (asked["after"] or 0))
    )
    channels = Channel.objects.filter(pk__in=page).only("slug").order_by("pk")
    routes = table.over(channels).route_all(facts, overrides)
    return _said(
        {
            "post": post.pk,
            "title": post.title,
            "genres": [one.as_dict() for one in shares_of(post)],
            "channels": len(keys),
            "going": len(going),
            "routes": [route.as_dict() for route in with_obstacles(post, routes, timezone.now())],
            "next": _next(request, page, wanted),
        }
    )


def _named(request: HttpRequest, keys: set[int]) -> set[int]:
    """Name the channels that the address names by their slugs; all, where it names none."""
    slugs = request.GET.getlist("channel")[:MOST]
    if not slugs:
        return keys
    return set(Channel.objects.filter(slug__in=slugs).order_by().values_list("pk", flat=True))


def _next(request: HttpRequest, page: Sequence[int], wanted: Collection[int]) -> str | None:
    """Give the address of the next page; None after the last."""
    if not page or max(wanted) <= page[-1]:
        return None
    rest = request.GET.copy()
    rest["after"] = str(page[-1])
    return request.build_absolute_uri(f"{request.path}?{rest.urlencode()}")


def _said(answer: dict[str, object], status: int = 200) -> JsonResponse:
    shown = {"ensure_ascii": False, "indent": 2}
    return JsonResponse(answer, json_dumps_params=shown, status=status)
