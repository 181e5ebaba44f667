from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from content.audit.models import AuditEntry
from content.editorial.models import Post
from content.media.models import Asset
from hub.demo.wipe import own_models, wipe
from hub.people.models import Membership
from spokes.audiences.models import AudienceVersion
from spokes.site.models import CardImage, SiteVersion


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.mark.usefixtures("newsroom")
def test_with_content_there_it_changes_nothing_and_tells_the_logins() -> None:
    before = (AuditEntry.objects.count(), Post.objects.count())
    said = demo()
    assert "nothing was changed" in said
    assert "demo-manager" in said
    assert (AuditEntry.objects.count(), Post.objects.count()) == before


@pytest.mark.usefixtures("newsroom")
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


@pytest.mark.usefixtures("newsroom")
def test_reset_builds_it_anew(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    connection.check_constraints()
    demo(reset=True, posts=20, seed=2, quiet=True, force=True)
    assert Post.objects.count() == 20
    assert Asset.objects.count() == 20


def test_all_tables_of_the_house_are_emptied() -> None:
    names = {model._meta.label for model in own_models()}
    assert {"editorial.Post", "editorial.Post_artists", "delivery.Delivery"} <= names
    assert not {"auth.User", "contenttypes.ContentType"} & names
