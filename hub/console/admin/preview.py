"""Share links: who was sent what, who came, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from content.editorial.models import Post
from hub.console.admin.base import ReadOnlyAdmin, moment_column
from hub.console.moments import moment, relative
from hub.console.people import full_name, require
from hub.console.preview_links import SHARE
from hub.console.refusals import words
from hub.console.steps import Step
from hub.console.typed import display
from hub.people.scope import spokes_of, visible
from hub.preview.actions import NewShareLink, Window, create_share_link, revoke_share_link
from hub.preview.exceptions import PreviewError
from hub.preview.forms import ShareForm
from hub.preview.homes import home_of
from hub.preview.models import ShareLink
from spokes.channels.models import Spoke
from spokes.site.places import Place, absolute, load_places

# a link's page shows this many visits
SHOWN_VISITS = 100
STATE_COLOURS: dict[str, str] = {
    ShareLink.State.OPEN: "success",
    ShareLink.State.REVOKED: "danger",
}


def _is_open(link: ShareLink) -> bool:
    return link.state_at(timezone.now()) == ShareLink.State.OPEN


def _revoke(link: ShareLink, actor: User, answers: dict[str, Any]) -> str:
    revoke_share_link(link=link, actor=actor)
    return gettext("The link is closed. Whoever opens it reads that it was taken back.")


REVOKE = Step(
    name="revoke",
    label=_("Take it back"),
    permission="preview.change_sharelink",
    perform=_revoke,
    applies=_is_open,
    tone="danger",
)


class LinkStateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return ShareLink.State.choices

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ShareLink]
    ) -> QuerySet[ShareLink] | None:
        now = timezone.now()
        narrowed: dict[str | None, QuerySet[ShareLink]] = {
            "open": queryset.open(now),  # type: ignore[attr-defined]  # a word of ShareLinkQuerySet
            "expired": queryset.expired(now),  # type: ignore[attr-defined]  # a word of ShareLinkQuerySet
            "revoked": queryset.revoked(),  # type: ignore[attr-defined]  # a word of ShareLinkQuerySet
        }
        return narrowed.get(self.value())


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    steps = (REVOKE,)
    list_display = [
        "what",
        "label",
        "state_label",
        "visit_number",
        "last_visit",
        "expires",
        "sent_by",
    ]
    list_filter = [LinkStateFilter]
    search_fields = ["label", "post__title", "spoke__name"]
    when_empty = _("No links yet. Share a post from its page, or what is coming on a spoke.")
    fields = ("what", "label", "state_words", "window", "expires", "created", "sent_by")
    readonly_fields = ("what", "label", "state_words", "window", "expires", "created", "sent_by")
    change_form_outer_after_template = "preview/console_visits.html"
    expires = moment_column("expires_at", _("Expires"))
    created = moment_column("created_at", _("Made"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShareLink]:
        rows: Any = super().get_queryset(request)
        found: QuerySet[ShareLink] = rows.with_subject().with_visits()
        return found

    @display(description=_("Shows"))
    def what(self, link: ShareLink) -> str:
        return link.subject

    @display(description=_("State"), label=STATE_COLOURS)
    def state_label(self, link: ShareLink) -> tuple[str, str]:
        state = link.state_at(timezone.now())
        return state, str(state.label)

    @display(description=_("State"))
    def state_words(self, link: ShareLink) -> str:
        return str(link.state_at(timezone.now()).label)

    @display(description=_("Visits"), ordering="visit_count")
    def visit_number(self, link: Any) -> int:
        return int(link.visit_count)

    @display(description=_("Last visit"), ordering="last_visit_at")
    def last_visit(self, link: Any) -> str:
        return relative(link.last_visit_at, timezone.now()) if link.last_visit_at else "–"

    @display(description=_("Sent by"), ordering="created_by")
    def sent_by(self, link: ShareLink) -> str:
        return full_name(link.created_by)

    @display(description=_("What is shown"))
    def window(self, link: ShareLink) -> str:
        if not (link.starts_at and link.ends_at):
            return gettext("The post’s newest revision, until it is published")
        return gettext("What goes live from %(start)s to %(end)s") % {
            "start": moment(link.starts_at),
            "end": moment(link.ends_at),
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(SHARE))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        link = self.get_object(request, object_id)
        shown = {"visits": link.visits.all()[:SHOWN_VISITS]} if link is not None else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for whom; the answer shows the link, once."""
        actor = require(request, SHARE)
        post = _post_asked_for(request, actor)
        places = load_places()
        keys = spokes_of(actor)
        own = [place for place in places.everywhere if keys is None or place.pk in keys]
        wanted = request.GET.get("place", "")
        if post is not None and not wanted:
            home = home_of(post, places, actor)
            wanted = home.slug if home else ""
        form = ShareForm(
            request.POST if request.method == "POST" else None,
            places=own,
            for_post=post is not None,
            initial={"place": wanted},
        )
        made = None
        if request.method == "POST" and form.is_valid():
            place = next(place for place in own if place.slug == form.cleaned_data["place"])
            try:
                made = _share(actor, post, place, form)
            except PreviewError as refusal:
                form.add_error(None, words(refusal))
        return self._answer(request, form, post, made)

    def _answer(
        self, request: HttpRequest, form: ShareForm, post: Post | None, made: NewShareLink | None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Share a preview"),
            "opts": self.opts,
            "form": form,
            "media": form.media,
            "post": post,
            "made": made.link if made else None,
            "url": absolute(f"/share/{made.token}/") if made else "",
        }
        response = TemplateResponse(request, "preview/console_share.html", context)
        add_never_cache_headers(response)
        return response


def _post_asked_for(request: HttpRequest, user: User) -> Post | None:
    """Find the post named in the address or the form; None when none is. Raises Http404."""
    key = request.POST.get("post") or request.GET.get("post") or ""
    if not key:
        return None
    rows = visible(user, Post.objects.all())
    post: Post | None = rows.filter(pk=int(key[:15]) if key.isdecimal() else 0).first()
    if post is None:
        raise Http404
    return post


def _share(actor: User, post: Post | None, place: Place, form: ShareForm) -> NewShareLink:
    now = timezone.now()
    window = None
    if post is None:
        window = Window(now, now + timedelta(days=form.cleaned_data["window"]))
    return create_share_link(
        actor=actor,
        label=form.cleaned_data["label"],
        post=post,
        spoke=Spoke.objects.get(pk=place.pk) if place.pk else None,
        window=window,
        days=form.cleaned_data["days"],
        now=now,
    )
