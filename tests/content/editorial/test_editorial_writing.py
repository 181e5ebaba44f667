from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from content.catalogue.models import ArtistGenre, Track
from content.editorial.actions import (
    approve_post,
    archive_post,
    lock_post,
    submit_post,
    unlock_posts,
    write_post,
)
from content.editorial.exceptions import (
    PostChanged,
    PostInvalid,
    PostLocked,
    TransitionRefused,
)
from content.editorial.history import history_of
from content.editorial.models import Post, PostState
from content.editorial.shares import rederive_genres

GOOD = {
    "title": "Ten years of Boiler",
    "teaser": "A decade in one night.",
    "body": "Some *words*.",
    "cta_url": "https://listen.example.org/1",
}


@pytest.fixture
def draft(editor) -> Post:
    return write_post(actor=editor, fields=GOOD)


def errors_of(actor, **fields) -> dict[str, list[str]]:
    with pytest.raises(PostInvalid) as caught:
        write_post(actor=actor, fields={**GOOD, **fields})
    return caught.value.errors


def shares_of(post: Post) -> dict[str, tuple[str, float]]:
    return {row.genre.name: (row.source, row.share) for row in post.post_genres.all()}


def test_a_new_post_is_a_draft_of_its_author_with_slug_and_html(editor, now) -> None:
    post = write_post(actor=editor, fields=GOOD, now=now)
    post.refresh_from_db()
    assert (post.state, post.author, post.revision) == (PostState.DRAFT, editor, 1)
    assert post.slug == "ten-years-of-boiler"
    assert post.body_html == "<p>Some <em>words</em>.</p>\n"
    assert post.created_at == post.updated_at == now


def test_two_posts_of_one_title_get_two_slugs(editor, draft) -> None:
    assert write_post(actor=editor, fields=GOOD).slug == "ten-years-of-boiler-2"


def test_a_draft_may_wait_for_its_teaser_and_link(editor) -> None:
    post = write_post(actor=editor, fields={"title": "Later", "teaser": "", "cta_url": ""})
    assert post.pk


def test_all_that_is_wrong_is_said_at_once(editor, now) -> None:
    errors = errors_of(
        editor,
        title="\u200b",
        teaser="x" * 501,
        cta_url="ftp://files.example.org/1",
        lang="english!",
        kind="poem",
        embargo_until=now,
        expires_at=now,
        markets=["GB", "Germany"],
        tags=["no such tag"],
        variants=[{"target": "everywhere", "title": "T"}],
    )
    assert set(errors) == {
        *("title", "teaser", "cta_url", "lang", "kind"),
        *("expires_at", "markets", "tags", "variants"),
    }
    assert all(message for messages in errors.values() for message in messages)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (1, "This is 1 character too long; 500 fit."),
        (2, "This is 2 characters too long; 500 fit."),
    ],
)
def test_what_is_too_long_says_by_how_much(editor, over, said) -> None:
    assert errors_of(editor, teaser="x" * (500 + over)) == {"teaser": [said]}


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "//listen.example.org/1",
        "listen",
        "https://",
        "https://name:secret@listen.example.org/",
        "https://listen.example.org/" + "a" * 500,
        "https://[::1",
    ],
)
def test_a_bad_deep_link_is_refused(editor, link) -> None:
    assert set(errors_of(editor, cta_url=link)) == {"cta_url"}


@pytest.mark.parametrize(
    ("typed", "kept"), [("en", "en"), ("pt-br", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW")]
)
def test_a_language_tag_is_kept_in_its_usual_case(editor, typed, kept) -> None:
    assert write_post(actor=editor, fields={**GOOD, "lang": typed}).lang == kept


def test_a_time_without_zone_is_refused(editor) -> None:
    naive = datetime(2026, 6, 15, 12, 0)  # noqa: DTZ001
    assert set(errors_of(editor, embargo_until=naive)) == {"embargo_until"}


def test_the_kept_embargo_is_held_against_a_new_expiry(editor, now) -> None:
    post = write_post(actor=editor, fields={**GOOD, "embargo_until": now})
    with pytest.raises(PostInvalid) as caught:
        write_post(actor=editor, post=post, fields={"expires_at": now - timedelta(hours=1)})
    assert set(caught.value.errors) == {"expires_at"}


def test_markets_are_kept_in_capitals_and_once(editor) -> None:
    post = write_post(actor=editor, fields={**GOOD, "markets": ["gb", "DE", "GB"]})
    assert [market.code for market in post.markets.all()] == ["DE", "GB"]
    write_post(actor=editor, post=post, fields={"markets": ["GB", "FR"]})
    assert [market.code for market in post.markets.all()] == ["FR", "GB"]


def test_a_field_that_posts_do_not_have_is_a_mistake_of_the_caller(editor) -> None:
    with pytest.raises(TypeError, match="state"):
        write_post(actor=editor, fields={**GOOD, "state": "approved"})


def test_line_breaks_and_control_signs_leave_a_title(editor) -> None:
    post = write_post(actor=editor, fields={**GOOD, "title": " Noise\x00\n  and\tHum\ud800 "})
    assert post.title == "Noise and Hum"


def test_a_refused_post_leaves_nothing_behind(editor) -> None:
    errors_of(editor, lang="?")
    assert not Post.objects.exists()


# --- changing ---------------------------------------------------------------------------------


def test_a_change_counts_one_revision_and_renders_again(editor, draft) -> None:
    write_post(actor=editor, post=draft, fields={"body": "New."})
    draft.refresh_from_db()
    assert draft.revision == 2
    assert draft.body_html == "<p>New.</p>\n"
    assert draft.teaser == GOOD["teaser"]


def test_saving_without_a_change_keeps_revision_and_approval(editor, make_post) -> None:
    post = make_post("Same", markets=["GB"])
    write_post(actor=editor, post=post, fields={"title": "Same", "markets": ["GB"]})
    assert (post.revision, post.state) == (1, PostState.APPROVED)
    assert not history_of(post).exists()


def test_a_form_of_an_old_revision_changes_nothing(editor, approver, draft) -> None:
    write_post(actor=approver, post=draft, fields={"title": "Theirs"})
    with pytest.raises(PostChanged, match="someone else meanwhile"):
        write_post(actor=editor, post=draft, fields={"title": "Mine"}, expected_revision=1)
    draft.refresh_from_db()
    assert draft.title == "Theirs"


def test_of_two_copies_read_at_once_the_second_write_is_refused(editor, draft) -> None:
    copy = Post.objects.get(pk=draft.pk)
    write_post(actor=editor, post=draft, fields={"title": "First"})
    with pytest.raises(PostChanged):
        write_post(actor=editor, post=copy, fields={"teaser": "Second"})


def test_a_change_between_reading_and_writing_is_not_written_over(editor, draft) -> None:
    def meanwhile():
        Post.objects.filter(pk=draft.pk).update(revision=2)
        yield from ()

    fields = {"title": "Mine", "tags": meanwhile()}
    with pytest.raises(PostChanged):
        write_post(actor=editor, post=draft, fields=fields)
    draft.refresh_from_db()
    assert draft.title != "Mine"


def test_a_lock_between_reading_and_writing_holds(editor, make_post, now) -> None:
    post = make_post("Approved")

    def meanwhile():
        lock_post(post_id=post.pk, now=now)
        yield from ()

    with pytest.raises(PostChanged):
        write_post(actor=editor, post=post, fields={"title": "Mine", "tags": meanwhile()})
    post.refresh_from_db()
    assert (post.title, post.state) == ("Approved", PostState.APPROVED)


def test_a_half_edited_object_does_not_hide_what_changed(editor, draft) -> None:
    draft.title = "As a form leaves it"
    write_post(actor=editor, post=draft, fields={"title": "As a form leaves it"})
    assert history_of(draft)[0].before == {"title": GOOD["title"]}


def test_a_draft_takes_the_slug_of_its_new_title(editor, draft) -> None:
    write_post(actor=editor, post=draft, fields={"title": "Eleven years"})
    assert draft.slug == "eleven-years"


def test_a_post_that_was_approved_once_keeps_its_slug(editor, approver, draft) -> None:
    submit_post(post=draft, actor=editor)
    approve_post(post=draft, actor=approver)
    for title in ("Eleven years", "Twelve years"):
        write_post(actor=editor, post=draft, fields={"title": title})
    assert (draft.slug, draft.title) == ("ten-years-of-boiler", "Twelve years")


def test_changing_an_approved_post_takes_its_approval(editor, make_post) -> None:
    post = make_post("Ready")
    write_post(actor=editor, post=post, fields={"teaser": "Better."})
    assert (post.state, post.approved_by, post.approved_at) == (PostState.DRAFT, None, None)
    assert history_of(post)[0].after == {"teaser": "Better.", "state": "draft"}


def test_a_scheduled_post_can_not_be_changed_until_it_is_unlocked(editor, make_post, now) -> None:
    post = make_post("Going out")
    lock_post(post_id=post.pk, now=now)
    with pytest.raises(PostLocked, match="“Going out” is scheduled; unschedule it first"):
        write_post(actor=editor, post=post, fields={"teaser": "Too late."})
    unlock_posts(post_ids=[post.pk])
    write_post(actor=editor, post=post, fields={"teaser": "In time."})
    assert post.teaser == "In time."


def test_an_archived_post_must_be_revived_before_it_is_changed(editor, draft) -> None:
    archive_post(post=draft, actor=editor)
    with pytest.raises(TransitionRefused, match="revive it"):
        write_post(actor=editor, post=draft, fields={"title": "Again"})


# --- relations --------------------------------------------------------------------------------


def test_picked_genres_share_a_post_equally(editor, make_genre, make_artist) -> None:
    jazz, funk, soul = make_genre("Jazz"), make_genre("Funk"), make_genre("Soul")
    artist = make_artist("Someone", soul)
    fields = {**GOOD, "genres": [jazz, funk], "artists": [artist]}
    post = write_post(actor=editor, fields=fields)
    assert shares_of(post) == {"Jazz": ("editor", 0.5), "Funk": ("editor", 0.5)}


def test_without_picks_a_post_has_its_artists_genres_by_weight(
    editor, make_genre, make_artist
) -> None:
    jazz, funk = make_genre("Jazz"), make_genre("Funk")
    one, other = make_artist("One", jazz, funk), make_artist("Other", jazz)
    ArtistGenre.objects.filter(artist=one, genre=funk).update(weight=0.5)
    post = write_post(actor=editor, fields={**GOOD, "artists": [one, other]})
    assert shares_of(post) == {
        "Jazz": ("artist", pytest.approx((2 / 3 + 1) / 2)),
        "Funk": ("artist", pytest.approx((1 / 3) / 2)),
    }


def test_taking_back_the_picks_falls_back_to_the_artists(editor, make_genre, make_artist) -> None:
    jazz, soul = make_genre("Jazz"), make_genre("Soul")
    fields = {**GOOD, "genres": [jazz], "artists": [make_artist("Someone", soul)]}
    post = write_post(actor=editor, fields=fields)
    write_post(actor=editor, post=post, fields={"genres": []})
    assert shares_of(post) == {"Soul": ("artist", 1.0)}


def test_genre_rows_that_stay_right_are_not_written_again(editor, make_genre) -> None:
    jazz, funk, soul = make_genre("Jazz"), make_genre("Funk"), make_genre("Soul")
    post = write_post(actor=editor, fields={**GOOD, "genres": [jazz, funk]})
    kept = post.post_genres.get(genre=jazz).pk
    write_post(actor=editor, post=post, fields={"genres": [jazz, soul]})
    assert post.post_genres.get(genre=jazz).pk == kept
    assert set(shares_of(post)) == {"Jazz", "Soul"}


def test_posts_follow_when_their_artists_change_genres(editor, make_genre, make_artist) -> None:
    jazz, soul = make_genre("Jazz"), make_genre("Soul")
    artist = make_artist("Someone", jazz)
    follower = write_post(actor=editor, fields={**GOOD, "artists": [artist]})
    picked = write_post(actor=editor, fields={**GOOD, "artists": [artist], "genres": [jazz]})
    artist.genres.set([soul])
    assert rederive_genres(Post.objects.filter(artists=artist)) == 2
    assert (set(shares_of(follower)), set(shares_of(picked))) == ({"Soul"}, {"Jazz"})
    assert rederive_genres(Post.objects.all()) == 0


def test_rederiving_takes_few_queries_however_many_posts(
    editor, make_genre, make_artist, django_assert_max_num_queries
) -> None:
    artist = make_artist("Someone", make_genre("Jazz"))
    for number in range(30):
        fields = {"title": f"P {number}", "artists": [artist]}
        write_post(actor=editor, fields=fields)
    artist.genres.set([make_genre("Soul")])
    with django_assert_max_num_queries(10):
        rederive_genres(Post.objects.all())


def test_history_holds_only_what_changed_with_names(editor, now, make_artist, make_tag) -> None:
    nova, orbit = make_artist("Nova"), make_artist("Orbit")
    track = Track.objects.create(artist=nova, title="Long way", key="longway")
    post = write_post(actor=editor, fields={**GOOD, "artists": [nova]}, now=now)
    changes = {
        "title": GOOD["title"],
        "artists": [nova, orbit],
        "tracks": [track],
        "tags": [make_tag("UK")],
        "markets": ["GB"],
        "expires_at": now,
    }
    write_post(actor=editor, post=post, fields=changes, now=now + timedelta(minutes=1))
    newest = history_of(post)[0]
    assert newest.before == {
        "artists": ["Nova"],
        "tracks": [],
        "tags": [],
        "markets": [],
        "expires_at": None,
    }
    assert newest.after == {
        "artists": ["Nova", "Orbit"],
        "tracks": ["Long way"],
        "tags": ["UK"],
        "markets": ["GB"],
        "expires_at": "2026-06-15T12:00:00+00:00",
    }
    assert newest.actor == editor
    assert [entry.code for entry in history_of(post)] == ["post.changed", "post.written"]


def test_swapping_two_artists_of_one_name_is_a_change(editor, make_artist) -> None:
    one, other = make_artist("Nova"), make_artist("Nova two")
    type(other).objects.filter(pk=other.pk).update(name="Nova")
    other.refresh_from_db()
    post = write_post(actor=editor, fields={**GOOD, "artists": [one]})
    write_post(actor=editor, post=post, fields={"artists": [other]})
    assert list(post.artists.all()) == [other]


def test_variants_speak_for_channel_then_network_then_post(
    editor, django_assert_num_queries
) -> None:
    variants = [
        {"target": "network:webhook", "title": "For the network", "teaser": "Net."},
        {"target": "channel:jazz-hook", "title": "For the channel"},
        {"target": "channel:silent"},
    ]
    written = write_post(actor=editor, fields={**GOOD, "variants": variants})
    post = Post.objects.prefetch_related("variants").get(pk=written.pk)
    with django_assert_num_queries(0):
        channel = post.for_target("webhook", "jazz-hook")
        network = post.for_target("webhook", "rock-hook")
        site = post.for_target("site", "silent")
    assert (channel.title, channel.teaser) == ("For the channel", "Net.")
    assert (network.title, network.cta_label) == ("For the network", "Listen now")
    assert site.title == GOOD["title"]
    assert post.variants.count() == 2


def test_variants_are_replaced_as_a_whole(editor, draft) -> None:
    for title in ("One", "Two"):
        variants = [{"target": "network:site", "title": title}]
        write_post(actor=editor, post=draft, fields={"variants": variants})
    assert [variant.title for variant in draft.variants.all()] == ["Two"]
    assert draft.revision == 3


def test_two_variants_for_one_place_are_refused(editor) -> None:
    twice = [{"target": "network:site", "title": title} for title in ("One", "Two")]
    assert "network:site" in errors_of(editor, variants=twice)["variants"][0]


NAUGHTY = [
    "\x00\x01\x02\x7f",
    "\ufeff\ufffe\uffff",
    "\ud800 alone",
    "\u202eright to left",
    "<script>alert(1)</script>",
    "'; DROP TABLE editorial_post; --",
    "田中さんにあげて下さい",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "👩‍👩‍👧‍👦🏴‍☠️",
    "{% debug %}{{ settings }}",
    "ﷺ" * 40,
    "../../etc/passwd",
    "%s%n%d",
    "",
]


@pytest.mark.parametrize("text", NAUGHTY)
@pytest.mark.parametrize("field", ["title", "teaser", "body", "cta_label", "cta_url", "lang"])
def test_naughty_text_is_kept_or_refused_beside_its_field(editor, field, text) -> None:
    wrong: set[str] = set()
    try:
        write_post(actor=editor, fields={**GOOD, field: text})
    except PostInvalid as refused:
        wrong = set(refused.errors)
    assert wrong <= {field}
    for post in Post.objects.all():
        assert "\x00" not in getattr(post, field)
        assert "<script" not in post.body_html


def test_the_time_of_a_change_is_kept(editor, draft) -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)
    write_post(actor=editor, post=draft, fields={"title": "Later"}, now=later)
    assert draft.updated_at == later
