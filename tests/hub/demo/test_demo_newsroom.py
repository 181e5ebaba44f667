from __future__ import annotations

import itertools
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from content.audit.models import AuditEntry
from content.catalogue.models import Artist, UnresolvedGenre
from content.editorial.models import Post, PostGenre, PostKind, PostState
from content.media.models import Asset
from hub.delivery.models import Attempt, Delivery
from hub.delivery.states import State
from hub.demo.material import load_material
from hub.demo.wipe import own_models, wipe
from hub.people.models import Membership
from hub.schedule.models import Slot, SlotBooking
from spokes.audiences.actions import save_audience
from spokes.audiences.models import AudienceVersion, ProfileArtist, RoutingOverride
from spokes.audiences.routing import RouteCode, route_many, route_post
from spokes.channels.models import Channel, Spoke
from spokes.site.models import CardImage, Publication, SiteVersion
from tests.hub.demo.conftest import POSTS

EVERY_KIND = " OR ".join(f"kind:{kind}" for kind in PostKind.values)

pytestmark = pytest.mark.usefixtures("newsroom")


def test_every_approved_post_goes_somewhere() -> None:
    assert Post.objects.count() == POSTS
    lost = Post.objects.approved().filter(deliveries__isnull=True)
    assert list(lost) == []


def test_posts_are_in_every_step_of_their_life() -> None:
    states = set(Post.objects.values_list("state", flat=True))
    assert states == {PostState.DRAFT, PostState.IN_REVIEW, PostState.APPROVED}
    assert RoutingOverride.objects.filter(verdict="pin").exists()
    assert RoutingOverride.objects.filter(verdict="ban").exists()
    assert UnresolvedGenre.objects.waiting().count() == len(load_material().unresolved)


def test_what_is_published_is_what_routing_says() -> None:
    live = Delivery.objects.filter(kind="publish", state=State.LIVE).select_related("post")
    routes = route_many({delivery.post for delivery in live})
    for delivery in live:
        codes = {route.channel.pk: route.goes for route in routes[delivery.post_id]}
        assert codes[delivery.channel_id], delivery


def test_no_country_post_is_on_the_hip_hop_spoke_unless_it_is_both() -> None:
    hip_hop = set(
        PostGenre.objects.filter(genre__above__ancestor__name="Hip Hop").values_list(
            "post_id", flat=True
        )
    )
    pinned = RoutingOverride.objects.filter(verdict="pin").values("post")
    delivered = Delivery.objects.filter(channel__slug="hip-hop-site").exclude(post__in=pinned)
    assert set(delivered.values_list("post_id", flat=True)) <= hip_hop
    assert Delivery.objects.filter(channel__slug="country-site").exists()


def test_each_live_delivery_has_its_publication_at_its_time() -> None:
    live = Delivery.objects.filter(kind="publish", state=State.LIVE)
    at = dict(Publication.objects.values_list("key", "published_at"))
    assert set(at) == set(live.values_list("key", flat=True))
    for delivery in live:
        assert at[delivery.key] == delivery.settled_at
        assert delivery.due_at < timezone.now()
        assert delivery.payload_hash
    assert Attempt.objects.filter(delivery__in=live).count() == live.count()


def test_the_past_lies_within_the_last_thirty_days() -> None:
    times = Publication.objects.values_list("published_at", flat=True)
    assert min(times) >= timezone.now() - timedelta(days=31)


def test_posts_were_written_before_they_were_approved_and_approved_before_they_went_out() -> None:
    for delivery in Delivery.objects.live().select_related("post"):
        post = delivery.post
        assert post.approved_at is not None
        assert post.created_at < post.approved_at < delivery.due_at


def test_some_posts_are_due_within_ten_minutes_and_spread_evenly() -> None:
    now = timezone.now()
    planned = Delivery.objects.planned().filter(due_at__gt=now - timedelta(hours=1))
    soon = planned.filter(due_at__lte=now + timedelta(minutes=11))
    times = sorted(set(soon.values_list("due_at", flat=True)))
    assert len(times) == POSTS // 4
    gaps = {round((b - a).total_seconds()) for a, b in itertools.pairwise(times)}
    assert max(gaps) - min(gaps) <= 1


def test_every_channel_of_the_site_has_slots_and_some_are_taken() -> None:
    sites = Channel.objects.filter(network="site")
    assert set(Slot.objects.values_list("channel", flat=True)) == {site.pk for site in sites}
    assert SlotBooking.objects.exists()


def test_webhooks_are_paused_and_say_why() -> None:
    hooks = Channel.objects.filter(network="webhook")
    assert hooks
    assert all(hook.paused_at and "then resume" in hook.paused_reason for hook in hooks)


def test_a_post_came_up_while_nobody_was_there() -> None:
    overdue = Delivery.objects.planned().filter(due_at__lt=timezone.now() - timedelta(hours=4))
    assert overdue.exists()
    assert not overdue.filter(post__evergreen=True).exists()


def test_every_artist_has_a_genre_and_every_picture_has_words() -> None:
    assert not Artist.objects.filter(genres__isnull=True).exists()
    assert Asset.objects.count() == POSTS
    assert not Asset.objects.filter(alt_text="").exists()
    assert not Post.objects.filter(hero__isnull=True).exists()


def test_what_is_live_has_its_small_picture() -> None:
    for hero in Publication.objects.values_list("hero", flat=True):
        assert "card-640" in hero["renditions"]


@pytest.mark.parametrize("person", load_material().people, ids=lambda row: row["username"])
def test_people_can_sign_in_with_the_printed_password(person: dict[str, str]) -> None:
    request = RequestFactory().post("/admin/login/")
    user = authenticate(request, username=person["username"], password=person["password"])
    assert isinstance(user, User)
    assert user.is_staff


@pytest.mark.parametrize(
    ("username", "approves", "steers"),
    [("editor", False, False), ("approver", True, False), ("planner", True, True)],
)
def test_people_may_do_their_own_job_and_no_other(
    username: str, approves: bool, steers: bool
) -> None:
    person = User.objects.get(username=username)
    assert person.has_perm("editorial.view_post")
    assert person.has_perm("editorial.approve_post") == approves
    assert person.has_perm("delivery.add_delivery")
    assert person.has_perm("channels.change_channel") == steers


def test_country_for_a_hip_hop_fan_is_stopped_by_number() -> None:
    channel = Channel.objects.get(name="Hip Hop site")
    everything = save_audience(name="Everything", expression=EVERY_KIND)
    Channel.objects.filter(pk=channel.pk).update(audience=everything)
    # the floor of the genre would stop them before anybody asks for their taste
    Spoke.objects.filter(pk=channel.spoke_id).update(genre_floor=0)
    of_country = PostGenre.objects.filter(genre__above__ancestor__name="Country")
    crossing = PostGenre.objects.filter(genre__above__ancestor__name="Hip Hop")
    posts = list(
        Post.objects.filter(pk__in=of_country.values("post"))
        .exclude(pk__in=crossing.values("post"))
        .exclude(artists__in=ProfileArtist.objects.values("artist"))
    )
    routes = [routes[0] for routes in route_many(posts, [channel]).values()]
    assert routes
    assert {route.code for route in routes} == {RouteCode.OFF_TASTE}


def test_a_crossover_reaches_both_of_its_spokes_by_share() -> None:
    post = Post.objects.get(picked_genres__percent=60)
    going = {route.channel.name: route.share for route in route_post(post) if route.goes}
    shares = {name: (share.value, share.floor) for name, share in going.items() if share}
    assert shares == {"Country site": (0.6, 0.25), "Hip Hop site": (0.4, 0.3)}


# --- the command, where a newsroom is there; here, for building one takes long ------------------


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def test_with_content_there_it_changes_nothing_and_tells_the_logins() -> None:
    before = (AuditEntry.objects.count(), Post.objects.count())
    said = demo()
    assert "nothing was changed" in said
    assert "demo-manager" in said
    assert (AuditEntry.objects.count(), Post.objects.count()) == before


def test_a_wipe_leaves_no_row_no_file_and_all_people() -> None:
    file = str(Asset.objects.values_list("file", flat=True)[0])
    card = default_storage.save("cards/one.jpg", ContentFile(b"a card"))
    CardImage.objects.filter(pk=CardImage.objects.values("pk")[:1]).update(file=card)
    people = User.objects.count()
    # PostgreSQL empties no table that has checks to come
    connection.check_constraints()
    wipe()
    left = [model for model in own_models() if model._default_manager.exists()]
    # the versions tell that all was emptied, where the database notices each row that goes
    assert {Membership} <= set(left) <= {Membership, SiteVersion, AudienceVersion}
    assert not Membership.objects.filter(spoke__isnull=False).exists()
    assert not default_storage.exists(file)
    assert not default_storage.exists(card)
    assert User.objects.count() == people


def test_reset_builds_it_anew(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    connection.check_constraints()
    demo(reset=True, posts=20, seed=2, quiet=True, force=True)
    assert Post.objects.count() == 20
    assert Asset.objects.count() == 20
