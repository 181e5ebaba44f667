"""Every page of the console opens for those who may see it, and for nobody else."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from PIL import Image

from hub.preview.actions import create_share_link
from spokes.channels.actions import name_hub
from spokes.channels.models import Hub

OURS = sorted(
    (model for model in admin.site._registry if model._meta.app_label != "auth"),
    key=lambda model: model._meta.label,
)
EVERYTHING = sorted(admin.site._registry, key=lambda model: model._meta.label)


def page(model: type[Model], name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def picture() -> ContentFile[bytes]:
    stored = io.BytesIO()
    Image.new("RGB", (64, 36), "#335577").save(stored, "PNG")
    return ContentFile(stored.getvalue(), "stage.png")


@pytest.fixture
def world(make_genre, make_artist, make_spoke, make_channel, make_post, make_tag, editor, now):
    """Make one row at least of everything that has a page."""
    from datetime import time

    from django.contrib.auth.models import Group

    from content.audit.actions import record
    from content.catalogue.models import Track, UnresolvedGenre
    from content.media.actions import store_upload
    from hub.delivery.actions import hold, plan_delivery
    from hub.schedule.models import Slot
    from spokes.audiences.actions import save_audience

    jazz = make_genre("Jazz", make_genre("Music"))
    artist = make_artist("Alma Reed", jazz)
    Track.objects.create(artist=artist, title="Blue Hour", key="bluehour")
    UnresolvedGenre.objects.create(name="jass", key="jass", first_seen_at=now, suggestion=jazz)
    spoke = make_spoke(jazz)
    channel = make_channel(spoke)
    Slot.objects.create(channel=channel, weekday=1, wall_time=time(9), zone="Europe/Berlin")
    hero = store_upload(upload=picture(), title="A stage", alt_text="A stage.", now=now)
    post = make_post(
        "Hello", genres=[jazz], artists=[artist], tags=[make_tag("festival")], hero=hero
    )
    save_audience(name="Jazz lovers", expression="genre:jazz")
    plan_delivery(post=post, channel=channel, due_at=now, actor=editor, by_hand=True, now=now)
    hold(scope="artist", actor=editor, reason="Waiting for news.", artist=artist)
    record(code="post.written", subject=post, actor=editor)
    Group.objects.get_or_create(name="Editor")
    name_hub(name="Blue Note Radio", colour="#1d4ed8", actor=editor)
    create_share_link(actor=editor, label="For the label", post=post)
    return post


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model._meta.label)
def test_every_list_opens(mona: Client, world, model: type[Model]) -> None:
    # of the hub there is one row, and its list leads there
    assert mona.get(page(model, "changelist"), follow=True).status_code == 200


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model._meta.label)
def test_every_row_opens(mona: Client, world, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert mona.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model._meta.label)
def test_every_new_form_opens_where_rows_are_made_by_hand(
    mona: Client, rf, world, manager, model: type[Model]
) -> None:
    request = rf.get("/")
    request.user = manager
    allowed = admin.site._registry[model].has_add_permission(request)
    assert mona.get(page(model, "add")).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model._meta.label)
def test_a_stranger_is_sent_to_sign_in(client: Client, world, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    addresses = [page(model, "changelist"), page(model, "add"), page(model, "change", row.pk)]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("name", ["index", "now", "upcoming", "pause_everything"])
def test_a_stranger_sees_no_page_of_the_house(client: Client, db: None, name: str) -> None:
    answer = client.get(reverse(f"admin:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("admin:login"))


LOOKED_AT = [model for model in OURS if model is not Hub]


@pytest.mark.parametrize("model", LOOKED_AT, ids=lambda model: model._meta.label)
def test_an_editor_may_look_at_everything(edith: Client, world, model: type[Model]) -> None:
    assert edith.get(page(model, "changelist")).status_code == 200


@pytest.mark.parametrize("name", ["content.audit", "content.catalogue", "hub.delivery"])
def test_no_row_of_the_newsroom_is_deleted_by_hand(mona: Client, world, name: str) -> None:
    models = [model for model in OURS if apps.get_app_config(model._meta.app_label).name == name]
    for model in models:
        row = model._default_manager.first()
        assert row is not None
        assert mona.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model._meta.label)
def test_the_crumbs_over_a_list_say_two_things(model: type[Model]) -> None:
    above, own = model._meta.app_config.verbose_name, model._meta.verbose_name_plural
    assert str(above).casefold() != str(own).casefold()


def test_the_sidebar_offers_only_what_a_person_may_see(signed_in, editor) -> None:
    answer = signed_in(editor).get(reverse("admin:index"))
    assert "/admin/editorial/post/" not in answer.content.decode()


def test_staff_without_a_role_are_told_whom_to_ask(signed_in, editor) -> None:
    assert "a manager has to put you into a group" in (
        signed_in(editor).get(reverse("admin:index")).content.decode()
    )


def test_the_console_alone_has_the_looser_policy(client: Client, db: None) -> None:
    assert "unsafe-eval" in client.get(reverse("account_login"))["Content-Security-Policy"]
    assert "unsafe-eval" not in client.get("/no-such-page/")["Content-Security-Policy"]


def test_too_many_wrong_passwords_end_on_a_page_that_says_so(client: Client, editor) -> None:
    for _ in range(8):
        answer = client.post(reverse("account_login"), {"login": "edith", "password": "wrong"})
    assert answer.status_code == 429
    assert "Wait a quarter of an hour" in answer.content.decode()
