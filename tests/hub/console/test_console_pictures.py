"""The console's pictures: what each still needs, and the focal point."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from content.audit.models import AuditEntry
from content.media.actions import make_due_renditions, store_upload
from content.media.models import Asset, Rendition, RenditionState

LIST = reverse("admin:media_asset_changelist")


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def make_asset(db, now):
    def make(title: str, **fields: object) -> Asset:
        out = io.BytesIO()
        Image.new("RGB", (64, 36), (len(title), Asset.objects.count(), 0)).save(out, "PNG")
        upload = SimpleUploadedFile("a.png", out.getvalue())
        words = {"alt_text": f"What {title} shows", **fields}
        return store_upload(upload=upload, title=title, now=now, **words)

    return make


def shown(client, **query: str) -> list[str]:
    return [row.title for row in client.get(LIST, query).context["cl"].result_list]


def test_the_list_is_narrowed_to_what_needs_somebody(edith, make_asset, now) -> None:
    make_asset("Said")
    make_asset("Silent", alt_text="", decorative=True)
    make_due_renditions(now=now, limit=100)
    make_asset("Fresh")
    broken = make_asset("Broken")
    broken.renditions.update(state=RenditionState.FAILED)
    assert shown(edith, needs="words") == ["Silent"]
    assert shown(edith, needs="sizes") == ["Fresh"]
    assert shown(edith, needs="help") == ["Broken"]
    page = edith.get(LIST).content.decode()
    for words in ("Ready", "Being made", "Could not all be made", "marked as decorative"):
        assert words in page


def test_more_pictures_cost_no_more_queries(edith, make_asset) -> None:
    from django.db import connection

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            edith.get(LIST)
        return len(asked)

    make_asset("One")
    few = queries()
    for number in range(8):
        make_asset(f"More {number}" + "!" * number)
    assert queries() == few
    assert few <= 12


def test_the_focal_point_is_set_on_a_stage_beside_its_number_fields(edith, make_asset) -> None:
    asset = make_asset("A stage", focal_x=0.25, focal_y=0.75)
    url = reverse("admin:media_asset_change", args=[asset.pk])
    page = edith.get(url).content.decode()
    for part in ('data-x="id_focal_x"', 'data-start-y="0.75"', "console/focal.js", "id_focal_y"):
        assert part in page
    words = {"title": asset.title, "alt_text": asset.alt_text, "credit": ""}
    edith.post(url, {**words, "focal_x": "0.9", "focal_y": "0.1"})
    asset.refresh_from_db()
    assert (asset.focal_x, asset.focal_y) == (0.9, 0.1)
    assert asset.renditions.pending().exists()


def test_sizes_that_failed_are_shown_with_the_reason_and_made_again(edith, make_asset, now) -> None:
    asset = make_asset("A stage")
    failed = Rendition.objects.filter(asset=asset, name="card-640")
    failed.update(state=RenditionState.FAILED, error="OSError: disk full", tries=3)
    page = edith.get(reverse("admin:media_asset_change", args=[asset.pk])).content.decode()
    assert "disk full" in page
    assert "Make failed sizes again" in page
    edith.post(reverse("admin:media_asset_step", args=[asset.pk, "make-again"]))
    assert failed.get().state == RenditionState.PENDING
    entry = AuditEntry.objects.about(asset).newest_first()[0]
    assert (entry.code, entry.actor.username) == ("asset.sizes_retried", "edith")


def test_who_may_only_look_makes_nothing_again(signed_in, make_member, make_asset) -> None:
    asset = make_asset("A stage")
    asset.renditions.update(state=RenditionState.FAILED)
    nobody = signed_in(make_member("nora"))
    nobody.post(reverse("admin:media_asset_step", args=[asset.pk, "make-again"]))
    assert not asset.renditions.pending().exists()
