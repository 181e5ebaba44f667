from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from tests.spokes.audiences.town import USERS, write_town


@pytest.fixture
def folder(tmp_path):
    return write_town(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_json(folder, capsys):
    call_command(
        "measure_targeting", folder, "--here", "--json", spokes=[2], split=["user"], seeds=1
    )
    told = json.loads(capsys.readouterr().out)
    assert told[0]["users"] == USERS
    assert {row["way"] for row in told[0]["all"]} == {"fit", "genre and fit", "simple threshold"}


@pytest.mark.django_db
def test_the_command_leaves_a_house_alone(folder, make_post):
    make_post()
    with pytest.raises(CommandError, match="no place to measure in"):
        call_command("measure_targeting", folder, "--here")
