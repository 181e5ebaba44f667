"""What readers see, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from spokes.site.models import Publication
from tests.spokes.site.conftest import HERO

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def order(page: str, *words: str) -> list[str]:
    return sorted(words, key=page.index)


# --- the hub ---------------------------------------------------------------------------------


def test_the_hub_leads_with_its_own_newest_story(client: Client, publish, jazz) -> None:
    publish(None, "Older hub story")
    publish(None, "Newest hub story")
    publish(jazz, "Jazz story")
    page = text(client.get("/"))
    assert order(page, "Jazz story", "Older hub story", "Newest hub story") == [
        "Newest hub story",
        "Older hub story",
        "Jazz story",
    ]
    assert page.index('class="lead') < page.index("Newest hub story")


def test_the_hub_gives_a_way_into_each_spoke(client: Client, publish, jazz) -> None:
    publish(jazz, "Jazz story")
    page = text(client.get("/"))
    assert "All of Jazz" in page
    assert 'href="/jazz/jazz-story/"' in page


def test_a_quiet_spoke_is_named_on_the_hub(client: Client, jazz) -> None:
    page = text(client.get("/"))
    assert "Warming up" in page
    assert 'href="/jazz/">Jazz</a>.' in page


def test_a_spoke_on_the_hub_prefers_stories_that_the_hub_does_not_show(
    client: Client, publish, jazz
) -> None:
    publish(jazz, "Only in jazz", post_ref=1001)
    publish(jazz, "On both", post_ref=1000)
    publish(None, "On both", post_ref=1000)
    page = text(client.get("/"))
    assert 'href="/hub/on-both/"' in page
    assert 'href="/jazz/on-both/"' not in page
    assert 'href="/jazz/only-in-jazz/"' in page


def test_an_empty_house_still_has_a_front_page(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "Nothing on the hub yet" in text(response)


def test_the_hub_has_one_address(client: Client) -> None:
    response = client.get("/hub/")
    assert (response.status_code, response["Location"]) == (301, "/")


def test_older_stories_of_the_hub_follow_without_gap_or_repeat(client: Client, publish) -> None:
    titles = [publish(None, f"Story number {number:02}").title for number in range(40)]
    pages = "".join(text(client.get(f"/?page={number}")) for number in (1, 2, 3))
    assert all(pages.count(f'">{title}</a>') == 1 for title in titles)


# --- spokes ----------------------------------------------------------------------------------


def test_a_spoke_shows_its_own_stories_only(client: Client, publish, jazz) -> None:
    publish(jazz, "Jazz story")
    publish(None, "Hub story")
    page = text(client.get("/jazz/"))
    assert "Jazz story" in page
    assert "Hub story" not in page


def test_a_list_shows_the_teaser_and_the_way_onward(client: Client, publish, jazz) -> None:
    publish(jazz, "Jazz story", cta_label="Hear it", cta_url="https://listen.example.org/a?bb=7")
    page = text(client.get("/jazz/"))
    assert "The teaser of Jazz story." in page
    assert 'href="https://listen.example.org/a?bb=7"' in page
    assert "Hear it" in page
    assert "The body of" not in page


def test_a_spoke_shows_the_spokes_below_it(client: Client, jazz, make_genre, make_spoke) -> None:
    swing = make_genre("Swing", jazz.genre)
    make_spoke(make_genre("Bebop", swing))
    page = text(client.get("/jazz/"))
    below = page[page.index('aria-label="Spokes below Jazz"') :]
    assert 'href="/bebop/"' in below


def test_a_spoke_shows_artists_and_genres_seen_lately(
    client: Client, publish, jazz, make_artist, make_genre
) -> None:
    publish(jazz, "Story", [make_artist("Nubya Garcia")], [make_genre("Bebop", jazz.genre)])
    page = text(client.get("/jazz/"))
    seen = page[page.index('aria-label="Seen lately"') :]
    assert 'href="/artists/nubya-garcia/"' in seen
    assert 'href="/genres/bebop/"' in seen


def test_an_empty_spoke_says_so(client: Client, jazz) -> None:
    response = client.get("/jazz/")
    assert response.status_code == 200
    assert "Nothing here yet" in text(response)


def test_pages_follow_each_other(client: Client, publish, jazz) -> None:
    for _ in range(41):
        publish(jazz)
    first, second, third = (text(client.get(f"/jazz/?page={number}")) for number in (1, 2, 3))
    assert 'rel="next" href="/jazz/?page=2"' in first
    assert 'rel="prev" href="/jazz/"' in second
    assert 'rel="next" href="/jazz/?page=3"' in second
    assert 'rel="next"' not in third
    assert "Story 1<" in third


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "3", "101", "9" * 50, "²", "1.0"])
def test_a_page_that_is_not_there_is_not_found(client: Client, publish, jazz, page: str) -> None:
    for _ in range(21):
        publish(jazz)
    assert client.get("/jazz/", {"page": page}).status_code == 404


def test_an_unknown_spoke_is_not_found(client: Client) -> None:
    assert client.get("/polka/").status_code == 404


def test_a_page_cannot_be_posted_to(client: Client, jazz) -> None:
    assert client.post("/jazz/").status_code == 405


# --- a story ---------------------------------------------------------------------------------


def test_a_story_shows_all_that_was_published(client: Client, publish, jazz, make_artist) -> None:
    publish(
        jazz,
        "Nine nights",
        [make_artist("Nubya Garcia")],
        [jazz.genre],
        hero=HERO,
        tags=[{"name": "Festival", "slug": "festival"}],
        explicit=True,
    )
    page = text(client.get("/jazz/nine-nights/"))
    assert "<p>The body of <strong>Nine nights</strong>.</p>" in page
    assert 'alt="A piano in an empty hall"' in page
    assert "Picture: Ada Lind" in page
    assert 'href="/artists/nubya-garcia/"' in page
    assert 'href="/genres/jazz/"' in page
    assert "Festival" in page
    assert "Explicit" in page
    assert 'href="https://listen.example.org/album/1?bb=m1"' in page
    assert '<time datetime="2026-06-01T10:00:00+00:00">1 June 2026, 10:00 UTC</time>' in page


def test_the_way_onward_of_a_story_about_several_names_the_story(
    client: Client, publish, make_artist
) -> None:
    publish(None, "Duets", [make_artist("Nubya Garcia"), make_artist("Moses Boyd")])
    page = text(client.get("/hub/duets/"))
    call = page[page.index('class="call"') :]
    assert ">Duets</p>" in call[: call.index("</div>\n<footer>")]


def test_a_story_of_the_hub_has_its_address_below_hub(client: Client, publish) -> None:
    publish(None, "Hub story")
    assert client.get("/hub/hub-story/").status_code == 200


def test_a_story_is_in_its_own_language(client: Client, publish, jazz) -> None:
    publish(jazz, "Nueve noches", lang="es")
    assert '<h1 lang="es" dir="auto">Nueve noches</h1>' in text(client.get("/jazz/nueve-noches/"))


def test_a_story_names_the_other_places_where_it_is_live(client: Client, publish, jazz) -> None:
    publish(jazz, "On both", post_ref=1000)
    publish(None, "On both", post_ref=1000)
    page = text(client.get("/jazz/on-both/"))
    assert 'href="/hub/on-both/"' in page[page.index("Also on") :]


def test_all_copies_of_a_story_name_the_first_as_canonical(
    client: Client, publish, jazz, settings
) -> None:
    settings.SITE_URL = "https://news.example.org"
    publish(jazz, "On both", post_ref=1000)
    publish(None, "On both", post_ref=1000)
    canonical = '<link rel="canonical" href="https://news.example.org/jazz/on-both/">'
    assert canonical in text(client.get("/jazz/on-both/"))
    assert canonical in text(client.get("/hub/on-both/"))


def test_a_story_leads_on_to_more_of_its_spoke(client: Client, publish, jazz) -> None:
    publish(jazz, "Another")
    publish(jazz, "This one")
    page = text(client.get("/jazz/this-one/"))
    more = page[page.index("More from Jazz") :]
    assert 'href="/jazz/another/"' in more
    assert 'href="/jazz/this-one/"' not in more


def test_a_title_cannot_bring_markup(client: Client, publish, jazz) -> None:
    publish(
        jazz,
        "</script><script>alert(1)</script>",
        slug="bad",
        body_html="",
        hero={**HERO, "alt": '"><b>'},
    )
    for address in ("/jazz/", "/jazz/bad/", "/search/?q=alert"):
        page = text(client.get(address))
        assert "<script>alert" not in page
        assert '"><b>' not in page


def test_a_story_is_described_for_those_who_share_it(
    client: Client, publish, jazz, settings
) -> None:
    settings.SITE_URL = "https://news.example.org"
    publish(jazz, "Nine nights", hero=HERO)
    page = text(client.get("/jazz/nine-nights/"))
    assert '<meta property="og:type" content="article">' in page
    assert '<meta property="og:title" content="Nine nights">' in page
    assert (
        '<meta property="og:image" content="https://news.example.org/media/night-1200.jpg">' in page
    )
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    assert '"@type": "NewsArticle"' in page


# --- what is over ----------------------------------------------------------------------------


def test_a_withdrawn_story_is_gone(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", withdrawn_at=timezone.now())
    response = client.get("/jazz/nine-nights/")
    assert response.status_code == 410
    assert "left the stage" in text(response)
    assert "Nine nights" not in text(client.get("/jazz/"))


def test_an_expired_story_is_gone(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/jazz/nine-nights/").status_code == 410
    assert "Nine nights" not in text(client.get("/jazz/"))


def test_a_story_that_expires_later_is_there(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", expires_at=timezone.now() + timedelta(hours=1))
    assert client.get("/jazz/nine-nights/").status_code == 200


@pytest.mark.parametrize("live_first", [True, False])
def test_what_stands_at_an_address_wins_over_what_was_taken_down(
    client: Client, publish, jazz, live_first: bool
) -> None:
    def take_down() -> Publication:
        return publish(jazz, "Nine nights", teaser="The old one.", withdrawn_at=timezone.now())

    if not live_first:
        take_down()
    publish(jazz, "Nine nights", teaser="The new one.")
    if live_first:
        take_down()
    response = client.get("/jazz/nine-nights/")
    assert response.status_code == 200
    assert "The new one." in text(response)


def test_a_story_that_never_was_is_not_found(client: Client, publish, jazz) -> None:
    publish(None, "Hub story")
    assert client.get("/jazz/hub-story/").status_code == 404


# --- artists and genres ----------------------------------------------------------------------


def test_an_artist_has_facts_and_stories(
    client: Client, publish, jazz, make_artist, make_genre
) -> None:
    garcia = make_artist("Nubya Garcia", jazz.genre, make_genre("Dub"))
    publish(jazz, "About her", [garcia])
    publish(jazz, "About another", [make_artist("John Coltrane")])
    page = text(client.get("/artists/nubya-garcia/"))
    assert 'href="/genres/jazz/"' in page
    assert 'href="/genres/dub/"' in page
    assert "About her" in page
    assert "About another" not in page


@pytest.mark.parametrize(("language", "name"), [("en", "Brazil"), ("de", "Brasilien")])
def test_an_artist_comes_from_a_country_with_a_name(
    client: Client, make_artist, settings, language: str, name: str
) -> None:
    settings.LANGUAGE_CODE = language
    artist = make_artist("Gal Costa")
    artist.country = "BR"
    artist.save(update_fields=["country"])
    assert f"</span> {name}</p>" in text(client.get("/artists/gal-costa/"))


def test_an_artist_of_a_single_story_does_not_show_its_picture_twice(
    client: Client, publish, make_artist
) -> None:
    nubya = make_artist("Nubya Garcia")
    publish(None, "Nine nights", [nubya], hero=HERO)
    assert text(client.get("/artists/nubya-garcia/")).count("<img") == 1
    publish(None, "Nine days", [nubya], hero=HERO)
    assert text(client.get("/artists/nubya-garcia/")).count("<img") == 3


def test_an_artist_without_genres_or_stories_has_a_page(client: Client, make_artist) -> None:
    make_artist("Nubya Garcia")
    assert "No stories about Nubya Garcia yet" in text(client.get("/artists/nubya-garcia/"))


def test_an_unknown_artist_is_not_found(client: Client) -> None:
    assert client.get("/artists/nobody/").status_code == 404


def test_a_story_in_several_places_is_listed_once(
    client: Client, publish, jazz, make_artist
) -> None:
    garcia = make_artist("Nubya Garcia")
    publish(jazz, "On both", [garcia], post_ref=1000)
    publish(None, "On both", [garcia], post_ref=1000)
    assert text(client.get("/artists/nubya-garcia/")).count('">On both</a>') == 1


def test_a_story_is_listed_from_where_it_still_stands(
    client: Client, publish, jazz, make_artist
) -> None:
    garcia = make_artist("Nubya Garcia")
    publish(jazz, "On both", [garcia], post_ref=1000, withdrawn_at=timezone.now())
    publish(None, "On both", [garcia], post_ref=1000)
    assert 'href="/hub/on-both/"' in text(client.get("/artists/nubya-garcia/"))


def test_a_genre_shows_its_place_in_the_graph(client: Client, make_genre, make_spoke) -> None:
    music = make_genre("Music")
    jazz = make_genre("Jazz", music)
    bebop = make_genre("Bebop", jazz)
    make_genre("Hard Bop", bebop)
    make_spoke(jazz)
    page = text(client.get("/genres/jazz/"))
    around = page[page.index('aria-label="Genres around Jazz"') :]
    assert 'href="/genres/music/"' in around
    assert 'href="/genres/bebop/"' in around
    assert 'href="/genres/hard-bop/"' not in around
    assert "Go to the Jazz spoke" in page


def test_a_genre_lists_what_is_about_the_genres_below_it(
    client: Client, publish, jazz, make_genre
) -> None:
    publish(None, "About bebop", genres=[make_genre("Bebop", jazz.genre)])
    publish(None, "About metal", genres=[make_genre("Metal")])
    page = text(client.get("/genres/jazz/"))
    assert "About bebop" in page
    assert "About metal" not in page


def test_an_unknown_genre_is_not_found(client: Client) -> None:
    assert client.get("/genres/nothing/").status_code == 404


# --- pictures --------------------------------------------------------------------------------


def test_a_list_uses_the_small_rendition(client: Client, publish, jazz) -> None:
    for _ in range(2):
        publish(jazz, hero=HERO)
    page = text(client.get("/jazz/"))
    assert 'src="/media/night-640.jpg"' in page
    assert 'src="/media/assets/night.jpg"' not in page


def test_a_picture_without_renditions_keeps_its_focal_point_in_sight(
    client: Client, publish, jazz
) -> None:
    publish(jazz, hero={**HERO, "renditions": {}})
    page = text(client.get("/jazz/"))
    assert 'class="art focus-x3 focus-y6" src="/media/assets/night.jpg"' in page


def test_a_decorative_picture_has_an_empty_alt_text(client: Client, publish, jazz) -> None:
    publish(jazz, hero={**HERO, "alt": ""})
    assert 'alt=""' in text(client.get("/jazz/"))
