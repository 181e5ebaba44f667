"""The field of an expression tells a manager of one spoke nothing of another."""

from __future__ import annotations

import re

import pytest

from spokes.audiences.actions import save_audience
from spokes.audiences.models import Audience


def test_no_audience_of_another_spoke_is_offered(two_spokes) -> None:
    """Neither while one types nor as what was probably meant."""
    hanna = two_spokes.browsers["b"]
    for text in ("audience:", "audience:Zwie"):
        asked = {"expression": text, "cursor": len(text)}
        told = hanna.post("/admin/audiences/audience/complete/", asked)
        assert "Zwielicht" not in told.content.decode()
    told = hanna.post("/admin/audiences/audience/check/", {"expression": "audience:Zwielich"})
    assert "Zwielicht " not in told.content.decode()


@pytest.mark.parametrize("address", ["add/", "answer/"])
def test_no_fault_of_a_form_names_an_audience_of_another_spoke(two_spokes, address) -> None:
    hanna = two_spokes.browsers["b"]
    asked = {"name": "Mine", "expression": "audience:Zwielich AND tag:nothing"}
    shown = hanna.post(f"/admin/audiences/audience/{address}", asked).content.decode()
    assert "is not the name of an audience here" in shown
    assert "Zwielicht" not in shown
    whole = two_spokes.browsers["m"].post(f"/admin/audiences/audience/{address}", asked)
    assert "Zwielicht" in whole.content.decode()


def test_a_circle_is_told_without_the_names_on_it(two_spokes) -> None:
    """Neither while one types nor on save, where it goes by way of an audience of another spoke."""
    hanna = two_spokes.browsers["b"]
    own = save_audience(name="Mine", expression="kind:tour")
    other = Audience.objects.get(name="Zwielicht ears")
    save_audience(name=other.name, expression="audience:mine", audience=other)
    save_audience(name="Between", expression="audience:zwielicht-ears")
    asked = {"name": "Mine", "expression": "audience:between", "audience": own.pk}
    for address in ("check/", "answer/", f"{own.pk}/change/"):
        shown = hanna.post(f"/admin/audiences/audience/{address}", asked).content.decode()
        assert "it would ask for itself" in shown
        assert "Zwielicht ears" not in shown


def test_answers_and_what_ifs_are_about_what_one_sees(two_spokes) -> None:
    hanna = two_spokes.browsers["b"]
    own = two_spokes.own["audiences/audience"]
    for text in ("explicit:no OR kind:tour", "explicit:yes"):
        asked = {"expression": text, "audience": own.pk}
        shown = hanna.post("/admin/audiences/audience/answer/", asked).content.decode()
        assert "Rhymes news" in shown
        assert "If you save this" in shown
        assert "Zwielicht" not in shown
    spoke = two_spokes.own["channels/spoke"]
    address = f"/admin/channels/spoke/{spoke.pk}/whatif/"
    shown = hanna.post(address, {"genre_floor": "0.9"}).content.decode()
    assert "If you save this" in shown
    assert "Zwielicht" not in shown


HIDDEN = ("zwielicht-ears", '"Zwielicht ears"', '"ZWIELICHT Ears"')


@pytest.mark.parametrize("address", ["check/", "answer/", "add/"])
@pytest.mark.parametrize("name", HIDDEN)
def test_who_knows_the_name_of_a_hidden_audience_learns_no_more_of_it(
    two_spokes, address, name
) -> None:
    """The answer has the same words, place for place, as for a name that nobody has."""
    hanna = two_spokes.browsers["b"]

    def told(named: str) -> str:
        asked = {"name": "Mine", "expression": f"kind:tour OR audience:{named}"}
        shown = hanna.post(f"/admin/audiences/audience/{address}", asked).content.decode()
        shown = re.sub(r"csrfmiddlewaretoken[^>]*|nonce=\S*", "", shown)
        return re.sub(re.escape(named).replace('"', '(?:"|&quot;|\\\\"|&#x27;)?'), "NAME", shown)

    unknown = name.replace("ielicht", "qqqqqqq").replace("IELICHT", "QQQQQQQ")
    assert "is not the name of an audience here" in told(name)
    assert told(name) == told(unknown)


def test_what_of_ones_own_asks_for_a_hidden_audience_goes_on_and_is_saved(two_spokes) -> None:
    """The house let it ask for that; who changes the rest need not take it out."""
    hanna = two_spokes.browsers["b"]
    own = two_spokes.own["audiences/audience"]
    hidden = Audience.objects.get(name="Zwielicht ears")
    save_audience(name=own.name, expression="audience:zwielicht-ears", audience=own)
    text = "audience:zwielicht-ears OR kind:tour"
    address = f"/admin/audiences/audience/{own.pk}/change/"
    hanna.post(address, {"name": own.name, "expression": text, "note": ""})
    own.refresh_from_db()
    assert own.expression == text
    assert [use.used for use in own.uses.all()] == [hidden]


def test_a_genre_that_is_called_as_a_hidden_audience_is_still_offered(
    two_spokes, make_genre
) -> None:
    make_genre("Zwielicht ears")
    asked = {"expression": "genre:zwie", "cursor": 10}
    told = two_spokes.browsers["b"].post("/admin/audiences/audience/complete/", asked).json()
    assert "Zwielicht ears" in [option["label"] for option in told["options"]]


def test_a_name_that_a_hidden_audience_has_is_refused_without_a_word_of_it(two_spokes) -> None:
    """Who sees that audience is told of it; whoever does not is told what to do."""
    asked = {"name": "zwielicht EARS", "expression": "kind:tour", "note": ""}
    hanna, mona = (two_spokes.browsers[key] for key in ("b", "m"))
    shown = hanna.post("/admin/audiences/audience/add/", asked).content.decode()
    assert "This name can’t be used. Add what sets yours apart" in shown
    assert "Zwielicht" not in shown
    assert "already" not in shown
    shown = mona.post("/admin/audiences/audience/add/", asked).content.decode()
    assert "“Zwielicht ears” is an audience already" in shown
    assert Audience.objects.filter(name__iexact="zwielicht ears").count() == 1


def test_machines_are_told_of_the_channels_that_one_sees(two_spokes) -> None:
    address = f"/admin/editorial/post/{two_spokes.own['editorial/post'].pk}/route.json"
    whole = two_spokes.browsers["m"].get(address).json()
    told = two_spokes.browsers["b"].get(address).json()
    own = {route["channel"] for route in told["routes"]}
    assert own == {two_spokes.own["channels/channel"].slug}
    assert (told["channels"], told["going"] <= 1) == (1, True)
    hidden = {route["channel"] for route in whole["routes"]} - own
    assert hidden
    asked = {"channel": sorted(hidden)}
    assert two_spokes.browsers["b"].get(address, asked).json()["routes"] == []
