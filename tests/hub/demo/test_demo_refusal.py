from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection


@pytest.mark.parametrize("options", [{}, {"reset": True}])
def test_it_refuses_a_production_database(
    db: None, monkeypatch: pytest.MonkeyPatch, options: dict[str, bool]
) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with pytest.raises(CommandError, match="--force"):
        call_command("demo", **options)
    assert not User.objects.exists()


def test_a_newsroom_needs_some_posts() -> None:
    with pytest.raises(CommandError, match="20 posts at least"):
        call_command("demo", "--posts", "3")
