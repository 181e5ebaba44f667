"""What an expression takes of the posts of late, and what it just misses."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from content.editorial.models import Post
from hub.console.people import acting
from hub.console.targeting.sentences import sentence
from hub.console.targeting.whatif import WhatIf, if_audience_said
from hub.people.scope import visible
from spokes.audiences.explain import GenreTree, explain
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.language import And, Expression, Not, Or, Term, check, predicate
from spokes.audiences.models import Audience

LOOKED_BACK = timedelta(days=90)
# the latest ones; beyond them nobody waits for an answer while typing
MOST_POSTS = 3000
EXAMPLES = 5


@dataclasses.dataclass(frozen=True)
class Lately:
    """The posts that an answer is about, the newest first, and what is known of them."""

    posts: list[Post]
    is_cut: bool = False

    @cached_property
    def facts(self) -> Mapping[int, PostFacts]:
        return facts_of_many(self.posts)


@dataclasses.dataclass(frozen=True)
class Example:
    post: Post
    reason: str


@dataclasses.dataclass(frozen=True)
class Answer:
    number: int
    total: int
    matching: list[Example]
    # they come nearest of all that it does not take
    missing: list[Example]
    is_cut: bool = False

    @property
    def percent(self) -> int:
        """Give a share that is 0 and 100 for none and all alone."""
        if not self.total or self.number in {0, self.total}:
            return 100 if self.number else 0
        return min(99, max(1, round(100 * self.number / self.total)))


def lately(user: User, now: datetime) -> Lately:
    """Read the posts of the last 90 days that the person sees, without their texts."""
    rows = visible(user, Post.objects.filter(updated_at__gte=now - LOOKED_BACK))
    found = list(rows.defer("body", "body_html", "teaser")[: MOST_POSTS + 1])
    return Lately(found[:MOST_POSTS], is_cut=len(found) > MOST_POSTS)


def answer(expression: Expression, posts: Lately) -> Answer:
    """Count what it takes, with examples; what it misses by least is explained, too."""
    facts, tree = posts.facts, GenreTree()
    holds = predicate(expression)
    taken = [post for post in posts.posts if holds(facts[post.pk])]
    ids = {post.pk for post in taken}
    others = [post for post in posts.posts if post.pk not in ids]
    measure = _Distance()
    near = heapq.nsmallest(
        EXAMPLES, others, key=lambda post: measure.to(expression, facts[post.pk])
    )

    def example(post: Post) -> Example:
        return Example(post, explain(expression, facts[post.pk], tree).reason())

    return Answer(
        number=len(taken),
        total=len(posts.posts),
        matching=[example(post) for post in taken[:EXAMPLES]],
        missing=[example(post) for post in near],
        is_cut=posts.is_cut,
    )


class _Distance:
    """How many terms would have to be otherwise for a post to be taken."""

    def __init__(self) -> None:
        self._tests: dict[Term, Any] = {}

    def to(self, expression: Expression, facts: PostFacts, *, wanted: bool = True) -> int:
        match expression:
            case Term():
                test = self._tests.get(expression) or predicate(expression)
                self._tests[expression] = test
                return int(test(facts) is not wanted)
            case Not(operand):
                return self.to(operand, facts, wanted=not wanted)
            case And(operands) | Or(operands):
                steps = [self.to(operand, facts, wanted=wanted) for operand in operands]
                return sum(steps) if isinstance(expression, And) is wanted else min(steps)


@require_POST
def answer_view(request: HttpRequest) -> HttpResponse:
    """Answer for the text of the form: a part for the script, a page for those without."""
    audience = _named(request)
    text = request.POST.get("expression", "")
    context = _answered(acting(request), text, audience)
    if request.headers.get("X-Requested-With") == "fetch":
        return TemplateResponse(request, "console/audiences/answer.html", context)
    read = check(text).expression
    page = {
        **admin.site.each_context(request),
        **context,
        "title": _("What it takes"),
        "expression": text,
        "sentence": sentence(read) if read else "",
        "errors": check(text).errors,
    }
    return TemplateResponse(request, "console/audiences/answer_page.html", page)


def context_of(request: HttpRequest, audience: Audience | None, form: Any) -> dict[str, Any]:
    """Answer beside the form as it comes to the browser."""
    text = form["expression"].value() if "expression" in form.fields else ""
    if not text and audience is not None:
        text = audience.expression
    read = check(str(text or "")).expression
    return {
        **_answered(acting(request), str(text or ""), audience),
        "sentence": sentence(read) if read else "",
        "used_by": _used_by(request, audience),
    }


def _answered(user: User, text: str, audience: Audience | None) -> dict[str, Any]:
    expression = check(text).expression if text.strip() else None
    if expression is None:
        return {"answer": None, "whatif": None}
    posts = lately(user, timezone.now())
    return {
        "answer": answer(expression, posts),
        "whatif": _whatif(user, text, audience, posts),
    }


def _whatif(user: User, text: str, audience: Audience | None, posts: Lately) -> WhatIf | None:
    if audience is None or text.strip() == audience.expression:
        return None
    return if_audience_said(user, audience, text, posts.posts, posts.facts)


def _used_by(request: HttpRequest, audience: Audience | None) -> list[Any]:
    if audience is None:
        return []
    user = acting(request)
    spokes = visible(user, audience.spokes.all())
    channels = visible(user, audience.channels.all())
    return [*spokes, *channels]


def _named(request: HttpRequest) -> Audience | None:
    key = request.POST.get("audience", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    found: Audience | None = visible(acting(request), Audience.objects.all()).filter(pk=key).first()
    return found
