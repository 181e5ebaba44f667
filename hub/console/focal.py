"""The focal point set by clicking: a picture with a cross, and its cuts beside it.

It works on two number fields that stay on the page, and shows nothing without its script.
"""

from __future__ import annotations

from django.forms import Media
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from content.media.models import Asset
from content.media.renditions import urls_of

# what a page with a stage loads
FOCAL_MEDIA = Media(css={"all": ["console/focal.css"]}, js=["console/focal.js"])


def focal_stage(
    asset: Asset, *, x: str = "id_focal_x", y: str = "id_focal_y", editable: bool = True
) -> SafeString:
    """Draw the stage for a picture; ``x`` and ``y`` are the ids of its number fields."""
    context = {
        "asset": asset,
        "small": urls_of(asset).get("thumb-320") or asset.file.url,
        "x": x,
        "y": y,
        "editable": editable,
    }
    return render_to_string("console/focal.html", context)
