"""Nothing of another spoke is told to a manager of one: pickers, searches, counts, guessed keys.

The pages themselves are read by the walk over all addresses.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from content.audit.actions import record
from content.audit.models import AuditEntry
from content.catalogue.models import Genre
from content.editorial.actions import write_post
from content.editorial.models import Post, TaggedPost
from hub.console.models import SavedView
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery
from spokes.audiences.actions import ban_post
from spokes.channels.models import Channel
from tests.hub.console.access import MODELS
from tests.hub.console.house import NOW, SECRET
from tests.hub.console.test_walk_opens import said
from tests.hub.steps import put

# each finds a row of both spokes by its name
SEARCHES = {
    "audiences/audience": "ears",
    "auth/user": "writer",
    "channels/channel": "site",
    "delivery/delivery": "news",
    "editorial/post": "news",
    "media/asset": "stage",
    "preview/sharelink": "friends",
    "schedule/slot": "site",
}


@pytest.mark.parametrize(("model", "text"), SEARCHES.items())
def test_a_search_finds_rows_of_ones_own_spoke_alone(two_spokes, model: str, text: str) -> None:
    page = two_spokes.browsers["b"].get(f"/admin/{model}/", {"q": text}).content.decode()
    assert "Rhymes" in page
    assert SECRET not in page


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("news", "Rhymes news"),
        ("site", "Rhymes site"),
        ("ears", "Rhymes ears"),
        ("writer", "rhymes-writer"),
        ("house", ""),
        ("alma reed", "Alma Reed"),
        ("z", ""),
    ],
)
def test_the_search_over_all_finds_rows_of_ones_own_spoke_alone(
    two_spokes, text: str, own: str
) -> None:
    two_spokes.other["editorial/post"].artists.add(two_spokes.other["catalogue/artist"])
    answer = two_spokes.browsers["b"].get("/admin/search/", {"q": text})
    assert answer.status_code == 200
    assert own in answer.content.decode()
    assert SECRET not in answer.content.decode()


COUNTING = [
    *("/admin/", "/admin/delivery/delivery/now/", "/admin/delivery/delivery/figures/"),
    *("/admin/delivery/delivery/machine/", "/admin/delivery/delivery/upcoming/"),
    *("/admin/editorial/post/", "/admin/editorial/audiencetag/", "/admin/channels/spoke/"),
    *("/admin/media/asset/", "/admin/editorial/post/search/artists/", "/admin/auth/user/"),
    "/admin/audit/auditentry/",
]


def without_keys_of_this_answer(page: str) -> str:
    """Drop what differs each time: tokens against forgery, nonces, and how long ago a beat was."""
    return re.sub(r'(csrfmiddlewaretoken" value|nonce|data-csrf)="[^"]*"', "", page)


@pytest.mark.parametrize("address", COUNTING)
def test_what_happens_in_another_spoke_changes_no_number(two_spokes, address: str) -> None:
    browser = two_spokes.browsers["b"]
    before = without_keys_of_this_answer(browser.get(address).content.decode())
    happen(two_spokes.other, two_spokes.people["e"])
    after = without_keys_of_this_answer(browser.get(address).content.decode())
    assert after == before


def happen(rows: dict[str, Any], writer: User) -> None:
    """Let a lot wait for somebody in this spoke."""
    post, channel = rows["editorial/post"], rows["channels/channel"]
    post.artists.add(rows["catalogue/artist"])
    TaggedPost.objects.create(tag=rows["editorial/audiencetag"], content_object=post)
    Post.objects.filter(pk=post.pk).update(state="in_review", updated_at=timezone.now())
    put(Delivery.objects.filter(channel=channel), "review", due_at=timezone.now())
    Channel.objects.filter(pk=channel.pk).update(
        paused_at=timezone.now(), paused_reason="No.", auth_lost_at=timezone.now()
    )
    write_post(
        actor=writer, fields={"title": f"{SECRET} again", "genres": [rows["channels/spoke"].genre]}
    )


PICKERS = [
    *(("delivery", "hold", field) for field in ("spoke", "post")),
    *(("schedule", "slot", "channel"), ("channels", "spoke", "audience")),
    *(("editorial", "post", "hero"), ("channels", "channel", "spoke")),
]


@pytest.mark.parametrize(("app", "model", "field"), PICKERS)
def test_no_picker_offers_rows_of_another_spoke(
    two_spokes, app: str, model: str, field: str
) -> None:
    query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
    answer = two_spokes.browsers["b"].get("/admin/autocomplete/", query)
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("delivery/hold/add/", {"scope": "spoke", "spoke": "channels/spoke", "reason": "No."}),
        ("delivery/hold/add/", {"scope": "post", "post": "editorial/post", "reason": "No."}),
        ("delivery/hold/add/", {"scope": "all", "reason": "No."}),
        (
            "schedule/slot/add/",
            {"channel": "channels/channel", "weekday": "2", "wall_time": "18:00", "zone": "UTC"},
        ),
        (
            "channels/channel/add/",
            {
                "name": "Mine",
                "network": "site",
                "spoke": "channels/spoke",
                "zone": "UTC",
                "late_policy": "standard",
            },
        ),
        (
            "channels/channel/add/",
            {"name": "Mine", "network": "site", "zone": "UTC", "late_policy": "standard"},
        ),
    ],
)
def test_keys_of_another_spoke_are_refused_when_posted_by_hand(
    two_spokes, address: str, fields: dict[str, str]
) -> None:
    filled_in = {
        name: two_spokes.other[value].pk if value in MODELS else value
        for name, value in fields.items()
    }
    before = AuditEntry.objects.count()
    answer = two_spokes.browsers["b"].post(f"/admin/{address}", filled_in)
    assert answer.status_code in {200, 403}
    assert AuditEntry.objects.count() == before
    assert answer.status_code == 403 or SECRET not in answer.content.decode()


def test_a_post_goes_to_the_channels_of_ones_own_spokes(two_spokes) -> None:
    post = two_spokes.own["editorial/post"]
    page = (
        two_spokes.browsers["b"].get(f"/admin/editorial/post/{post.pk}/schedule/").content.decode()
    )
    assert SECRET not in page
    assert "Centre site" not in page


def test_a_spoke_keeps_its_genre_in_the_hands_of_its_manager(two_spokes) -> None:
    """Or else the whole of music would be one click away."""
    spoke = two_spokes.own["channels/spoke"]
    fields = {
        "genre": Genre.objects.get(name="Music").pk,
        "name": spoke.name,
        "colour": "#2e86ab",
        "position": "0",
    }
    two_spokes.browsers["b"].post(f"/admin/channels/spoke/{spoke.pk}/change/", fields)
    spoke.refresh_from_db()
    assert spoke.genre.name == "Rap"


def test_a_view_that_others_share_is_theirs(two_spokes) -> None:
    view = SavedView.objects.create(
        owner=two_spokes.people["m"], page="editorial_post_changelist", name="All", shared=True
    )
    two_spokes.browsers["b"].post("/admin/editorial/post/views/delete/", {"view": view.pk})
    assert SavedView.objects.filter(pk=view.pk).exists()


# --- a post of two desks ----------------------------------------------------------------------


@pytest.fixture
def shared(two_spokes) -> Post:
    """Both desks see and change it; it is planned on both, and says more on the other's channel."""
    own, other = two_spokes.own, two_spokes.other
    genres = [rows["channels/spoke"].genre for rows in (own, other)]
    slug = other["channels/channel"].slug
    said = {"title": f"{SECRET} first", "teaser": "", "cta_label": ""}
    variant = {"target": f"channel:{slug}", **said}
    post = write_post(
        actor=two_spokes.people["e"],
        fields={"title": "Two desks", "genres": genres, "variants": [variant]},
    )
    for rows in (own, other):
        plan_delivery(
            post=post,
            channel=rows["channels/channel"],
            due_at=NOW,
            actor=None,
            by_hand=True,
            now=NOW,
        )
    ban_post(
        post=post,
        channel=other["channels/channel"],
        reason=f"{SECRET} first",
        actor=two_spokes.people["e"],
    )
    slugs = [rows["channels/channel"].slug for rows in (own, other)]
    times = dict.fromkeys(slugs, NOW.isoformat())
    record(code="post.scheduled", subject=post, actor=None, after={"channels": times})
    return post


def states_of(post: Post) -> dict[str, str]:
    return dict(Delivery.objects.filter(post=post).values_list("channel__name", "state"))


@pytest.mark.parametrize(
    "address",
    [
        *(f"editorial/post/{{}}/{page}/" for page in ("change", "revisions", "route", "schedule")),
        *("editorial/post/{}/deliveries/", "audit/auditentry/", "delivery/delivery/upcoming/"),
        *("audit/auditentry/export/csv/", "audit/auditentry/export/jsonl/"),
        *("", "editorial/post/", "delivery/delivery/"),
    ],
)
def test_a_shared_post_tells_nothing_of_the_others_channels(
    two_spokes, shared, address: str
) -> None:
    approved = {"state": "approved", "approved_at": NOW, "approved_by": two_spokes.people["a"]}
    Post.objects.filter(pk=shared.pk).update(**approved)
    page = two_spokes.browsers["b"].get("/admin/" + address.format(shared.pk))
    assert page.status_code == 200
    assert SECRET.lower() not in said(page).lower()


def test_a_shared_post_keeps_what_it_says_on_the_others_channels(two_spokes, shared) -> None:
    Post.objects.filter(pk=shared.pk).update(locked_at=None)
    address = f"/admin/editorial/post/{shared.pk}/change/"
    fields = {
        "title": "Two desks, one story",
        "kind": shared.kind,
        "lang": shared.lang,
        "cta_label": "Listen",
        "genres": [genre.pk for genre in shared.genres.all()],
        "revision": shared.revision,
        "variants-TOTAL_FORMS": "0",
        "variants-INITIAL_FORMS": "0",
    }
    assert two_spokes.browsers["b"].post(address, fields).status_code == 302
    shared.refresh_from_db()
    assert shared.title == "Two desks, one story"
    assert shared.variants.get().title == f"{SECRET} first"


def test_taking_a_shared_post_off_the_schedule_leaves_the_others_channels(
    two_spokes, shared
) -> None:
    address = f"/admin/editorial/post/{shared.pk}/step/unschedule/"
    told = two_spokes.browsers["b"].post(address, follow=True).content.decode()
    assert states_of(shared) == {"Rhymes site": "cancelled", f"{SECRET} site": "scheduled"}
    assert "Channels of other spokes stay as they are." in told


def test_withdrawing_a_shared_post_leaves_the_others_channels(two_spokes, shared) -> None:
    put(Delivery.objects.filter(post=shared), "live")
    address = f"/admin/editorial/post/{shared.pk}/step/withdraw/"
    two_spokes.browsers["b"].post(address, {"reason": "No."})
    withdrawn = Delivery.objects.filter(post=shared, kind="withdraw")
    assert [row.channel.name for row in withdrawn] == ["Rhymes site"]


def test_whoever_has_no_channel_of_it_takes_nothing_down(two_spokes, shared) -> None:
    Delivery.objects.filter(post=shared, channel=two_spokes.own["channels/channel"]).delete()
    address = f"/admin/editorial/post/{shared.pk}/step/unschedule/"
    assert two_spokes.browsers["b"].post(address).status_code == 403
    assert states_of(shared) == {f"{SECRET} site": "scheduled"}
