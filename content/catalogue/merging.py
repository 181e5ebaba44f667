"""Merge two rows of one kind: what pointed at the one, in any room, points at the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models

from content.catalogue.closure import FEW, chunks

Relation = models.ForeignKey[Any, Any]
# the names of fields that are unique together
Fields = tuple[str, ...]


def repoint(
    row: models.Model, into: models.Model, *, apart: Collection[type[models.Model]] = ()
) -> Counter[str]:
    """Point every row of any room that points at ``row`` at ``into``, but those of ``apart``.

    Of two that would be alike one stays: it is asked to ``absorb`` the other where its model says
    how. Gives how many there were, by the name of their model. The caller holds the transaction.
    """
    moved: Counter[str] = Counter()
    for relation in relations_to(type(row)):
        if relation.model not in apart:
            moved[name_of(relation)] += _repoint(relation, row, into)
    return +moved


def relations_to(model: type[models.Model]) -> list[Relation]:
    """List the fields of all rooms that point at a model."""
    return [
        relation.field
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
    ]


def name_of(relation: Relation) -> str:
    """Name what points there: "editorial.post", also where a table of pairs stands between."""
    owner: Any = relation.model._meta.auto_created or relation.model
    label: str = owner._meta.label_lower
    return label


def _repoint(relation: Relation, row: models.Model, into: models.Model) -> int:
    rows = relation.model._default_manager.filter(**{relation.name: row})
    number = 0
    sets = [fields for fields in _unique_sets(relation.model) if relation.name in fields]
    if sets:
        there = relation.model._default_manager.filter(**{relation.name: into})
        number = _drop_twins(relation, rows, there, sets)
    return number + rows.update(**{relation.name: into})


def _drop_twins(
    relation: Relation,
    rows: models.QuerySet[Any],
    there: models.QuerySet[Any],
    sets: Iterable[Fields],
) -> int:
    """Let what is there take in what would be the same as it; gives how many those were."""
    taken: dict[tuple[Fields, Fields], models.Model] = {}
    for one in there.order_by("pk"):
        taken |= dict.fromkeys(_identities(one, relation, sets), one)
    dropped = []
    for one in rows.order_by("pk") if taken else ():
        found = (taken.get(identity) for identity in _identities(one, relation, sets))
        twin = next((twin for twin in found if twin is not None), None)
        if twin is not None:
            absorb = getattr(twin, "absorb", None)
            if absorb is not None:
                absorb(one)
            dropped.append(one.pk)
    for some in chunks(dropped, FEW):
        relation.model._default_manager.filter(pk__in=some).delete()
    return len(dropped)


def _identities(
    row: models.Model, relation: Relation, sets: Iterable[Fields]
) -> list[tuple[Fields, Any]]:
    """Give what only one row may hold beside what the relation points at."""
    identities = []
    for fields in sets:
        names = [row._meta.get_field(name) for name in fields if name != relation.name]
        values = tuple(getattr(row, field.attname) for field in names)  # type: ignore[union-attr]  # columns
        # to the database, nothing is unlike anything
        if None not in values:
            identities.append((fields, values))
    return identities


def _unique_sets(model: type[models.Model]) -> list[Fields]:
    meta = model._meta
    together = [tuple(names) for names in meta.unique_together]
    constraints = [
        tuple(constraint.fields)
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    alone = [(field.name,) for field in meta.fields if field.unique]
    return [*together, *constraints, *alone]
