"""Which posts a file of openings names, and what of it others opened: our links say both."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from django.db.models import Count, Min

from content.catalogue.closure import chunks
from content.catalogue.models import FormerSlug
from content.editorial.models import Post
from hub.delivery.models import Delivery
from spokes.audiences.profiles.counting import CHUNK
from spokes.audiences.profiles.opened import Finder, Found, find_posts, slug_at_the_end
from spokes.channels.links import marker_in
from spokes.channels.models import Channel, Spoke
from spokes.site.models import Publication
from spokes.site.places import HUB_SLUG


def opened_by(owner: Spoke | Channel) -> Finder:
    """Find the posts that the people of a spoke or a channel opened.

    A deep link is known by the marker of its delivery, which says the channel, too; a page of the
    site by its address, which says the spoke; a link without a marker where one post alone has it.
    """

    def find(references: Collection[str]) -> Found:
        marked = {one: marker for one in references if (marker := marker_in(one))}
        posts, others = _by_marker(marked, owner)
        rest = [one for one in references if one not in posts.keys() | others]
        elsewhere = _on_other_pages(rest, owner)
        rest = [one for one in rest if one not in elsewhere]
        for look in (_by_link, _by_name, _by_former_page):
            posts |= look([one for one in rest if one not in posts])
        return Found(posts, frozenset(others | elsewhere))

    return find


def _by_marker(marked: dict[str, str], owner: Spoke | Channel) -> tuple[dict[str, int], set[str]]:
    """Sort links by whether theirs is the channel that they were on."""
    posts: dict[str, int] = {}
    others: set[str] = set()
    rows: dict[str, tuple[int, bool]] = {}
    for some in chunks([*set(marked.values())], CHUNK):
        known = Delivery.objects.filter(marker__in=some).order_by()
        for marker, post, channel, spoke in known.values_list(
            "marker", "post_id", "channel_id", "channel__spoke_id"
        ):
            place = spoke if isinstance(owner, Spoke) else channel
            rows[marker] = (post, place == owner.pk)
    for link, marker in marked.items():
        if marker in rows:
            post, is_theirs = rows[marker]
            if is_theirs:
                posts[link] = post
            else:
                others.add(link)
    return posts, others


def _on_other_pages(references: Iterable[str], owner: Spoke | Channel) -> set[str]:
    """Name the pages of the site that stand on another spoke, or on the hub."""
    own = owner if isinstance(owner, Spoke) else owner.spoke
    own_slug = own.slug if own else HUB_SLUG
    slugs = [*Spoke.objects.values_list("slug", flat=True), HUB_SLUG]
    former = FormerSlug.objects.filter(kind=FormerSlug.Kind.SPOKE)
    now = dict(former.values_list("slug", "now_at")) | dict(zip(slugs, slugs, strict=True))
    return {one for one in references if now.get(_place_of(one), own_slug) != own_slug}


def _place_of(reference: str) -> str:
    """Give the part of an address that stands before its last one."""
    try:
        parts = [part for part in urlsplit(reference).path.split("/") if part]
    except ValueError:
        return ""
    return parts[-2] if len(parts) > 1 else ""


def _by_link(links: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks([one for one in links if "://" in one], CHUNK):
        rows = Post.objects.filter(cta_url__in=some).order_by().values("cta_url")
        alone = rows.annotate(posts=Count("pk"), post=Min("pk")).filter(posts=1)
        found |= dict(alone.values_list("cta_url", "post"))
    return found


def _by_name(names: Collection[str]) -> dict[str, int]:
    return dict(find_posts(names).posts)


def _by_former_page(addresses: Collection[str]) -> dict[str, int]:
    """Find what stood on a page whose address the post has given up since."""
    slugs = {one: slug_at_the_end(one) for one in addresses}
    known: dict[str, int] = {}
    for some in chunks([*set(slugs.values()) - {""}], CHUNK):
        rows = Publication.objects.filter(slug__in=some).order_by("published_at", "pk")
        known |= dict(rows.values_list("slug", "post_ref"))
    posts: set[int] = set()
    for those in chunks([*set(known.values())], CHUNK):
        posts |= set(Post.objects.filter(pk__in=those).values_list("pk", flat=True))
    return {one: known[slug] for one, slug in slugs.items() if known.get(slug) in posts}
