"""Choosing the hero without leaving the post: a grid to pick from, and an upload in place."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from content.media.actions import describe_asset, set_focal_point
from content.media.exceptions import MediaError
from content.media.forms import AssetForm
from content.media.models import Asset
from content.media.renditions import urls_of
from content.text import clean_line
from hub.console.people import acting, require
from hub.console.refusals import words
from hub.people.scope import may_change, visible

# thumbnails at once; the search finds the rest
SHOWN = 24
ADD = "media.add_asset"
CHANGE = "media.change_asset"


def pictures_view(request: HttpRequest) -> JsonResponse:
    """Answer ``?q=`` with pictures to choose from (GET), or store an upload (POST)."""
    if request.method == "POST":
        return _upload(request)
    rows = visible(acting(request), Asset.objects.all()).prefetch_related("renditions")
    for word in clean_line(request.GET.get("q", ""))[:200].split():
        rows = rows.filter(title__icontains=word) | rows.filter(alt_text__icontains=word)
    return JsonResponse({"results": [picture(asset) for asset in rows[:SHOWN]]})


def picture(asset: Asset) -> dict[str, Any]:
    """Say of a picture what the form shows; its renditions are read if not prefetched."""
    sizes = urls_of(asset)
    return {
        "id": str(asset.pk),
        "title": asset.title,
        "thumb": sizes.get("thumb-320") or asset.file.url,
        "url": sizes.get("card-640") or asset.file.url,
        "whole": asset.file.url,
        "alt": asset.alt_text,
        "decorative": asset.decorative,
        "credit": asset.credit,
        "licence": licence_of(asset),
        "width": asset.width,
        "height": asset.height,
        "x": asset.focal_x,
        "y": asset.focal_y,
    }


def licence_of(asset: Asset) -> str:
    """Say until when it may be shown, or why it may not be today; empty when for ever."""
    problem = asset.licence_problem(timezone.now().date())
    if problem or not asset.licence_until:
        return problem
    until = date_format(asset.licence_until, "SHORT_DATE_FORMAT")
    return gettext("May be shown until {day}.").format(day=until)


def _upload(request: HttpRequest) -> JsonResponse:
    require(request, ADD)
    data = request.POST.copy()
    upload = request.FILES.get("upload")
    if upload is not None and not isinstance(upload, list) and not data.get("title"):
        # what the file is called, until somebody says more
        data["title"] = str(upload.name).rsplit(".", 1)[0].replace("-", " ").replace("_", " ")[:200]
    form = AssetForm({"focal_x": "0.5", "focal_y": "0.5", **data.dict()}, request.FILES)
    if not form.is_valid():
        errors = {name: list(texts) for name, texts in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    return JsonResponse(picture(form.store(actor=acting(request))))


@require_POST
def describe_view(request: HttpRequest, asset_id: int) -> JsonResponse:
    """Save the words and the focal point of a picture, which are those of all its posts."""
    user = require(request, CHANGE)
    asset: Asset = get_object_or_404(visible(user, Asset.objects.all()), pk=asset_id)
    if not may_change(user, asset):
        raise PermissionDenied
    try:
        if "alt_text" in request.POST:
            asset = describe_asset(
                asset=asset,
                title=asset.title,
                alt_text=request.POST["alt_text"],
                decorative="decorative" in request.POST,
                credit=request.POST.get("credit", asset.credit),
                actor=user,
            )
        if "x" in request.POST:
            x, y = float(request.POST["x"]), float(request.POST.get("y", "0.5"))
            asset = set_focal_point(asset=asset, x=x, y=y, actor=user)
    except MediaError as refusal:
        return JsonResponse({"errors": {"alt_text": [words(refusal)]}}, status=422)
    except ValueError:
        return JsonResponse({"errors": {}}, status=422)
    return JsonResponse(picture(asset))
