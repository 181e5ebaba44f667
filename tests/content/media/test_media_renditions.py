from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from content.audit.models import AuditEntry
from content.media import actions
from content.media.actions import (
    announce_renditions,
    make_due_renditions,
    queue_missing_renditions,
    queue_renditions,
    remove_superseded_renditions,
    retry_renditions,
    set_focal_point,
)
from content.media.exceptions import FocalPointRefused
from content.media.forms import AssetForm
from content.media.models import Asset, Rendition, RenditionState
from content.media.renditions import (
    SPECS,
    Mode,
    Spec,
    crop_box,
    draw,
    key_of,
    open_for,
    target_size,
    urls_of,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def asset(make_asset, drawn, encoded, now) -> Asset:
    return make_asset(encoded(drawn(2000, 1500)), now=now)


def only(asset: Asset, name: str) -> Rendition:
    """Leave one pending rendition of the asset."""
    asset.renditions.exclude(name=name).delete()
    return asset.renditions.get()


def picture_of(rendition: Rendition) -> Image.Image:
    with rendition.file.open("rb") as source:
        image = Image.open(source)
        image.load()
        return image


def lose_file(asset: Asset) -> None:
    asset.file.storage.delete(asset.file.name)


def test_all_sizes_come_out_as_the_list_says(asset, now) -> None:
    assert make_due_renditions(now=now) == len(SPECS)
    made = {row.name: row for row in asset.renditions.ready()}
    for name, spec in SPECS.items():
        image = picture_of(made[name])
        assert image.format == spec.kind
        assert (made[name].width, made[name].height) == image.size
        assert made[name].key in made[name].file.name
        assert image.width <= spec.width
        assert image.height <= spec.height
    assert (made["wide-1200"].width, made["wide-1200"].height) == (1200, 630)
    assert (made["card-960"].width, made["card-960"].height) == (960, 540)
    assert (made["wide-1600"].width, made["wide-1600"].height) == (1600, 840)
    assert (made["thumb-320"].width, made["thumb-320"].height) == (320, 240)
    # 1500 pixels are too few for 1920: the right shape, not blown up
    assert (made["story-1080x1920"].width, made["story-1080x1920"].height) == (844, 1500)


def test_what_is_made_is_not_made_again(asset, now) -> None:
    make_due_renditions(now=now)
    queue_renditions(asset=asset, now=now)
    assert make_due_renditions(now=now + timedelta(days=1)) == 0
    assert asset.renditions.count() == len(SPECS)


def test_a_run_makes_no_more_than_its_limit(asset, now) -> None:
    assert make_due_renditions(now=now, limit=2) == 2


def test_urls_are_of_ready_renditions_alone(asset, now) -> None:
    assert urls_of(asset) == {}
    make_due_renditions(now=now, limit=1)
    [(name, url)] = urls_of(asset).items()
    assert name in SPECS
    assert url.startswith("/media/renditions/")


def test_urls_ask_the_database_nothing_when_prefetched(
    asset, now, django_assert_num_queries
) -> None:
    make_due_renditions(now=now)
    fetched = Asset.objects.prefetch_related("renditions").get()
    with django_assert_num_queries(0):
        assert set(urls_of(fetched)) == set(SPECS)


def test_a_new_focal_point_renews_what_is_cut_and_keeps_the_rest(asset, editor, now) -> None:
    make_due_renditions(now=now)
    set_focal_point(asset=asset, x=0.1, y=0.9, actor=editor, now=now)
    assert set(urls_of(asset)) == {"thumb-320"}
    assert make_due_renditions(now=now) == len(SPECS) - 1
    assert set(urls_of(asset)) == set(SPECS)
    entry = AuditEntry.objects.about(asset).newest_first()[0]
    assert entry.after == {"focal_x": 0.1, "focal_y": 0.9}


def test_going_back_to_an_old_focal_point_needs_no_work(asset, editor, now) -> None:
    make_due_renditions(now=now)
    old = urls_of(asset)
    set_focal_point(asset=asset, x=0.1, y=0.9, actor=editor, now=now)
    set_focal_point(asset=asset, x=0.5, y=0.5, actor=editor, now=now)
    assert urls_of(asset) == old


def test_work_for_a_focal_point_that_moved_on_is_dropped(asset, editor, now) -> None:
    rendition = only(asset, "card-640")
    set_focal_point(asset=asset, x=0.1, y=0.9, actor=editor, now=now)
    make_due_renditions(now=now)
    assert not Rendition.objects.filter(pk=rendition.pk).exists()
    assert set(urls_of(asset)) == set(SPECS)


@pytest.mark.parametrize(("x", "y"), [(2, 0), (0, -1)])
def test_a_focal_point_outside_is_refused(asset, editor, x, y) -> None:
    with pytest.raises(FocalPointRefused, match="fractions"):
        set_focal_point(asset=asset, x=x, y=y, actor=editor)


def test_the_cut_keeps_the_focal_point_in_sight(make_asset, drawn, encoded, now) -> None:
    asset = make_asset(encoded(drawn(2000, 1000)), focal_x=0.0, focal_y=0.0)
    rendition = only(asset, "story-1080x1920")
    make_due_renditions(now=asset.uploaded_at)
    rendition.refresh_from_db()
    image = picture_of(rendition)
    red, green, _ = image.getpixel((image.width - 5, 5))
    assert red > 200
    assert green < 60


def test_a_transparent_picture_stands_on_white_where_there_is_no_transparency(
    make_asset, encoded
) -> None:
    asset = make_asset(encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0))))
    rendition = only(asset, "square-1080")
    make_due_renditions(now=asset.uploaded_at)
    rendition.refresh_from_db()
    assert min(picture_of(rendition).getpixel((25, 25))) > 250


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
def test_extreme_shapes_have_all_their_sizes(make_asset, drawn, encoded, size) -> None:
    asset = make_asset(encoded(drawn(*size)))
    assert make_due_renditions(now=asset.uploaded_at) == len(SPECS)


# --- trying again -----------------------------------------------------------------------------


def test_a_failure_is_kept_and_tried_again_later(asset, now) -> None:
    rendition = only(asset, "card-640")
    lose_file(asset)
    assert make_due_renditions(now=now) == 0
    rendition.refresh_from_db()
    assert (rendition.state, rendition.tries) == (RenditionState.PENDING, 1)
    assert rendition.next_try_at == now + MINUTE
    assert "FileNotFoundError" in rendition.error
    make_due_renditions(now=now + MINUTE)
    rendition.refresh_from_db()
    assert rendition.next_try_at == now + 6 * MINUTE


def test_after_three_failures_it_stays_failed_until_a_person_asks(asset, now) -> None:
    rendition = only(asset, "card-640")
    lose_file(asset)
    for minutes in (0, 1, 6, 60, 600):
        make_due_renditions(now=now + minutes * MINUTE)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.tries) == (RenditionState.FAILED, 3)
    assert retry_renditions(asset=asset, now=now) == 1
    rendition.refresh_from_db()
    assert (rendition.state, rendition.tries) == (RenditionState.PENDING, 0)


def test_one_bad_picture_does_not_stop_the_others(asset, make_asset, now) -> None:
    other = make_asset(now=now + timedelta(seconds=1))
    lose_file(asset)
    assert make_due_renditions(now=now + MINUTE) == len(SPECS)
    assert set(urls_of(other)) == set(SPECS)


def test_a_row_that_another_worker_holds_is_left_alone(asset, now) -> None:
    rendition = only(asset, "card-640")
    Rendition.objects.filter(pk=rendition.pk).update(tries=1, next_try_at=now + 2 * MINUTE)
    assert make_due_renditions(now=now) == 0


def test_a_claim_holds_for_two_minutes(asset, now, monkeypatch) -> None:
    rendition = only(asset, "card-640")
    seen = []

    def look(row: Rendition, *_: object) -> bool:
        seen.append((Rendition.objects.get(pk=row.pk).next_try_at, row.tries))
        return actions.make_due_renditions(now=now) == 99

    monkeypatch.setattr(actions, "_make_rendition", look)
    make_due_renditions(now=now)
    assert seen == [(now + 2 * MINUTE, 1)]
    rendition.refresh_from_db()
    assert rendition.state == RenditionState.PENDING


def test_a_worker_that_was_too_slow_drops_what_it_made(
    asset, now, monkeypatch, stored_files
) -> None:
    rendition = only(asset, "card-640")
    slow_draw = actions.draw

    def overtaken(*arguments, **more):
        Rendition.objects.filter(pk=rendition.pk).update(tries=2)
        return slow_draw(*arguments, **more)

    monkeypatch.setattr(actions, "draw", overtaken)
    assert make_due_renditions(now=now) == 0
    rendition.refresh_from_db()
    assert rendition.state == RenditionState.PENDING
    assert len(stored_files()) == 1


def test_a_rendition_that_takes_its_workers_down_is_given_up(asset, now) -> None:
    rendition = only(asset, "card-640")
    Rendition.objects.filter(pk=rendition.pk).update(tries=3)
    make_due_renditions(now=now)
    rendition.refresh_from_db()
    assert rendition.state == RenditionState.FAILED
    assert "RenditionGivenUp" in rendition.error


# --- the list of sizes, what it replaces, and who is told ----------------------------------------


def test_a_new_size_is_queued_for_the_pictures_that_are_here(asset, now, monkeypatch) -> None:
    make_due_renditions(now=now)
    fresh = Spec(name="poster-500", width=500, height=700)
    monkeypatch.setitem(SPECS, fresh.name, fresh)
    monkeypatch.setattr(actions, "SPECS_VERSION", "another list")
    assert queue_missing_renditions(now=now) == 1
    assert make_due_renditions(now=now) == 1
    assert asset.renditions.ready().filter(name="poster-500").exists()


def test_asking_for_missing_sizes_costs_one_query_when_none_is(
    asset, now, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1):
        assert queue_missing_renditions(now=now) == 0


def test_a_picture_is_decoded_once_for_all_its_sizes(asset, now, monkeypatch) -> None:
    opened = []

    def open_and_count(file, specs):
        opened.append(file)
        return open_for(file, specs)

    monkeypatch.setattr(actions, "open_for", open_and_count)
    assert make_due_renditions(now=now) == len(SPECS)
    assert len(opened) == 1


@pytest.mark.parametrize("name", ["thumb-320", "card-320", "wide-1600"])
def test_a_jpeg_decoded_small_shows_what_the_whole_one_shows(
    make_asset, drawn, encoded, now, name
) -> None:
    large = drawn(4001, 3001)
    asset = make_asset(encoded(large, "JPEG"), "a.jpg", focal_x=0.9, focal_y=0.2, now=now)
    spec = SPECS[name]
    with asset.file.open("rb") as file, open_for(file, [spec]) as small:
        assert small.width < large.width or name == "wide-1600"
        shown = draw(small, spec, 0.9, 0.2, whole=large.size)
    expected = draw(large, spec, 0.9, 0.2, whole=large.size)
    assert shown.size == expected.size
    assert ImageStat.Stat(ImageChops.difference(shown, expected)).mean == pytest.approx(
        [0, 0, 0], abs=3
    )


def test_whoever_shows_the_picture_is_told_once(asset, now) -> None:
    make_due_renditions(now=now)
    told: list[set[int]] = []
    assert announce_renditions(tell=told.append) == 1
    assert announce_renditions(tell=told.append) == 0
    assert told == [{asset.pk}]


def test_one_who_could_not_listen_is_told_again(asset, now) -> None:
    make_due_renditions(now=now)

    def busy(ids: set[int]) -> None:
        raise RuntimeError("not now")

    with pytest.raises(RuntimeError):
        announce_renditions(tell=busy)
    assert announce_renditions(tell=set) == 1


def test_what_another_focal_point_replaced_is_removed_after_a_week(
    asset, editor, now, stored_files
) -> None:
    make_due_renditions(now=now)
    old = set(stored_files())
    set_focal_point(asset=asset, x=0.1, y=0.9, actor=editor, now=now)
    make_due_renditions(now=now)
    assert remove_superseded_renditions(now=now + timedelta(days=6)) == 0
    assert remove_superseded_renditions(now=now + timedelta(days=8)) == len(SPECS) - 1
    assert set(urls_of(asset)) == set(SPECS)
    assert len(old.intersection(stored_files())) == 2  # the picture itself, and the one uncut
    assert len(stored_files()) == len(SPECS) + 1


def test_what_is_wanted_again_is_not_removed(asset, editor, now) -> None:
    make_due_renditions(now=now)
    set_focal_point(asset=asset, x=0.1, y=0.9, actor=editor, now=now)
    set_focal_point(asset=asset, x=0.5, y=0.5, actor=editor, now=now)
    make_due_renditions(now=now)
    remove_superseded_renditions(now=now + timedelta(days=8))
    assert set(urls_of(asset)) == set(SPECS)


def test_a_picture_that_takes_its_workers_down_is_not_opened_again(asset, now, monkeypatch) -> None:
    asset.renditions.update(tries=3)
    monkeypatch.setattr(actions, "open_for", None)
    assert make_due_renditions(now=now) == 0
    assert asset.renditions.failed().count() == len(SPECS)
    assert asset.renditions.filter(error__contains="RenditionGivenUp").count() == len(SPECS)


# --- geometry ---------------------------------------------------------------------------------

fractions = st.floats(0, 1)


@given(
    st.integers(1, 5000),
    st.integers(1, 5000),
    st.sampled_from(list(SPECS.values())),
    fractions,
    fractions,
)
def test_a_cut_lies_within_the_picture_and_is_not_blown_up(width, height, spec, x, y) -> None:
    box = crop_box(width, height, spec, x, y)
    assert 0 <= box[0] < box[2] <= width
    assert 0 <= box[1] < box[3] <= height
    size = target_size(box, spec)
    assert 1 <= size[0] <= min(spec.width, box[2] - box[0])
    assert 1 <= size[1] <= min(spec.height, box[3] - box[1])
    if spec.mode is Mode.FILL and width >= spec.width and height >= spec.height:
        assert size == (spec.width, spec.height)


def test_the_key_follows_the_focus_only_where_it_cuts() -> None:
    one, other = Asset(checksum="a", focal_x=0.1), Asset(checksum="a", focal_x=0.2)
    assert key_of(one, SPECS["thumb-320"]) == key_of(other, SPECS["thumb-320"])
    assert key_of(one, SPECS["card-640"]) != key_of(other, SPECS["card-640"])


# --- the form ---------------------------------------------------------------------------------

WORDS = {"title": "T", "alt_text": "Quarters", "credit": "", "focal_x": "0.5", "focal_y": "0.5"}


def form_with(data: bytes, name: str = "a.png", **words: str) -> AssetForm:
    return AssetForm({**WORDS, **words}, {"upload": SimpleUploadedFile(name, data)})


def test_the_form_stores_a_picture(db, drawn, encoded, editor) -> None:
    form = form_with(encoded(drawn()))
    assert form.is_valid(), form.errors
    asset = form.store(actor=editor)
    assert (asset.width, asset.uploaded_by) == (64, editor)


def test_the_form_says_what_is_wrong_beside_the_fields(db, stored_files) -> None:
    form = form_with(b"no picture", alt_text="", focal_x="7")
    assert set(form.errors) == {"upload", "alt_text", "focal_x"}
    assert stored_files() == []


def test_the_form_names_the_picture_that_is_here_already(make_asset, drawn, encoded) -> None:
    make_asset(title="The first")
    assert "“The first”" in form_with(encoded(drawn())).errors["upload"][0]


def test_the_form_changes_words_and_focus_but_not_the_picture(make_asset, editor) -> None:
    asset = make_asset()
    form = AssetForm({**WORDS, "title": "New", "focal_x": "0.25"}, instance=asset)
    assert "upload" not in form.fields
    assert form.is_valid(), form.errors
    form.store(actor=editor)
    asset.refresh_from_db()
    assert (asset.title, asset.focal_x) == ("New", 0.25)
