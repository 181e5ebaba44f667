"""The page on which a post is written: what it asks the server, and what it never loses."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.audit.models import AuditEntry
from content.catalogue.models import Track
from content.editorial.actions import write_post
from content.editorial.models import Post, PostState
from hub.console.editor.typed_post import read_post
from hub.console.models import Autosave
from spokes.audiences.facts import facts_of
from tests.hub.console.post_page import filled, page, text_of

ADD = reverse("admin:editorial_post_add")
OUTLOOK = reverse("admin:editorial_post_outlook")
DUPLICATES = reverse("admin:editorial_post_duplicates")
AUTOSAVE = reverse("admin:editorial_post_autosave")


def search(client: Client, what: str, text: str) -> list[tuple[str, str]]:
    answer = client.get(reverse("admin:editorial_post_search", args=[what]), {"q": text})
    return [(row["name"], row["note"]) for row in answer.json()["results"]]


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(make_spoke, make_channel, jazz):
    return make_channel(make_spoke(jazz), name="Jazz site", slug="jazz-site")


@pytest.fixture
def draft(editor: User, jazz) -> Post:
    return write_post(
        actor=editor,
        fields={
            "title": "Blue Hour",
            "teaser": "A quiet record.",
            "cta_url": "https://listen.example.org/7",
            "genres": [jazz],
        },
    )


# --- the page ---------------------------------------------------------------------------------


def test_a_large_post_opens_in_few_queries(
    edith, editor, make_artist, make_tag, jazz, jazz_site, django_assert_max_num_queries
) -> None:
    artists = [make_artist(f"Artist {number}", jazz) for number in range(30)]
    tracks = [
        Track.objects.create(artist=artist, title="One", key="one", released="2026")
        for artist in artists[:10]
    ]
    targets = ["network:site", "network:webhook", *(f"channel:c-{n}" for n in range(8))]
    post = write_post(
        actor=editor,
        fields={
            "title": "Everyone",
            "artists": artists,
            "tracks": tracks,
            "tags": [make_tag(f"Tag {number}") for number in range(5)],
            "markets": ["GB", "IE"],
            "variants": [{"target": target, "title": "Other"} for target in targets],
        },
    )
    edith.get(page(post))
    with django_assert_max_num_queries(12):
        shown = text_of(edith.get(page(post)))
    assert "Artist 29" in shown
    assert shown.count('name="variants-') >= 40


def test_the_count_of_words_can_say_one_and_many(edith) -> None:
    shown = text_of(edith.get(ADD))
    assert 'data-words-one="1 word" data-words-many="%s words"' in shown


def test_the_day_on_which_it_happens_is_written(edith) -> None:
    edith.post(ADD, filled(happens_on="2026-12-24"))
    assert Post.objects.get().happens_on.isoformat() == "2026-12-24"


def test_a_variant_that_stands_is_kept_when_the_post_is_saved_again(edith, editor, draft) -> None:
    words = {"target": "network:site", "title": "On the site"}
    write_post(actor=editor, post=draft, fields={"variants": [words]})
    lines = {"variants-TOTAL_FORMS": "1", "variants-0-target": "network:site"}
    fields = filled(revision=draft.revision, title="New", **lines)
    edith.post(page(draft), {**fields, "variants-0-title": "On the site"})
    assert Post.objects.get().variants.get().title == "On the site"


def test_saving_stays_on_the_page(edith, draft) -> None:
    answer = edith.post(page(draft), filled(revision=1, _continue="1"), follow=True)
    assert answer.redirect_chain[-1][0] == page(draft)
    assert "Saved." in text_of(answer)


def test_a_post_is_saved_and_submitted_at_once(edith) -> None:
    answer = edith.post(ADD, filled(_then="submit"), follow=True)
    assert Post.objects.get().state == PostState.IN_REVIEW
    assert "Submitted." in text_of(answer)


def test_what_is_refused_to_be_submitted_is_saved_and_told_once(edith) -> None:
    answer = edith.post(ADD, filled(teaser="", _then="submit"), follow=True)
    assert Post.objects.get().state == PostState.DRAFT
    assert text_of(answer).count("A post needs a teaser") == 1


def test_a_step_can_be_undone(edith, draft) -> None:
    address = reverse("admin:editorial_post_step", args=[draft.pk, "archive"])
    undo = reverse("admin:editorial_post_step", args=[draft.pk, "revive"])
    assert undo in text_of(edith.post(address, follow=True))
    edith.post(undo)
    assert Post.objects.get().state == PostState.DRAFT


def test_an_approval_can_be_taken_back(anton, make_post) -> None:
    post = make_post(state="in_review")
    anton.post(reverse("admin:editorial_post_step", args=[post.pk, "approve"]))
    anton.post(reverse("admin:editorial_post_step", args=[post.pk, "take-approval-back"]))
    post.refresh_from_db()
    assert post.state == PostState.DRAFT


# --- pickers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["beyonce", "BEYONCÉ", "Beyoncé"])
def test_an_artist_is_found_without_accents(edith, make_artist, text: str) -> None:
    make_artist("Beyoncé")
    assert [name for name, _ in search(edith, "artists", text)] == ["Beyoncé"]


def test_namesakes_are_told_apart(edith, make_artist, make_genre, make_post) -> None:
    rock, rap = make_genre("Rock"), make_genre("Rap")
    first = make_artist("Nirvana", rock)
    second = first.__class__.objects.create(name="Nirvana", key="nirvana", slug="nirvana-2")
    second.genres.set([rap])
    make_post(artists=[first])
    notes = sorted(note for _, note in search(edith, "artists", "nirvana"))
    assert notes == ["Rap · 0 posts", "Rock · 1 post"]


def test_a_search_takes_three_queries_beside_signing_in(
    edith, make_artist, jazz, django_assert_max_num_queries
) -> None:
    for number in range(25):
        make_artist(f"Nina {number}", jazz)
    # session, person, what the person and the groups may do, and where
    with django_assert_max_num_queries(3 + 5):
        assert len(search(edith, "artists", "nina")) == 20


def test_a_track_is_found_by_its_artist_and_title(edith, make_artist) -> None:
    nina = make_artist("Nina")
    Track.objects.create(artist=nina, title="Blue", key="blue", album="Hour", released="2021-03")
    Track.objects.create(artist=make_artist("Otis"), title="Blue", key="blue")
    assert search(edith, "tracks", "nina blue") == [("Nina – Blue", "Hour · 2021")]


def test_a_tag_is_shown_with_its_meaning(edith, make_tag) -> None:
    make_tag("UK garage")
    make_tag("Festival")
    assert search(edith, "tags", "garage") == [("UK garage", "About UK garage.")]


def test_an_unknown_tag_is_refused_with_the_nearest(edith, make_tag) -> None:
    make_tag("UK garage")
    address = reverse("admin:editorial_post_search", args=["tags"])
    answer = edith.get(address, {"q": "uk garrage"}).json()
    assert "Did you mean" in answer["said"]
    assert [row["name"] for row in answer["results"]] == ["UK garage"]


def test_readers_can_not_search(client: Client) -> None:
    answer = client.get(reverse("admin:editorial_post_search", args=["artists"]))
    assert answer.status_code == 302


# --- where it goes ----------------------------------------------------------------------------


def test_the_unsaved_form_is_routed(edith, make_artist, jazz, jazz_site) -> None:
    nina = make_artist("Nina", jazz)
    without = text_of(edith.post(OUTLOOK, filled()))
    with_her = text_of(edith.post(OUTLOOK, filled(artists=[nina.pk])))
    assert "no genre of it is Jazz" in without
    assert "genre: Jazz" in with_her
    assert not Post.objects.exists()


def test_the_genres_that_are_picked_count_before_the_artists(
    edith, make_artist, make_genre, jazz, jazz_site
) -> None:
    nina, folk = make_artist("Nina", jazz), make_genre("Folk")
    told = text_of(edith.post(OUTLOOK, filled(artists=[nina.pk], genres=[folk.pk])))
    assert "no genre of it is Jazz or below (it has: Folk)" in told


def test_the_unsaved_form_is_routed_as_it_would_be_saved(
    edith, editor, make_artist, make_tag, jazz, jazz_site
) -> None:
    nina, tag = make_artist("Nina", jazz), make_tag("Festival")
    form = filled(artists=[nina.pk], tags=[tag.pk], markets="gb, IE", explicit="on", lang="de")
    edith.post(ADD, form)
    data = QueryDict(mutable=True)
    for name, value in form.items():
        data.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    saved, typed = facts_of(Post.objects.get()), read_post(data).facts()
    names = ("genres", "direct_genres", "tags", "artists", "kind", "lang", "markets", "explicit")
    assert {n: getattr(typed, n) for n in names} == {n: getattr(saved, n) for n in names}


def test_what_is_in_the_way_is_said_with_its_channel(edith, hub_channel) -> None:
    told = text_of(edith.post(OUTLOOK, filled(cta_url="nonsense", teaser="")))
    assert "The deep link is no web address" in told
    assert "A post needs a teaser" in told


@pytest.fixture
def hub_channel(make_channel):
    return make_channel(None)


def test_routing_the_form_takes_few_queries(
    edith,
    make_artist,
    make_genre,
    make_spoke,
    make_channel,
    jazz,
    jazz_site,
    hub_channel,
    django_assert_max_num_queries,
) -> None:
    for name in ("Rock", "Rap", "Folk"):
        make_channel(make_spoke(make_genre(name)))
    artists = [make_artist(f"Artist {number}", jazz).pk for number in range(30)]
    # a process compiles the routing once, and then asks only whether it is still the same
    edith.post(OUTLOOK, filled(artists=artists))
    with django_assert_max_num_queries(9):
        edith.post(OUTLOOK, filled(artists=artists))


def test_a_made_up_form_does_no_harm(edith, hub_channel) -> None:
    bad = {"artists": ["x", "9" * 30, "-1"], "variants-TOTAL_FORMS": "x", "markets": "\0,,'"}
    assert edith.post(OUTLOOK, {**bad, "title": "\0"}).status_code == 200


# --- duplicates -------------------------------------------------------------------------------


def test_a_duplicate_is_shown_and_does_not_block(edith, draft) -> None:
    shown = text_of(edith.post(DUPLICATES, filled(title="BLUE  HOÜR")))
    assert "has the same title" in shown
    assert page(draft) in shown
    edith.post(ADD, filled(title="Blue Hour"))
    assert Post.objects.count() == 2


def test_a_post_is_no_duplicate_of_itself(edith, draft) -> None:
    assert text_of(edith.post(f"{DUPLICATES}?post={draft.pk}", filled())).strip() == ""


# --- what was typed and not saved -------------------------------------------------------------


def test_what_is_typed_is_kept_and_brought_back(edith, draft, make_artist) -> None:
    nina = make_artist("Nina")
    typed = filled(title="Typed", artists=[nina.pk], markets="XX!", revision=1)
    answer = edith.post(f"{AUTOSAVE}?post={draft.pk}", typed)
    assert answer.json()["newer"] is False
    assert "You left unsaved changes" in text_of(edith.get(page(draft)))
    shown = text_of(edith.get(page(draft), {"kept": "1"}))
    assert ">\nTyped</textarea>" in shown
    assert ">Nina</option>" in shown
    assert 'value="XX!"' in shown


def test_a_new_post_is_kept_too(edith) -> None:
    edith.post(AUTOSAVE, filled(title="Not there yet"))
    assert "Not there yet" in text_of(edith.get(ADD, {"kept": "1"}))


def test_words_for_other_places_are_kept(edith) -> None:
    lines = {"variants-TOTAL_FORMS": "1", "variants-0-target": "network:site"}
    edith.post(AUTOSAVE, filled(**lines, **{"variants-0-title": "Elsewhere"}))
    assert "Elsewhere" in text_of(edith.get(ADD, {"kept": "1"}))


def test_what_was_kept_is_gone_after_saving(edith, draft) -> None:
    edith.post(f"{AUTOSAVE}?post={draft.pk}", filled(title="Typed"))
    edith.post(AUTOSAVE, filled(title="Another"))
    edith.post(page(draft), filled(title="Typed", revision=1))
    assert [row.post for row in Autosave.objects.all()] == [None]
    edith.post(ADD, filled(title="Another"))
    assert not Autosave.objects.exists()


def test_what_was_kept_can_be_thrown_away(edith, draft) -> None:
    edith.post(f"{AUTOSAVE}?post={draft.pk}", filled(title="Typed"))
    edith.post(f"{AUTOSAVE}?post={draft.pk}", {"forget": "1"})
    assert not Autosave.objects.exists()


def test_a_refused_save_keeps_what_was_typed(edith, draft) -> None:
    edith.post(f"{AUTOSAVE}?post={draft.pk}", filled(title="Typed"))
    answer = edith.post(page(draft), filled(title="Typed", markets="Britain", revision=1))
    assert "Typed" in text_of(answer)
    assert Autosave.objects.exists()


def test_nobody_sees_what_another_one_left(edith, anton, draft) -> None:
    edith.post(f"{AUTOSAVE}?post={draft.pk}", filled(title="Typed"))
    assert "You left unsaved changes" not in text_of(anton.get(page(draft)))


def test_a_newer_revision_is_told_and_both_are_kept(edith, editor, draft) -> None:
    write_post(actor=editor, post=draft, fields={"title": "Somebody else"})
    answer = edith.post(f"{AUTOSAVE}?post={draft.pk}", filled(title="Typed", revision=1))
    assert answer.json()["newer"] is True
    assert "saved by somebody since" in text_of(edith.get(page(draft)))
    assert Post.objects.get().title == "Somebody else"


def test_two_windows_do_not_write_over_each_other(edith) -> None:
    first = edith.post(AUTOSAVE, filled(title="One")).json()["kept_at"]
    assert edith.post(AUTOSAVE, filled(title="Two")).status_code == 409
    answer = edith.post(AUTOSAVE, filled(title="One, longer", kept_at=first))
    assert answer.status_code == 200
    assert Autosave.objects.get().form["title"] == ["One, longer"]


def test_more_than_a_post_can_hold_is_not_kept(edith) -> None:
    assert edith.post(AUTOSAVE, filled(body="x" * 200_000)).status_code == 413


# --- two people at once -----------------------------------------------------------------------


def test_the_second_save_sees_both_and_loses_nothing(edith, editor, draft) -> None:
    write_post(actor=editor, post=draft, fields={"title": "Theirs"})
    answer = text_of(edith.post(page(draft), filled(title="Mine", body="My words", revision=1)))
    assert "<del>Theirs</del><ins>Mine</ins>" in answer
    assert "both changed it" in answer
    assert ">\nMy words</textarea>" in answer
    assert Post.objects.get().title == "Theirs"


def test_own_changes_are_saved_on_top_of_theirs(edith, editor, draft, jazz) -> None:
    write_post(actor=editor, post=draft, fields={"teaser": "Their teaser.", "title": "Theirs"})
    mine = filled(title="Mine", teaser="A quiet record.", body="", genres=[jazz.pk], revision=1)
    link = {"cta_url": "https://listen.example.org/7"}
    edith.post(page(draft), {**mine, **link, "_overwrite": "2"})
    draft.refresh_from_db()
    assert (draft.title, draft.teaser) == ("Mine", "Their teaser.")


# --- revisions --------------------------------------------------------------------------------


def revisions(post: Post) -> str:
    return reverse("admin:editorial_post_revisions", args=[post.pk])


def test_any_two_revisions_are_compared_word_by_word(edith, editor, draft, jazz) -> None:
    write_post(actor=editor, post=draft, fields={"teaser": "A loud record.", "genres": []})
    shown = text_of(edith.get(revisions(draft), {"from": "1", "to": "2"}))
    assert "<del>quiet</del><ins>loud</ins>" in shown
    assert "<del>Jazz</del>" in shown


def test_a_revision_is_brought_back(edith, editor, draft) -> None:
    write_post(actor=editor, post=draft, fields={"title": "Other"})
    edith.post(reverse("admin:editorial_post_restore", args=[draft.pk, 1]), {"seen": "2"})
    draft.refresh_from_db()
    assert (draft.title, draft.revision) == ("Blue Hour", 3)
    assert AuditEntry.objects.about(draft).newest_first()[0].summary == "Revision 1 brought back."


def test_a_locked_post_is_not_brought_back(edith, editor, draft) -> None:
    write_post(actor=editor, post=draft, fields={"title": "Other"})
    Post.objects.update(locked_at=timezone.now())
    assert "Bring back</button>" not in text_of(edith.get(revisions(draft)))
    answer = edith.post(reverse("admin:editorial_post_restore", args=[draft.pk, 1]), follow=True)
    assert "unschedule it first" in text_of(answer)


def test_revisions_take_few_queries(edith, editor, draft, django_assert_max_num_queries) -> None:
    for number in range(20):
        write_post(actor=editor, post=draft, fields={"title": f"Title {number}"})
    with django_assert_max_num_queries(12):
        edith.get(revisions(draft))


def test_odd_numbers_in_the_address_do_no_harm(edith, draft) -> None:
    for asked in ("0", "-1", "x", "9" * 40):
        assert edith.get(revisions(draft), {"from": asked, "to": asked}).status_code == 200


# --- pictures ---------------------------------------------------------------------------------


def test_pictures_are_offered_only_to_writers(client: Client) -> None:
    assert client.get(reverse("admin:editorial_post_pictures")).status_code == 302


def test_an_upload_without_words_is_refused_beside_its_field(edith) -> None:
    answer = edith.post(reverse("admin:editorial_post_pictures"), {"alt_text": ""})
    assert answer.status_code == 422
    assert {"upload", "alt_text"} <= set(answer.json()["errors"])
