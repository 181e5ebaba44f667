"""Two people changed one post: what the other one saved, beside what is in the form."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from content.editorial.exceptions import PostInvalid
from content.editorial.fields import WRITABLE, clean_fields
from content.editorial.history import Facts, facts, written_facts
from content.editorial.models import Post, PostRevision
from content.editorial.revisions import differing_fields
from hub.console.editor.compare import Difference, compare
from hub.people.redaction import known_channels


@dataclasses.dataclass(frozen=True)
class Conflict:
    # from what is saved now to what is in the form
    differences: list[Difference]
    # fields that both have changed: saving mine takes theirs away
    both: frozenset[str]
    # who saved last; None when it is not known
    theirs: PostRevision | None


def conflict_of(
    post: Post, seen: int, fields: Mapping[str, Any], *, person: User
) -> Conflict | None:
    """Compare the form's fields, opened at revision ``seen``, with what is saved now.

    What is said on channels that the person does not see is left out.
    """
    try:
        mine = written_facts(clean_fields(fields, Post()))
    except PostInvalid:
        return None
    theirs = facts(Post.objects.get(pk=post.pk), WRITABLE)
    base = _content(post, seen)
    if known := known_channels(person):
        mine, theirs = known.facts(mine), known.facts(theirs)
        base = known.facts(base) if base is not None else None
    both = set(differing_fields(theirs, mine))
    if base is not None:
        both &= set(differing_fields(base, theirs))
        both &= set(differing_fields(base, mine))
    newest = post.revisions.select_related("saved_by").first()
    return Conflict(compare(theirs, mine), frozenset(both), newest)


def own_changes(post: Post, seen: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of the form what its writer has changed since revision ``seen``: the rest is theirs."""
    base = _content(post, seen)
    if base is None:
        return dict(fields)
    mine = written_facts(clean_fields(fields, Post()))
    return {name: fields[name] for name in differing_fields(base, mine) if name in fields}


def _content(post: Post, number: int) -> Facts | None:
    return post.revisions.filter(number=number).values_list("content", flat=True).first()
