"""Every text for people has its German, and the console speaks it to whoever chose it."""

from __future__ import annotations

from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import override

from content.catalogue.exceptions import NameTaken
from content.editorial.models import PostState


def test_no_text_lacks_its_translation() -> None:
    call_command("messages", check=True)


def test_states_fields_and_refusals_are_translated(db, make_post) -> None:
    post = make_post(state="in_review")
    with override("de"):
        assert PostState.IN_REVIEW.label == "In Prüfung"
        assert post.get_state_display() == "In Prüfung"
        assert str(post._meta.get_field("title").verbose_name) == "Titel"
        assert str(post._meta.verbose_name) == "Beitrag"
        assert str(NameTaken()) != NameTaken.__doc__


def test_the_console_speaks_the_language_of_the_browser(client, manager) -> None:
    client.force_login(manager, backend="hub.people.backends.PeopleBackend")
    page = client.get(reverse("admin:index"), headers={"accept-language": "de"})
    assert 'lang="de"' in page.text
    assert "Kalender" in page.text
