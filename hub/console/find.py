"""One search over the whole house: a few rows of each kind, and where there is more."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag, Post
from content.text import clean_line
from hub.console.moments import moment
from hub.console.navigation import pages
from hub.console.people import acting
from hub.console.searching import search_posts
from hub.console.templatetags.console import DELIVERY_COLOURS, POST_COLOURS
from hub.delivery.models import Delivery
from hub.people.scope import visible
from spokes.audiences.models import Audience
from spokes.channels.models import Channel, Spoke

# of each kind; a link leads to the rest
SHOWN = 6
LONGEST = 200
# rows of the short tables, read in one query
READ = 60

PERSON_NAME = Concat(
    "first_name", Value(" "), "last_name", Value(" · "), "username", output_field=CharField()
)
# short tables, searched by the letters of a name: model, label, the name
SHORT: tuple[tuple[type[Model], Any, Any], ...] = (
    (Spoke, gettext_lazy("Spokes"), F("name")),
    (Channel, gettext_lazy("Channels"), F("name")),
    (Audience, gettext_lazy("Audiences"), F("name")),
    (AudienceTag, gettext_lazy("Audience tags"), F("name")),
    (User, gettext_lazy("People"), PERSON_NAME),
)


@dataclasses.dataclass(frozen=True)
class Found:
    name: str
    url: str
    note: str = ""
    # words and colour of a state
    state: str = ""
    colour: str = ""


@dataclasses.dataclass(frozen=True)
class Group:
    key: str
    label: str
    rows: list[Found]
    # the list with all that match; empty where these are all
    more: str = ""


def find(request: HttpRequest, text: str) -> list[Group]:
    """Find what the person may see by its name, in at most five queries.

    Posts by the words of their title or artists, with their deliveries; artists and genres by
    name or alias; the short tables by the letters of a name; pages of the console by theirs.
    """
    text = clean_line(text)[:LONGEST]
    if not text:
        return []
    person = acting(request)
    groups: list[Group | None] = [_pages(request, text)]
    # one letter is in every name; one sign of a script without letters may be a word
    if len(text) > 1 or not text.isascii():
        posts, deliveries = _posts(person, text)
        groups += [posts, *_catalogue(person, text), *_short(person, text), deliveries]
    return [group for group in groups if group and group.rows]


def _pages(request: HttpRequest, text: str) -> Group:
    wanted = text.casefold()
    rows = [
        Found(title, link, section)
        for section, title, link in pages(request)
        if wanted in title.casefold()
    ]
    return Group("pages", _("Pages"), rows[:SHOWN])


def _posts(person: User, text: str) -> tuple[Group | None, Group | None]:
    """Find posts, and the latest deliveries of those that are shown."""
    if not person.has_perm("editorial.view_post"):
        return None, None
    rows = search_posts(visible(person, Post.objects.all()), text).order_by("-updated_at", "-pk")
    posts = list(rows.only("title", "kind", "state", "updated_at")[: SHOWN + 1])
    group = Group(
        "posts",
        _("Posts"),
        [
            Found(
                post.title,
                _page(post),
                post.get_kind_display(),
                post.get_state_display(),
                POST_COLOURS.get(post.state, "default"),
            )
            for post in posts[:SHOWN]
        ],
        _list(Post, text, posts),
    )
    return group, _deliveries(person, text, posts)


def _deliveries(person: User, text: str, posts: list[Post]) -> Group:
    found: list[Delivery] = []
    if posts and person.has_perm("delivery.view_delivery"):
        rows = visible(person, Delivery.objects.filter(post__in=[post.pk for post in posts]))
        rows = rows.select_related("post", "channel").order_by("-due_at", "-pk")
        shown = ("state", "due_at", "post__title", "channel__name", "channel__zone")
        found = list(rows.only(*shown)[: SHOWN + 1])
    shown_rows = [
        Found(
            row.post.title,
            _page(row),
            f"{row.channel} · {moment(row.due_at, row.channel.zone)}",
            row.get_state_display(),
            DELIVERY_COLOURS.get(row.state, "default"),
        )
        for row in found[:SHOWN]
    ]
    return Group("deliveries", _("Deliveries"), shown_rows, _list(Delivery, text, found))


def _catalogue(person: User, text: str) -> list[Group]:
    groups = []
    for model, label in ((Artist, _("Artists")), (Genre, _("Genres"))):
        if not person.has_perm(f"catalogue.view_{model._meta.model_name}"):
            continue
        rows = visible(person, model._default_manager.all()).search(text, limit=SHOWN + 1)
        found = list(rows)
        shown = [Found(row.name, _page(row), getattr(row, "country", "")) for row in found[:SHOWN]]
        groups.append(Group(str(model._meta.model_name), label, shown, _list(model, text, found)))
    return groups


def _short(person: User, text: str) -> list[Group]:
    legs = [
        _leg(person, model, place, name, text)
        for place, (model, _label, name) in enumerate(SHORT)
        if person.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
    ]
    if not legs:
        return []
    first, *others = legs
    found = list(first.union(*others, all=True).order_by("place", "found_name")[:READ])
    groups = []
    for place, (model, label, _name) in enumerate(SHORT):
        rows = sorted((_plain(name), key) for of, key, name in found if of == place)
        shown = [Found(name, _address(model, key)) for name, key in rows[:SHOWN]]
        groups.append(Group(str(model._meta.model_name), label, shown, _list(model, text, rows)))
    return groups


def _leg(person: User, model: type[Model], place: int, name: Any, text: str) -> QuerySet[Any, Any]:
    """Find rows whose name has every word."""
    rows: QuerySet[Any] = visible(person, model._default_manager.all())
    named = rows.order_by().annotate(
        place=Value(place), found_name=Concat(name, Value(""), output_field=CharField())
    )
    every = Q()
    for word in text.split():
        every &= Q(found_name__icontains=word)
    found: QuerySet[Any, Any] = named.filter(every).values_list("place", "pk", "found_name")
    return found


def _plain(name: str) -> str:
    """Drop the dot before the login of somebody who has no other name."""
    return name.strip().removeprefix("·").strip()


def _address(model: type[Model], key: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


def _page(row: Model) -> str:
    return _address(type(row), row.pk)


def _list(model: type[Model], text: str, found: list[Any]) -> str:
    """Lead to the list with the same search, if there is more than is shown."""
    if len(found) <= SHOWN:
        return ""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode({'q': text})}"
