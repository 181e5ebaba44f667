"""What settling a name does beyond its alias: artists, planned posts, and where these go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext, ngettext

from content.catalogue.models import GenreMention, UnresolvedGenre
from content.editorial.models import PickedGenre, Post
from content.editorial.querysets import PostQuerySet
from hub.delivery.models import Delivery, Kind
from spokes.audiences.facts import facts_of_many
from spokes.audiences.routing import RoutingTable, overrides_of

# planned posts that are routed before and after, and those named that fit elsewhere too
MOST_ROUTED = 300
NAMED = 3

Names = Sequence[UnresolvedGenre]
Mentions = QuerySet[GenreMention]
# the channels that take each post, by ids
Takers = dict[int, set[int]]


@dataclass(frozen=True)
class Touched:
    """How many artists get a genre by a name, and planned posts with them."""

    artists: int
    planned: int

    def __str__(self) -> str:
        artists = ngettext("%(count)d artist", "%(count)d artists", self.artists)
        if not self.planned:
            return artists % {"count": self.artists}
        planned = ngettext("%(count)d planned post", "%(count)d planned posts", self.planned)
        return gettext("{artists} and {posts}").format(
            artists=artists % {"count": self.artists}, posts=planned % {"count": self.planned}
        )


def to_come(names: Names) -> Touched:
    """Count whom these names would reach if they were settled; two queries."""
    return _touched(_waiting(names))


def reached(names: Names) -> Touched:
    """Count whom these names have reached since they were settled; two queries."""
    return _touched(_settled(names))


def will_get(names: Names) -> str:
    """Say it before, as a sentence; that nobody gets it, too."""
    touched = to_come(names)
    if not touched.artists:
        return gettext("No artist waits for it.")
    return gettext("{touched} will get it.").format(touched=touched)


def settle_and_tell(name: UnresolvedGenre, settle: Callable[[], object]) -> str:
    """Settle a name; say who has got the genre, and where planned posts go otherwise by that."""
    posts = list(_planned_about(_waiting([name])).order_by("pk")[:MOST_ROUTED])
    before = _takers(posts)
    settle()
    touched = reached([name])
    if not touched.artists:
        return ""
    told = gettext("{touched} got it.").format(touched=touched)
    return " ".join([told, *_otherwise(posts, before)])


def have_got(names: Names) -> str:
    """Say it after many names were settled."""
    touched = reached(names)
    return gettext("{touched} got it.").format(touched=touched) if touched.artists else ""


def reopen_and_tell(name: UnresolvedGenre, reopen: Callable[[], object]) -> str:
    """Let a name wait again; say from whom the genre was taken."""
    touched = reached([name])
    reopen()
    if not touched.artists:
        return ""
    return gettext("{touched} lost it again.").format(touched=touched)


def _waiting(names: Names) -> Mentions:
    return GenreMention.objects.unknown([name.key for name in names])


def _settled(names: Names) -> Mentions:
    keys = [name.key for name in names]
    return GenreMention.objects.filter(key__in=keys, genre__isnull=False)


def _touched(mentions: Mentions) -> Touched:
    artists = mentions.order_by().values("artist").distinct().count()
    return Touched(artists, _planned_about(mentions).count() if artists else 0)


def _planned_about(mentions: Mentions) -> PostQuerySet:
    """Find the posts with deliveries to come whose genres come from these artists."""
    artists = mentions.order_by().values("artist")
    named = Post.artists.through.objects.filter(post=OuterRef("pk"), artist__in=artists)
    heard = Post.tracks.through.objects.filter(post=OuterRef("pk"), track__artist__in=artists)
    picked = PickedGenre.objects.filter(post=OuterRef("pk"))
    planned = Delivery.objects.planned().filter(kind=Kind.PUBLISH).order_by().values("post")
    return Post.objects.filter(
        Q(Exists(named)) | Q(Exists(heard)), ~Exists(picked), pk__in=planned
    ).order_by()


def _takers(posts: Iterable[Post]) -> Takers:
    by_id = {post.pk: post for post in posts}
    if not by_id:
        return {}
    table, by_hand = RoutingTable.load([]), overrides_of(by_id.values())
    return {
        pk: table.takers(facts, by_hand.get(pk, {}))
        for pk, facts in facts_of_many(by_id.values()).items()
    }


def _otherwise(posts: Sequence[Post], before: Takers) -> list[str]:
    """Say which planned deliveries are not wanted any more, and what fits more channels now."""
    after = _takers(posts)
    rows = Delivery.objects.planned().filter(kind=Kind.PUBLISH, post__in=list(after))
    planned = list(rows.order_by().values_list("post_id", "channel_id"))
    lost = sum(channel in before[post] - after[post] for post, channel in planned)
    held = set(planned)
    more = [
        post.title
        for post in posts
        if any((post.pk, channel) not in held for channel in after[post.pk] - before[post.pk])
    ]
    return [sentence for sentence in (_not_wanted(lost), _fits_more(more)) if sentence]


def _not_wanted(number: int) -> str:
    if not number:
        return ""
    words = ngettext(
        "%(count)d planned delivery will not go out: its channel does not want it any more.",
        "%(count)d planned deliveries will not go out: their channels do not want them any more.",
        number,
    )
    return words % {"count": number}


def _fits_more(titles: Sequence[str]) -> str:
    if not titles:
        return ""
    words = ngettext(
        "%(count)d planned post goes to more channels now, and can be planned there: %(titles)s",
        "%(count)d planned posts go to more channels now, and can be planned there: %(titles)s",
        len(titles),
    )
    named = ", ".join(f"“{title}”" for title in titles[:NAMED])
    more = "." if len(titles) <= NAMED else ", …"
    return words % {"count": len(titles), "titles": named + more}
