"""What the form's pickers search: artists, tracks, genres, tags and pictures, each in a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.catalogue.alike import begins_with
from content.catalogue.models import Artist, ArtistGenre, Genre, GenreEdge, Track
from content.catalogue.names import match_key
from content.catalogue.querysets import PICKER_LENGTH
from content.editorial.managers import near_names
from content.editorial.models import AudienceTag, Post
from content.text import clean_line
from hub.console.editor.typed_post import keys_of
from hub.console.people import acting
from hub.people.scope import sees_whole_house, visible

# genres beside a name: enough to tell namesakes apart
SHOWN_GENRES = 3
SHOWN_TAGS = 50

Offer = dict[str, Any]
Answer = dict[str, Any]


def search_view(request: HttpRequest, what: str) -> JsonResponse:
    """Answer ``?q=`` with up to twenty rows: id, name, and a note that tells them apart."""
    search = SEARCHES.get(what)
    if search is None:
        raise Http404
    return JsonResponse(search(request, clean_line(request.GET.get("q", ""))[:200]))


def _artists(request: HttpRequest, text: str) -> Answer:
    found = list(visible(acting(request), Artist.objects.all()).search(text))
    keys = [artist.pk for artist in found]
    weights = ArtistGenre.objects.filter(artist__in=keys).order_by("-weight", "genre__name")
    genres = _grouped(weights.values_list("artist_id", "genre__name"))
    counted = _on_posts(request).filter(artist__in=keys).values_list("artist_id")
    posts = dict(counted.annotate(Count("pk")))
    return _answer(
        [
            _offer(
                artist.pk,
                artist.name,
                [", ".join(genres[artist.pk][:SHOWN_GENRES]), artist.country],
                posts.get(artist.pk, 0),
            )
            for artist in found
        ],
        text,
        _("No artist is called “%(text)s”."),
    )


def _on_posts(request: HttpRequest) -> Any:
    """Give the pairs of artist and post, of the posts that the person sees."""
    pairs = Post.artists.through.objects.order_by()
    person = acting(request)
    if sees_whole_house(person):
        return pairs
    return pairs.filter(post__in=visible(person, Post.objects.order_by()))


def _tracks(request: HttpRequest, text: str) -> Answer:
    rows = visible(acting(request), Track.objects.all()).select_related("artist")
    key = match_key(text)
    if text:
        # "nina blue": any word may be the artist's
        for word in text.split():
            part = match_key(word)
            rows = rows.filter(Q(key__contains=part) | Q(artist__key__contains=part))
    if of_artists := keys_of(request.GET, "artists"):
        own = rows.filter(artist__in=of_artists)
        rows = own if own.exists() else rows
    found = sorted(
        rows.order_by("title")[: PICKER_LENGTH * 2],
        key=lambda track: not track.key.startswith(key),
    )
    return _answer(
        [
            _offer(track.pk, str(track), [track.album, track.released[:4]])
            for track in found[:PICKER_LENGTH]
        ],
        text,
        _("No track is called “%(text)s”."),
    )


def _genres(request: HttpRequest, text: str) -> Answer:
    found = list(visible(acting(request), Genre.objects.all()).search(text))
    keys = [genre.pk for genre in found]
    edges = GenreEdge.objects.filter(child__in=keys).order_by("parent__name")
    above = _grouped(edges.values_list("child_id", "parent__name"))
    offers = []
    for genre in found:
        names = ", ".join(above[genre.pk][:SHOWN_GENRES])
        below = _("below %(names)s") % {"names": names} if names else ""
        offers.append(_offer(genre.pk, genre.name, [below]))
    return _answer(offers, text, _("No genre is called “%(text)s”."))


def _tags(request: HttpRequest, text: str) -> Answer:
    rows = visible(acting(request), AudienceTag.objects.all())
    key = match_key(text)
    found = _found_tags(rows, key, text)
    if found:
        return _answer([_offer(tag.pk, tag.name, [tag.meaning]) for tag in found], text, "")
    near = near_names(AudienceTag, key)
    offers = [_offer(tag.pk, tag.name, [tag.meaning]) for tag in rows.filter(name__in=near)]
    said = _("There is no tag “%(text)s”. A manager adds new ones.")
    if offers:
        said = _("There is no tag “%(text)s”. Did you mean:")
    return {**_answer(offers, text, said), "said": said % {"text": text}}


def _found_tags(rows: QuerySet[AudienceTag], key: str, text: str) -> list[AudienceTag]:
    """Find those that begin so, by index; then those that have it inside, or in their meaning."""
    if not text:
        return list(rows.order_by("name")[:SHOWN_TAGS])
    found = list(rows.filter(begins_with(key)).order_by("key")[:SHOWN_TAGS]) if key else []
    for inside in (Q(key__contains=key), Q(meaning__icontains=text)):
        if len(found) < SHOWN_TAGS:
            known = [tag.pk for tag in found]
            more = rows.filter(inside).exclude(pk__in=known).order_by("name")
            found += more[: SHOWN_TAGS - len(found)]
    return found


def _grouped(pairs: Iterable[tuple[int, str]]) -> defaultdict[int, list[str]]:
    grouped: defaultdict[int, list[str]] = defaultdict(list)
    for key, name in pairs:
        grouped[key].append(name)
    return grouped


def _offer(pk: int, name: str, notes: Iterable[str], posts: int | None = None) -> Offer:
    told = [note for note in notes if note]
    if posts is not None:
        told.append(ngettext("%(count)s post", "%(count)s posts", posts) % {"count": posts})
    return {"id": str(pk), "name": name, "note": " · ".join(told)}


def _answer(offers: list[Offer], text: str, nothing: str) -> Answer:
    said = nothing % {"text": text} if nothing and not offers and text else ""
    return {"results": offers, "said": said}


SEARCHES: dict[str, Callable[[HttpRequest, str], Answer]] = {
    "artists": _artists,
    "tracks": _tracks,
    "genres": _genres,
    "tags": _tags,
}
