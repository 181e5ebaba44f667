"""Naughty strings in every field: nothing breaks, nothing is executed, nothing is lost."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import models
from django.test import Client
from django.urls import reverse

from content.audit.actions import record
from content.catalogue.models import Artist
from content.editorial.models import AudienceTag, Post
from content.text import clean_line
from hub.console.models import SavedView
from hub.preview.models import ShareLink
from spokes.audiences.models import Audience
from spokes.channels.models import Hub
from tests.hub.console.test_editor_page import filled
from tests.naughty import FORMULAS, naughty_strings

pytestmark = pytest.mark.django_db

STRINGS = naughty_strings()
EXECUTED = re.compile(r"alert\(1\)|evil\.example")


class Shown(HTMLParser):
    """What a page shows in its fields, and what a browser would run of it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}
        self.run: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = (
            given.get("name", "") if tag == "textarea" else tag if tag == "script" else ""
        )
        if tag == "textarea":
            self.values[self._inside] = ""
        if tag == "input" and given.get("type") not in {"checkbox", "radio", "submit", "file"}:
            self.values[given.get("name", "")] = given.get("value", "")
        if tag == "option" and "selected" in given and self._select:
            self.values[self._select] = given.get("value", "")
        self._select = given.get("name", "") if tag == "select" else getattr(self, "_select", "")
        self.run += [
            value for name, value in given.items() if re.fullmatch(r"on[a-z]+|srcdoc", name)
        ]
        links = (given.get(name, "") for name in ("href", "src", "action", "formaction"))
        self.run += [
            link for link in links if re.match(r"\s*(javascript|data:text|vbscript)", link, re.I)
        ]

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.run.append(data)
        elif self._inside:
            self.values[self._inside] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def read(answer: Any) -> Shown:
    """Read a page that is there, and that runs nothing of what was typed."""
    assert answer.status_code < 500
    shown = Shown(answer.content.decode())
    assert not [code for code in shown.run if EXECUTED.search(code)]
    return shown


def typed_into(*names: str) -> Iterator[dict[str, str]]:
    """Spread all strings over these fields, a different one in each."""
    for start in range(0, len(STRINGS), len(names)):
        yield dict(
            zip(names, itertools.islice(itertools.cycle(STRINGS), start, None), strict=False)
        )


def alike(one: str, other: str) -> bool:
    """Compare what can be read; control signs may go, or leave a space."""
    return "".join(clean_line(one).split()) == "".join(clean_line(other).split())


def check_form(client: Client, address: str, rows: Any, names: tuple[str, ...]) -> None:
    """Type the strings into these fields: stored and shown as typed, or refused in words."""
    empty = Shown(client.get(address).content.decode()).values
    accepted = 0
    for typed in typed_into(*names):
        before = set(rows.values_list("pk", flat=True))
        answer = client.post(address, {**empty, **typed})
        if answer.status_code == 302:
            accepted += 1
            check_kept(client, rows.exclude(pk__in=before).get(), typed)
            continue
        shown = read(answer)
        assert "rror" in answer.content.decode()
        for name, text in typed.items():
            assert alike(shown.values[name], text), (name, text)
    assert accepted > len(STRINGS) / len(names) / 4


def check_kept(client: Client, row: models.Model, typed: dict[str, str]) -> None:
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    shown = read(client.get(address))
    for name, text in typed.items():
        assert alike(getattr(row, name), text), (name, text)
        # a name that stays is no field
        assert alike(shown.values.get(name, text), text), (name, text)


def test_a_post_takes_them_or_says_why_not(mona: Client, make_genre) -> None:
    genre = make_genre("Jazz")
    address = reverse("admin:editorial_post_add")
    accepted = 0
    for typed in typed_into("title", "teaser", "body"):
        fields = {**filled(**typed), "genres": [genre.pk], "_continue": "1"}
        answer = mona.post(address, fields)
        if answer.status_code == 302:
            accepted += 1
            post = Post.objects.latest("pk")
            assert all(alike(getattr(post, name), text) for name, text in typed.items()), typed
            assert not [code for code in Shown(post.body_html).run if EXECUTED.search(code)]
            assert "<script" not in post.body_html.lower()
            answer = mona.get(answer["Location"])
        shown = read(answer)
        assert all(alike(shown.values[name], text) for name, text in typed.items()), typed
    assert accepted > len(STRINGS) / 3 / 2
    read(mona.get(reverse("admin:editorial_post_changelist")))


def test_narrow_fields_of_a_post_refuse_them_in_words(mona: Client) -> None:
    address = reverse("admin:editorial_post_add")
    for typed in typed_into("cta_url", "lang", "markets", "happens_on", "embargo_until_0"):
        answer = mona.post(address, filled(**typed, _continue="1"))
        assert answer.status_code == 200
        assert "post-errors" in answer.content.decode(), typed
        shown = read(answer)
        for name, text in typed.items():
            assert alike(shown.values[name], text), (name, text)


def test_helpers_of_the_editor_answer_them(edith: Client) -> None:
    for typed in typed_into("title", "teaser", "body", "cta_url"):
        for helper in ("outlook", "duplicates", "preview", "autosave"):
            answer = edith.post(reverse(f"admin:editorial_post_{helper}"), filled(**typed))
            assert answer.status_code < 500
            run = Shown(answer.content.decode()).run
            assert not [code for code in run if EXECUTED.search(code)]
        for what, text in zip(
            ("artists", "tracks", "genres", "tags"), typed.values(), strict=False
        ):
            found = edith.get(reverse("admin:editorial_post_search", args=[what]), {"q": text})
            assert found.status_code == 200


def test_an_artist_takes_them_or_says_why_not(mona: Client) -> None:
    check_form(
        mona, reverse("admin:catalogue_artist_add"), Artist.objects.order_by("-pk"), ("name",)
    )


def test_a_tag_takes_them_or_says_why_not(mona: Client) -> None:
    rows = AudienceTag.objects.order_by("-pk")
    check_form(mona, reverse("admin:editorial_audiencetag_add"), rows, ("name", "meaning"))


def test_an_audience_takes_them_or_says_why_not(mona: Client) -> None:
    address = reverse("admin:audiences_audience_add")
    for typed in typed_into("name", "note"):
        answer = mona.post(address, {**typed, "expression": "explicit:no"})
        if answer.status_code == 302:
            row = Audience.objects.latest("pk")
            assert alike(row.name, typed["name"])
            assert alike(row.note, typed["note"])
            answer = mona.get(reverse("admin:audiences_audience_change", args=[row.pk]))
        shown = read(answer)
        assert alike(shown.values["name"], typed["name"])
    for typed in typed_into("expression"):
        read(mona.post(address, {"name": "", **typed}))


def test_a_spoke_and_the_hub_take_them_or_say_why_not(
    mona: Client, client: Client, make_genre, make_spoke, make_channel
) -> None:
    spoke = make_spoke(make_genre("Jazz"))
    hub = reverse("admin:channels_hub_change", args=[Hub.objects.current().pk])
    mona.post(reverse("welcome:hub"), {"name": "Night Train", "tagline": "", "colour": "#123456"})
    page = reverse("admin:channels_spoke_change", args=[spoke.pk])
    for address, row in ((page, spoke), (hub, Hub.objects.current())):
        empty = Shown(mona.get(address).content.decode()).values
        for typed in typed_into("name", "tagline"):
            answer = mona.post(address, {**empty, **typed})
            shown = read(answer if answer.status_code == 200 else mona.get(address))
            assert all(alike(shown.values[name], text) for name, text in typed.items()), typed
            if answer.status_code == 302:
                row.refresh_from_db()
                assert alike(row.name, typed["name"])
                read(client.get("/"))


def test_a_share_link_and_a_view_take_them_or_say_why_not(mona: Client) -> None:
    share = reverse("admin:preview_sharelink_add")
    view = reverse("admin:editorial_post_view_save")
    for typed in typed_into("label", "name", "query"):
        label = typed["label"]
        shown = read(mona.post(share, {"label": label, "place": "hub", "window": "7", "days": "7"}))
        link = ShareLink.objects.order_by("-pk").first()
        kept = link is not None and alike(link.label, label)
        assert kept or alike(shown.values["label"], label), label
        assert mona.post(view, typed).status_code < 500
    assert SavedView.objects.exists()
    read(mona.get(reverse("admin:editorial_post_changelist"), {"all": "1"}))
    read(mona.get(reverse("admin:preview_sharelink_changelist")))


def test_an_invitation_takes_them_or_says_why_not(mona: Client, roles: dict[str, Group]) -> None:
    address = reverse("welcome:people")
    for number, typed in enumerate(typed_into("name")):
        fields = {"email": f"a{number}@example.org", "group": roles["Editor"].pk}
        answer = mona.post(address, {**typed, **fields})
        assert answer.status_code < 500
        User.objects.filter(email=fields["email"]).delete()
    for typed in typed_into("email"):
        answer = mona.post(address, {"name": "Ada", "group": roles["Editor"].pk, **typed})
        assert alike(read(answer).values["email"], typed["email"])


def searches() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "/search/", ("q", "artist", "spoke", "kind", "page")
    yield "/", ("page", "before", "after")
    yield "/oembed", ("url", "format", "maxwidth")
    yield "/hub/live.json", ("after",)
    yield "/archive/", ("page",)
    for model in ("editorial/post", "catalogue/artist", "audit/auditentry", "delivery/delivery"):
        yield f"/admin/{model}/", ("q", "o", "p", "state__exact", "when", "spoke")
    yield "/admin/delivery/delivery/upcoming/", ("from", "view", "spoke", "channel")
    yield "/preview/hub/", ("at", "zone", "ahead", "side", "days")
    yield "/admin/search/", ("s",)
    yield "/accounts/login/", ("next",)


@pytest.mark.parametrize(("address", "names"), list(searches()), ids=str)
def test_addresses_with_them_are_answered(
    mona: Client, address: str, names: tuple[str, ...]
) -> None:
    for typed in typed_into(*names):
        answer = mona.get(address, typed)
        # oEmbed's own word for a form that a provider does not speak is 501
        assert answer.status_code < 500 or answer.status_code == 501, typed
        if answer.get("Content-Type", "").startswith("text/html"):
            read(answer)
        assert "Set-Cookie: a=b" not in str(answer.headers)


def test_the_door_answers_them(client: Client, settings) -> None:
    settings.AXES_ENABLED = False
    for typed in typed_into("login", "password"):
        read(client.post("/accounts/login/", typed))
        read(client.post("/accounts/password/reset/", {"email": typed["login"]}))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_export_is_a_formula(
    mona: Client, make_post: Callable[..., Post], formula: str
) -> None:
    record(code="post.written", subject=make_post(formula), actor=None, summary=formula)
    answer = mona.get(reverse("admin:audit_auditentry_export", args=["csv"]))
    said = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    cells = itertools.chain.from_iterable(csv.reader(io.StringIO(said)))
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
