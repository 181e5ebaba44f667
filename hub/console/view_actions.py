"""Keeping, renaming and dropping the views of a list."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from content.audit.actions import record
from content.text import clean_line
from hub.console.models import SavedView

LONGEST_NAME = 60
LONGEST_QUERY = 1_000


class ViewRefused(Exception):
    """This can't be kept."""


@transaction.atomic
def save_view(*, owner: User, page: str, name: str, query: str, shared: bool) -> SavedView:
    """Keep a list's question under a name; the same name again replaces it."""
    name = _checked(name)
    if len(query) > LONGEST_QUERY:
        raise ViewRefused(_("That is more than a view can hold. Use fewer filters."))
    view, made = SavedView.objects.update_or_create(
        owner=owner, page=page, name=name, defaults={"query": query, "shared": shared}
    )
    code = "view.added" if made else "view.changed"
    record(code=code, subject=view, actor=owner, after={"query": query, "shared": shared})
    return view


@transaction.atomic
def rename_view(*, view: SavedView, name: str, shared: bool, actor: User) -> SavedView:
    name = _checked(name)
    same = SavedView.objects.filter(owner=view.owner_id, page=view.page, name=name)
    if same.exclude(pk=view.pk).exists():
        raise ViewRefused(_("You have another view of this name."))
    before = {"name": view.name, "shared": view.shared}
    view.name, view.shared = name, shared
    view.save(update_fields=["name", "shared"])
    after = {"name": name, "shared": shared}
    record(code="view.changed", subject=view, actor=actor, before=before, after=after)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, actor: User) -> None:
    record(code="view.removed", subject=view, actor=actor, before={"query": view.query})
    SavedView.objects.filter(pk=view.pk).delete()


@transaction.atomic
def make_default(*, view: SavedView, default: bool) -> None:
    """Open the list with this view from now on, for its owner alone; or no longer."""
    others = SavedView.objects.filter(owner=view.owner_id, page=view.page, is_default=True)
    others.update(is_default=False)
    SavedView.objects.filter(pk=view.pk).update(is_default=default)


def _checked(name: str) -> str:
    name = clean_line(name)
    if not name:
        raise ViewRefused(_("Give the view a name."))
    if len(name) > LONGEST_NAME:
        raise ViewRefused(_("A name of at most 60 letters, please."))
    return name
