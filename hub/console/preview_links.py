"""The ways from a row of the console to its preview."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from content.editorial.models import Post, PostState
from hub.console.people import acting
from hub.console.steps import Button
from spokes.channels.models import Spoke

SHARE = "preview.add_sharelink"


def post_buttons(request: HttpRequest, post: Post) -> list[Button]:
    """Offer to see a post on the site as it will be, and to share that by a link."""
    unfinished = post.state in {PostState.DRAFT, PostState.IN_REVIEW}
    buttons = [
        Button(
            gettext("Preview"),
            f"{reverse('preview:first')}?post={post.pk}{'&drafts=1' if unfinished else ''}",
            leads=True,
        )
    ]
    if post.state != PostState.ARCHIVED and acting(request).has_perm(SHARE):
        url = f"{reverse('admin:preview_sharelink_add')}?post={post.pk}"
        buttons.append(Button(gettext("Share a preview"), url, asks=True))
    return buttons


def spoke_buttons(request: HttpRequest, spoke: Spoke) -> list[Button]:
    """Offer to see a spoke as it will be, and to share what comes there."""
    buttons = [
        Button(
            gettext("Preview this spoke"), reverse("preview:place", args=[spoke.slug]), leads=True
        )
    ]
    if acting(request).has_perm(SHARE):
        url = f"{reverse('admin:preview_sharelink_add')}?place={spoke.slug}"
        buttons.append(Button(gettext("Share what is coming"), url, asks=True))
    return buttons
