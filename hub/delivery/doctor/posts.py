"""Posts, publications and pictures that do not agree with their deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from content.editorial.actions import lock_post, unlock_posts
from content.editorial.models import Post, PostState
from content.media.actions import retry_renditions
from content.media.models import Asset, Rendition
from hub.delivery.doctor.deliveries import unchanged
from hub.delivery.doctor.findings import Finding, in_batches
from hub.delivery.models import Delivery, Kind
from hub.delivery.settle import lock_posts
from hub.delivery.states import State
from spokes.channels.connectors.registry import CONNECTORS
from spokes.site.models import Publication

# a plan and its lock, or a settling and its unlocking, are written in one go
A_MOMENT = timedelta(minutes=1)
PICTURES_LATE = timedelta(hours=1)


def locked_for_nothing(now: datetime) -> Iterator[Finding]:
    open_ones = Delivery.objects.still_open().filter(post=OuterRef("pk"))
    # a lock of the future was set by a wrong clock: then how old it is says nothing
    old = Q(locked_at__lt=now - A_MOMENT) | Q(locked_at__gt=now + A_MOMENT)
    idle = Post.objects.filter(old).exclude(Exists(open_ones.order_by()))
    for post in in_batches(idle, Post.objects.only("pk", "title")):
        would = _("Unlock it.")

        def unlock(post: Post = post) -> bool:
            lock_posts([post.pk])
            if Delivery.objects.still_open().filter(post=post).exists():
                return False
            unlock_posts(post_ids=[post.pk])
            return True

        yield Finding(
            "post.locked",
            post,
            _("It is locked, but nothing of it is on its way."),
            would,
            unlock,
        )


def unlocked_on_the_way(now: datetime) -> Iterator[Finding]:
    coming = Delivery.objects.still_open().filter(created_at__lt=now - A_MOMENT)
    coming = coming.exclude(kind=Kind.WITHDRAW)
    of_post = coming.filter(post=OuterRef("pk")).order_by()
    loose = Post.objects.filter(locked_at__isnull=True, state=PostState.APPROVED)
    for post in in_batches(loose.filter(Exists(of_post)), Post.objects.only("pk", "title")):
        would = _("Lock it until they are through.")

        def lock(post: Post = post) -> bool:
            lock_posts([post.pk])
            if not coming.filter(post=post).exists():
                return False
            lock_post(post_id=post.pk, now=now)
            return True

        yield Finding(
            "post.unlocked",
            post,
            _("Deliveries of it are on their way, but it can be changed meanwhile."),
            would,
            lock,
        )


def live_without_publication(now: datetime) -> Iterator[Finding]:
    """The console says that fans see it, and they don't."""
    here = Publication.objects.filter(key=OuterRef("key"), withdrawn_at__isnull=True)
    local = [name for name, network in CONNECTORS.items() if network.capabilities.local]
    live = Delivery.objects.live().filter(channel__network__in=local)
    for row in in_batches(live.exclude(Exists(here)), Delivery.objects.defer("payload")):
        would = _("Mark it as taken down; then the post can be scheduled there again.")

        def mark(row: Delivery = row) -> int:
            return int(unchanged(row).update(withdrawn_at=now))

        yield Finding(
            "live.no_publication",
            row,
            _("It is live, but the site does not show it."),
            would,
            mark,
        )


def publications_of_nobody(now: datetime) -> Iterator[Finding]:
    """Fans see it, and the console does not know."""
    mine = Delivery.objects.filter(key=OuterRef("key"), state=State.LIVE, withdrawn_at__isnull=True)
    shown = Publication.objects.filter(
        withdrawn_at__isnull=True, published_at__lt=now - A_MOMENT
    ).exclude(Exists(mine))
    read = Publication.objects.only("pk", "title", "key", "slug", "spoke_id")
    for row in in_batches(shown, read):
        yield Finding(
            "publication.no_delivery",
            row,
            _("The site shows it, but no delivery is live that published it."),
            _("Look at it; where it should go, restore its delivery or take the row down by hand."),
        )


def pictures_missing(now: datetime) -> Iterator[Finding]:
    """Sizes of pictures that failed or that nobody makes; one finding a picture."""
    current = Rendition.objects.current().filter(asset=OuterRef("pk")).order_by()
    failed = Asset.objects.filter(Exists(current.failed()))
    for asset in in_batches(failed):
        would = _("Make them again.")

        def retry(asset: Asset = asset) -> int:
            return retry_renditions(asset=asset, now=now)

        yield Finding(
            "picture.sizes",
            asset,
            _("Some of its sizes could not be made."),
            would,
            retry,
        )
    late = current.pending().filter(next_try_at__lt=now - PICTURES_LATE)
    for asset in in_batches(Asset.objects.filter(Exists(late)).exclude(Exists(current.failed()))):
        yield Finding(
            "picture.waiting",
            asset,
            _("Some of its sizes wait to be made for more than an hour."),
            _("Start workers; if they run, see their log for the round “renditions”."),
        )
