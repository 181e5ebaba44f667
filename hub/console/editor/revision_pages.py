"""The page that lists a post's revisions, compares any two and brings one back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from content.editorial.actions import restore_revision
from content.editorial.models import Post, PostRevision
from hub.console.editor.compare import compare
from hub.console.editor.forms import hidden_targets
from hub.console.people import WRITE, acting, require
from hub.console.refusals import REFUSALS, words
from hub.people.redaction import known_channels

# beyond it nobody looks; the audit log has every change
SHOWN = 200


def revisions_view(
    request: HttpRequest, post: Post, site: AdminSite, may_change: bool
) -> HttpResponse:
    """Compare ``?from=`` with ``?to=``: by default the newest with the one before."""
    revisions = list(post.revisions.select_related("saved_by").defer("content")[:SHOWN])
    numbers = [revision.number for revision in revisions]
    newer = _number(request, "to", numbers[0] if numbers else 0)
    older = _number(request, "from", next((n for n in numbers if n < newer), newer))
    older, newer = sorted((older, newer))
    contents = dict(
        post.revisions.filter(number__in=[older, newer]).values_list("number", "content")
    )
    known = known_channels(request.user)
    if known is not None:
        contents = {number: known.facts(content) for number, content in contents.items()}
    differences = (
        compare(contents[older], contents[newer]) if {older, newer} <= contents.keys() else []
    )
    context = {
        **site.each_context(request),
        "title": _("Revisions"),
        "subtitle": str(post),
        "post": post,
        "revisions": revisions,
        "older": older,
        "newer": newer,
        "differences": differences,
        "may_change": may_change,
        "back": _page_of(post),
    }
    return TemplateResponse(request, "console/post_revisions.html", context)


def restore_view(request: HttpRequest, post: Post, number: int) -> HttpResponse:
    require(request, WRITE)
    back = reverse("admin:editorial_post_revisions", args=[post.pk])
    seen = request.POST.get("seen", "")
    try:
        gone = restore_revision(
            post=post,
            number=number,
            actor=acting(request),
            expected_revision=int(seen) if seen.isdecimal() else None,
            untouched=hidden_targets(acting(request)),
        )
    except PostRevision.DoesNotExist:
        raise Http404 from None
    except REFUSALS as refusal:
        messages.error(request, words(refusal))
        return HttpResponseRedirect(back)
    messages.success(request, _("Revision %(number)s is back.") % {"number": number})
    if gone:
        names = ", ".join(gone)
        messages.warning(request, _("Left out, for they are gone: %(names)s.") % {"names": names})
    return HttpResponseRedirect(_page_of(post))


def _page_of(post: Post) -> str:
    return reverse("admin:editorial_post_change", args=[post.pk])


def _number(request: HttpRequest, name: str, default: int) -> int:
    asked = request.GET.get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else default
