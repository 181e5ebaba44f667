"""What was typed and not saved: kept for its writer until it is saved or thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST

from content.editorial.fields import MAX_BODY
from content.editorial.models import Post
from hub.console.editor.merged import follow_merged
from hub.console.models import Autosave
from hub.console.people import acting

# of no use when the form is opened again
PASSING = {"csrfmiddlewaretoken", "revision", "kept_at"}
# characters; a body at its limit with ten long variants has half of it
MOST = MAX_BODY * 3


class TooMuch(Exception):
    """This is longer than any post may be."""


class KeptElsewhere(Exception):
    """Another window of the same person has kept something since."""


@transaction.atomic
def keep(
    *,
    owner: User,
    post: Post | None,
    revision: int,
    form: Mapping[str, list[str]],
    seen_at: datetime | None,
    now: datetime,
) -> Autosave:
    """Keep the form over what this window kept before; ``seen_at`` is when that was.

    Raises KeptElsewhere when another window was faster, and TooMuch.
    """
    if sum(len(value) for values in form.values() for value in values) > MOST:
        raise TooMuch
    kept = Autosave.objects.select_for_update().filter(owner=owner, post=post).first()
    if kept is None:
        kept = Autosave(owner=owner, post=post)
    elif seen_at is None or abs((kept.saved_at - seen_at).total_seconds()) > 0.001:
        raise KeptElsewhere
    kept.revision, kept.form, kept.saved_at = revision, dict(form), now
    kept.save()
    return kept


def forget(*, owner: User, post: Post | None) -> None:
    Autosave.objects.filter(owner=owner, post=post).delete()


def kept_for(owner: User, post: Post | None) -> Autosave | None:
    return Autosave.objects.filter(owner=owner, post=post).first()


def as_posted(kept: Autosave) -> QueryDict:
    """Give the kept form as a browser would send it."""
    data = QueryDict(mutable=True)
    for name, values in kept.form.items():
        data.setlist(name, follow_merged(values) if name == "artists" and values else values)
    data["revision"] = str(kept.revision or "")
    return data


@require_POST
def autosave_view(request: HttpRequest, saved: Post | None) -> JsonResponse:
    """Keep what was typed (or, with ``forget``, throw it away) and say when."""
    owner = acting(request)
    if "forget" in request.POST:
        forget(owner=owner, post=saved)
        return JsonResponse({"kept_at": ""})
    seen = request.POST.get("kept_at", "")
    revision = request.POST.get("revision", "")
    try:
        kept = keep(
            owner=owner,
            post=saved,
            revision=int(revision) if revision.isdecimal() else 0,
            form={name: values for name, values in request.POST.lists() if name not in PASSING},
            seen_at=datetime.fromisoformat(seen) if seen else None,
            now=timezone.now(),
        )
    except KeptElsewhere:
        return JsonResponse({"elsewhere": True}, status=409)
    except (TooMuch, ValueError):
        return JsonResponse({"too_much": True}, status=413)
    newer = saved is not None and saved.revision != kept.revision
    return JsonResponse({"kept_at": kept.saved_at.isoformat(), "newer": newer})
