from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from spokes.channels.fields import Sealed
from spokes.channels.models import Channel

Make = Callable[..., Any]

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
SECRET = {"secret": "whsec_c2VjcmV0"}


@pytest.fixture
def keys(settings: Any) -> Callable[..., None]:
    def use(*names: str) -> None:
        settings.CREDENTIAL_KEYS = list(names)

    use(OLD)
    return use


def stored(channel: Channel) -> str:
    rows = Channel.objects.annotate(token=Cast("credentials", TextField()))
    return str(rows.values_list("token", flat=True).get(pk=channel.pk))


def rotate(**options: Any) -> str:
    out = io.StringIO()
    call_command("rotate_credentials", stdout=out, **options)
    return out.getvalue()


def test_credentials_are_not_readable_in_the_database(keys: Make, make_channel: Make) -> None:
    channel = make_channel(credentials=SECRET)
    assert "whsec" not in stored(channel)
    assert Channel.objects.get().credentials == SECRET


def test_any_of_the_keys_opens_and_the_first_one_locks(keys: Make, make_channel: Make) -> None:
    old = make_channel(credentials=SECRET)
    keys(NEW, OLD)
    assert Channel.objects.get().credentials == SECRET
    new = make_channel(credentials=SECRET)
    assert Fernet(NEW).decrypt(stored(new).encode())
    assert Fernet(OLD).decrypt(stored(old).encode())


def test_what_no_key_opens_is_empty_and_known_as_sealed(keys: Make, make_channel: Make) -> None:
    make_channel(credentials=SECRET)
    keys(NEW)
    channel = Channel.objects.get()
    assert channel.is_sealed
    assert channel.credentials == {}


def test_a_sealed_channel_is_saved_as_it_was_stored(keys: Make, make_channel: Make) -> None:
    token = stored(make_channel(credentials=SECRET))
    keys(NEW)
    channel = Channel.objects.get()
    channel.save()
    assert stored(channel) == token
    keys(OLD)
    assert Channel.objects.get().credentials == SECRET


def test_a_row_that_is_no_token_is_sealed(keys: Make, make_channel: Make) -> None:
    make_channel()
    Channel.objects.update(credentials=Sealed("gibberish"))
    assert Channel.objects.get().is_sealed


def test_a_dump_holds_no_secret_and_loads_again(keys: Make, make_channel: Make) -> None:
    make_channel(credentials=SECRET)
    dump = serializers.serialize("json", Channel.objects.all())
    assert "whsec" not in dump
    Channel.objects.all().delete()
    for row in serializers.deserialize("json", dump):
        row.save()
    assert Channel.objects.get().credentials == SECRET


def test_rotation_locks_every_channel_with_the_first_key(keys: Make, make_channel: Make) -> None:
    channels = [make_channel(credentials=SECRET), make_channel()]
    keys(NEW, OLD)
    assert "2 channels are encrypted" in rotate()
    for channel in channels:
        assert Fernet(NEW).decrypt(stored(channel).encode())
    keys(NEW)
    assert [channel.credentials for channel in Channel.objects.order_by("pk")] == [SECRET, {}]


def test_a_dry_run_changes_nothing(keys: Make, make_channel: Make) -> None:
    token = stored(make_channel(credentials=SECRET))
    keys(NEW, OLD)
    assert "1 channel would be encrypted" in rotate(dry_run=True)
    assert stored(Channel.objects.get()) == token


def test_rotation_names_what_no_key_opens_and_does_the_rest(keys: Make, make_channel: Make) -> None:
    keys(LOST)
    make_channel(name="Forgotten", slug="forgotten", credentials=SECRET)
    keys(OLD)
    fine = make_channel(credentials=SECRET)
    keys(NEW, OLD)
    with pytest.raises(CommandError, match="Forgotten"):
        rotate()
    assert Fernet(NEW).decrypt(stored(fine).encode())


def test_rotation_takes_one_transaction_a_channel(
    keys: Make, make_channel: Make, django_assert_max_num_queries: Make
) -> None:
    for _ in range(3):
        make_channel(credentials=SECRET)
    with django_assert_max_num_queries(1 + 3 * 4) as queries:
        rotate()
    begun = [query for query in queries.captured_queries if "SAVEPOINT" in query["sql"]]
    assert len([query for query in begun if not query["sql"].startswith("RELEASE")]) == 3
    assert connection.in_atomic_block
