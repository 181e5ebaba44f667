from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from spokes.site import matching, search
from spokes.site.models import Publication

pytestmark = pytest.mark.django_db


def found(client: Client, **asked: str) -> list[str]:
    """Search, and give the titles of what was found, as they are ranked."""
    page = client.get("/search/", asked).content.decode()
    return [part.split("</a>")[0] for part in page.split('class="whole" href="')[1:]]


def titles(client: Client, **asked: str) -> list[str]:
    return [link.split('">')[1] for link in found(client, **asked)]


def test_words_are_found_in_title_and_teaser_whatever_their_case(client: Client, publish) -> None:
    publish(None, "Nine nights")
    publish(None, "Another", teaser="Made in NINE weeks.")
    publish(None, "Not this")
    assert titles(client, q="nine") == ["Nine nights", "Another"]


def test_every_word_must_be_found(client: Client, publish) -> None:
    publish(None, "Nine nights", teaser="In a barn.")
    publish(None, "Nine days", teaser="On a boat.")
    assert titles(client, q="barn nine") == ["Nine nights"]


@pytest.mark.parametrize("words", ["Björk", "bjork", "BJÖRK", "björk"])
def test_an_artist_is_found_however_the_name_is_spelt(
    client: Client, publish, make_artist, words: str
) -> None:
    publish(None, "A new record", [make_artist("Björk")])
    publish(None, "Another", [make_artist("Rosalía")])
    assert titles(client, q=words) == ["A new record"]


def test_a_title_in_another_script_is_found_whatever_its_case(client: Client, publish) -> None:
    publish(None, "Москва слезам не верит", slug="moskva")
    assert titles(client, q="москва") == ["Москва слезам не верит"]


def test_titles_come_before_artists_and_artists_before_teasers(
    client: Client, publish, make_artist
) -> None:
    publish(None, "Sting on tour", slug="title")
    publish(None, "An interview", [make_artist("Sting")])
    publish(None, "A quiet year", teaser="Even Sting is silent.")
    assert titles(client, q="sting") == ["Sting on tour", "An interview", "A quiet year"]


def test_the_newest_of_equals_comes_first(client: Client, publish) -> None:
    publish(None, "Nine nights")
    publish(None, "Nine days")
    assert titles(client, q="nine") == ["Nine days", "Nine nights"]


def test_a_search_can_be_narrowed_to_a_place_and_a_kind(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", kind="release")
    publish(jazz, "Nine days", kind="video")
    publish(None, "Nine years", kind="release")
    assert titles(client, q="nine", spoke="jazz") == ["Nine days", "Nine nights"]
    assert titles(client, q="nine", spoke="hub") == ["Nine years"]
    assert titles(client, q="nine", kind="release") == ["Nine years", "Nine nights"]
    assert titles(client, q="nine", spoke="jazz", kind="release") == ["Nine nights"]


def test_a_filter_that_nobody_knows_is_no_filter(client: Client, publish) -> None:
    publish(None, "Nine nights")
    assert titles(client, q="nine", spoke="polka", kind="opera") == ["Nine nights"]


def test_a_story_in_several_places_is_found_once(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", post_ref=1000)
    publish(None, "Nine nights", post_ref=1000)
    assert found(client, q="nine") == ['/jazz/nine-nights/">Nine nights']
    assert found(client, q="nine", spoke="hub") == ['/hub/nine-nights/">Nine nights']


def test_what_is_over_is_not_found(client: Client, publish) -> None:
    publish(None, "Nine nights", withdrawn_at=timezone.now())
    publish(None, "Nine days", expires_at=timezone.now())
    assert titles(client, q="nine") == []


def test_signs_with_a_meaning_for_the_database_have_none_here(client: Client, publish) -> None:
    publish(None, "100% pure", slug="pure")
    publish(None, "1000 nights")
    assert titles(client, q="100%") == ["100% pure"]
    assert titles(client, q="_") == []


@pytest.mark.parametrize(
    "words", ["", "   ", "\x00", "nothing like it", "x" * 5000, "zq " * 500, "!!!"]
)
def test_a_search_that_finds_nothing_says_so(client: Client, publish, words: str) -> None:
    publish(None, "Story")
    response = client.get("/search/", {"q": words})
    assert response.status_code == 200
    assert 'class="empty"' in response.content.decode()


def test_pages_of_a_search_keep_what_was_asked(client: Client, publish, jazz) -> None:
    for _ in range(21):
        publish(jazz)
    page = client.get("/search/", {"q": "story", "spoke": "jazz"}).content.decode()
    assert 'href="/search/?q=story&amp;spoke=jazz&amp;page=2"' in page


def test_search_engines_keep_out_of_the_search(client: Client) -> None:
    assert (
        '<meta name="robots" content="noindex, follow">' in client.get("/search/").content.decode()
    )


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Beyoncé returns", "beyonce"),
        ("Beyonce returns", "Beyoncé"),
        ("Röyksopp and Røyksopp", "royksopp"),
        ("Simon & Garfunkel", "simon and garfunkel"),
        ("AC/DC play", "ac dc"),
        ("Кино вернулось", "kino"),
        ("東京事変の新しいアルバム", "事変"),
        ("東京事変の新しいアルバム", "アルバム"),
        ("방탄소년단 돌아오다", "방탄"),
        ("ดนตรีแจ๊ส", "แจ๊ส"),
        ("\uff26\uff55\uff4c\uff4c width", "full width"),
        ("Nine nights", "nin"),
        ("Nine nights", '"nine nights"'),
        ("Nine nights", "nights -days"),
        ("🎷 sax", "sax"),
    ],
)
def test_a_title_is_found_as_people_type_it(
    client: Client, publish, title: str, asked: str
) -> None:
    publish(None, title, slug="wanted")
    publish(None, "Another story", slug="another")
    assert [link.split('"')[0] for link in found(client, q=asked)] == ["/hub/wanted/"]


@pytest.mark.parametrize(
    "asked", ['"nights nine"', "nine -nights", "ine", "京東", "-nine", '"nine nights" -nine']
)
def test_what_is_not_there_is_not_found(client: Client, publish, asked: str) -> None:
    publish(None, "Nine nights", slug="wanted", teaser="東京")
    assert found(client, q=asked) == []


@pytest.mark.parametrize(
    "asked",
    [
        '"',
        '""',
        "'",
        "' OR 1=1 --",
        "nine:*",
        "nine & | ! <-> (",
        "NEAR(nine nights)",
        "title:nine",
        "{title}: nine",
        "nine*",
        "^nine",
        "nine AND",
        "NOT nine",
        "\\",
        "%",
        "\x00nine",
        "\ud7ff\ufffe nine",
        "nine " * 2000,
        "x" * 10_000,
        "- - -",
        '-"',
    ],
)
def test_no_search_breaks_the_site(client: Client, publish, asked: str) -> None:
    publish(None, "Nine nights")
    assert client.get("/search/", {"q": asked}).status_code == 200
    list(Publication.objects.found_by(asked))


def test_words_follow_an_edit_and_a_removal(publish) -> None:
    story = publish(None, "Nine nights")
    search.index([Publication(pk=story.pk, title="Ten days", teaser="")], anew=True)
    assert not Publication.objects.found_by("nine").exists()
    assert Publication.objects.found_by("ten").get() == story
    story.delete()
    assert not Publication.objects.found_by("ten").exists()


def test_a_search_costs_one_query(publish, django_assert_num_queries) -> None:
    publish(None, "Nine nights")
    Publication.objects.found_by("warm").exists()
    with django_assert_num_queries(1):
        list(Publication.objects.found_by("nine nights -days")[:21])


def test_without_fts5_the_same_is_found(publish, monkeypatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite may lack FTS5")
    monkeypatch.setattr(matching, "has_fts5", lambda: False)
    publish(None, "Beyoncé returns", slug="wanted")
    publish(None, "Another", teaser="Beyoncé is silent.")
    asked = [row.title for row in Publication.objects.found_by("beyonce -silent")]
    assert asked == ["Beyoncé returns"]


def test_names_like_a_misspelt_one_are_offered(publish, make_artist) -> None:
    publish(None, "A record", [make_artist("Beyoncé"), make_artist("Nubya Garcia")])
    make_artist("Beyonder")
    assert search.near_names("beyonse") == ["Beyoncé"]
    assert search.near_names("nubia garcia") == ["Nubya Garcia"]
    assert search.near_names("qqqqqq") == []
    assert search.near_names("!") == []


def test_a_misspelt_artist_is_offered_where_nothing_is_found(
    client: Client, publish, make_artist
) -> None:
    publish(None, "Nine nights", [make_artist("Beyoncé")])
    page = client.get("/search/", {"q": "beyonse"}).content.decode()
    assert 'Did you mean <a href="/search/?q=Beyonc%C3%A9">Beyoncé</a>?' in page
    assert "Did you mean" not in client.get("/search/", {"q": "nine"}).content.decode()


# --- words that are everywhere -----------------------------------------------------------------


def test_of_a_word_that_is_everywhere_the_newest_are_ranked(
    client: Client, publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_RANKED", 3)
    publish(None, "The oldest of all")
    for number in range(5):
        publish(None, f"Story {number}", teaser="It is the one.")
    # a title is among those that are ranked, however old it is
    assert titles(client, q="the") == ["The oldest of all", "Story 4", "Story 3", "Story 2"]


def test_a_rarer_word_beside_it_is_found_however_old(
    client: Client, publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_RANKED", 3)
    publish(None, "An old one", teaser="All about the xylophone.")
    for number in range(5):
        publish(None, f"Story {number}", teaser="It is the one.")
    assert titles(client, q="the xylophone") == ["An old one"]


@pytest.mark.parametrize("asked", [{"spoke": "jazz"}, {"kind": "video"}, {"artist": "sting"}])
def test_a_filter_finds_its_own_however_many_newer_ones_stand_elsewhere(
    client: Client,
    publish,
    jazz,
    make_artist,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, str],
) -> None:
    monkeypatch.setattr(matching, "MOST_RANKED", 3)
    about = [make_artist("Sting")]
    publish(jazz, "The oldest of all", about, kind="video")
    publish(jazz, "An old one", about, kind="video", teaser="It is the one.")
    for number in range(5):
        publish(None, f"The story {number}", teaser="It is the one.")
    assert titles(client, q="the", **asked) == ["The oldest of all", "An old one"]


def test_of_a_place_with_very_many_the_newest_that_stand_are_ranked(
    client: Client, publish, jazz, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_RANKED", 2)
    for number in range(3):
        publish(jazz, f"The story {number}")
    for number in range(3):
        publish(jazz, f"The gone {number}", withdrawn_at=timezone.now())
        publish(jazz, f"The past {number}", expires_at=timezone.now())
    assert titles(client, q="the", spoke="jazz") == ["The story 2", "The story 1"]


def test_without_fts5_a_filter_finds_its_own_too(
    client: Client, publish, jazz, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite may lack FTS5")
    monkeypatch.setattr(matching, "has_fts5", lambda: False)
    monkeypatch.setattr(matching, "MOST_RANKED", 2)
    publish(jazz, "The oldest of all")
    for number in range(3):
        publish(None, f"The story {number}")
    assert titles(client, q="the", spoke="jazz") == ["The oldest of all"]
