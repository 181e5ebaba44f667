"""Card images: drawn by a job, once for all that is on them, and again when that changes."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from content.media.actions import (
    announce_renditions,
    make_due_renditions,
    set_focal_point,
    store_upload,
)
from content.media.models import Asset
from content.media.renditions import SPECS
from spokes.site import cards
from spokes.site.cards import actions
from spokes.site.cards.actions import (
    make_due_cards,
    queue_cards,
    queue_outdated_cards,
    remove_fallen_cards,
    retry_cards,
)
from spokes.site.cards.layouts import SIZES, Colours, Hero, Words, draw_card
from spokes.site.cards.refresh import refresh_pictures
from spokes.site.colours import READABLE_CONTRAST, contrast
from spokes.site.models import CardImage, CardShape, Publication

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def asset(db, now) -> Asset:
    image = Image.new("RGB", (1600, 1000), "red")
    image.paste("blue", (800, 0, 1600, 1000))
    out = io.BytesIO()
    image.save(out, "JPEG")
    upload = SimpleUploadedFile("a.jpg", out.getvalue())
    return store_upload(upload=upload, title="Halves", alt_text="Red and blue", now=now)


@pytest.fixture
def spoke(make_genre, make_spoke):
    return make_spoke(make_genre("Jazz"))


@pytest.fixture
def story(publish, spoke, asset, now) -> Publication:
    publication = publish(spoke, "Blue Note Revisited", hero=hero_of(asset), asset_ref=asset.pk)
    queue_cards(publications=[publication.pk], now=now)
    return publication


def hero_of(asset: Asset) -> dict[str, object]:
    return {"url": asset.file.url, "focal_x": 0.5, "focal_y": 0.5, "renditions": {}}


def files(media_root) -> set[str]:
    return {path.name for path in (media_root / "cards").rglob("*.jpg")}


def test_each_shape_comes_out_in_its_size(story, now) -> None:
    assert make_due_cards(now=now) == 3
    for card in CardImage.objects.ready():
        with card.file.open("rb") as file, Image.open(file) as image:
            assert image.format == "JPEG"
            assert image.size == SIZES[CardShape(card.shape)]
            assert not image.getexif()


def test_addresses_of_many_come_in_one_query(
    story, publish, now, django_assert_num_queries
) -> None:
    other = publish(None, "On the hub")
    queue_cards(publications=[other.pk], now=now)
    make_due_cards(now=now)
    with django_assert_num_queries(1):
        urls = cards.urls_of([story.pk, other.pk, 99])
    assert set(urls) == {story.pk, other.pk}
    assert set(urls[story.pk]) == {"wide", "square", "story"}
    assert urls[story.pk]["wide"].startswith("/media/cards/")


def test_asking_for_cards_is_one_statement(story, publish, now, django_assert_num_queries) -> None:
    more = [publish(None, f"Story {number}").pk for number in range(5)]
    with django_assert_num_queries(1):
        queue_cards(publications=[story.pk, *more], now=now)


def test_what_is_the_same_is_not_drawn_again(story, now, media_root, monkeypatch) -> None:
    make_due_cards(now=now)
    before = files(media_root)
    monkeypatch.setattr(actions, "draw_card", None)
    queue_cards(publications=[story.pk], now=now)
    assert make_due_cards(now=now) == 3
    assert files(media_root) == before


@pytest.mark.parametrize(
    "change", [{"title": "Another title"}, {"kind": "tour"}, {"artists": [{"name": "A"}]}]
)
def test_what_changed_is_drawn_again_and_the_old_file_goes(
    story, now, media_root, change, django_capture_on_commit_callbacks
) -> None:
    make_due_cards(now=now)
    before = files(media_root)
    Publication.objects.filter(pk=story.pk).update(**change)
    queue_cards(publications=[story.pk], now=now)
    assert cards.urls_of([story.pk]), "the old one shows until the new one is there"
    with django_capture_on_commit_callbacks(execute=True):
        assert make_due_cards(now=now) == 3
    assert len(files(media_root)) == 3
    assert not before & files(media_root)


def test_another_colour_of_the_spoke_makes_other_cards(story, spoke, now) -> None:
    make_due_cards(now=now)
    keys = set(CardImage.objects.values_list("key", flat=True))
    assert queue_outdated_cards(now=now) == 0
    spoke.colour = "#00aa55"
    spoke.save()
    assert queue_outdated_cards(now=now) == 1
    make_due_cards(now=now)
    assert not keys & set(CardImage.objects.values_list("key", flat=True))
    assert queue_outdated_cards(now=now) == 0


def test_what_never_had_cards_gets_some(publish, now) -> None:
    publish(None, "From before")
    assert queue_outdated_cards(now=now) == 1
    assert make_due_cards(now=now) == 3


def test_the_cards_of_what_was_taken_down_go(story, now, media_root) -> None:
    make_due_cards(now=now)
    Publication.objects.update(withdrawn_at=now)
    assert remove_fallen_cards() == 3
    assert files(media_root) == set()
    assert queue_outdated_cards(now=now) == 0


# --- trying again --------------------------------------------------------------------------------


def test_a_failure_is_kept_and_tried_again_until_the_third(story, asset, now) -> None:
    asset.file.storage.delete(asset.file.name)
    for minutes in (0, 1, 6, 60):
        assert make_due_cards(now=now + minutes * MINUTE) == 0
    failed = CardImage.objects.filter(state=CardImage.State.FAILED, tries=3)
    assert failed.count() == 3
    assert "FileNotFoundError" in failed[0].error
    Publication.objects.update(asset_ref=None)
    retry_cards(publication=story.pk, now=now)
    assert make_due_cards(now=now) == 3


def test_a_card_that_takes_its_workers_down_is_given_up(story, now, monkeypatch) -> None:
    CardImage.objects.update(tries=3)
    monkeypatch.setattr(actions, "draw_card", None)
    assert make_due_cards(now=now) == 0
    assert CardImage.objects.filter(state=CardImage.State.FAILED).count() == 3


def test_what_was_asked_for_meanwhile_is_drawn_once_more(
    story, now, monkeypatch, media_root, django_capture_on_commit_callbacks
) -> None:
    draw = actions.draw_card

    def overtaken(*arguments):
        queue_cards(publications=[story.pk], now=now)
        return draw(*arguments)

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(actions, "draw_card", overtaken)
        assert make_due_cards(now=now) == 0
    assert files(media_root) == set()
    assert make_due_cards(now=now) == 3


def test_two_workers_never_draw_the_same(story, now) -> None:
    CardImage.objects.update(tries=1, next_try_at=now + MINUTE)
    assert make_due_cards(now=now) == 0


# --- what follows the picture --------------------------------------------------------------------


def test_sizes_that_come_out_later_are_shown(story, now) -> None:
    make_due_renditions(now=now)
    announce_renditions(tell=refresh_pictures)
    story.refresh_from_db()
    assert set(story.hero["renditions"]) == set(SPECS)
    assert story.hero["url"], "the rest stays"
    assert refresh_pictures({story.asset_ref}) == 0


def test_a_new_focal_point_reaches_the_page_and_the_cards(story, asset, editor, now) -> None:
    make_due_renditions(now=now)
    make_due_cards(now=now)
    keys = set(CardImage.objects.values_list("key", flat=True))
    set_focal_point(asset=asset, x=0.9, y=0.5, actor=editor, now=now)
    make_due_renditions(now=now)
    announce_renditions(tell=refresh_pictures)
    story.refresh_from_db()
    assert story.hero["focal_x"] == 0.9
    later = now + timedelta(days=3650)
    assert make_due_cards(now=later) == 3
    assert not keys & set(CardImage.objects.values_list("key", flat=True))


def test_what_was_taken_down_is_left_as_it_was(story, now) -> None:
    Publication.objects.update(withdrawn_at=now)
    make_due_renditions(now=now)
    assert refresh_pictures({story.asset_ref}) == 0


# --- the drawing ---------------------------------------------------------------------------------

WORDS = Words(
    brand="Backbeat",
    spoke="Jazz",
    kind="Feature",
    title="Blue Note Revisited",
    artists="The Lanterns",
    lang="en",
    slug="jazz",
    colour="#1f4e79",
    motif="waves",
)


@pytest.mark.parametrize("shape", CardShape)
@pytest.mark.parametrize("size", [(1600, 900), (50, 2000), (1, 1)])
def test_any_picture_fills_its_part(shape, size) -> None:
    hero = Hero(Image.new("RGB", size, "lime"), 0.2, 0.8)
    image = draw_card(shape, WORDS, hero)
    assert image.size == SIZES[shape]
    corner = (image.width - 3, 3)
    assert image.getpixel(corner) == (0, 255, 0)


def test_the_same_words_are_the_same_picture() -> None:
    one, other = (draw_card(CardShape.WIDE, WORDS, None) for _ in range(2))
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#777777", "#e4572e", "#f2c14e"])
def test_words_can_be_read_on_any_colour(colour) -> None:
    colours = Colours.of(colour)
    assert contrast(colours.ink, colours.ground) >= READABLE_CONTRAST
    assert contrast(colours.shade, colours.ink) >= contrast(colours.ground, colours.ink) - 0.01
