"""Merge two rows of one kind: what pointed at the one, in any room, points at the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import models

Relation = models.ForeignKey[Any, Any]


def repoint(
    row: models.Model, into: models.Model, *, apart: Collection[type[models.Model]] = ()
) -> None:
    """Point every row of any room that points at ``row`` at ``into``, but those of ``apart``.

    Of two that would be alike one stays: it is asked to ``absorb`` the other where its model says
    how. The caller holds the transaction.
    """
    for relation in relations_to(type(row)):
        if relation.model not in apart:
            _repoint(relation, row, into)


def relations_to(model: type[models.Model]) -> list[Relation]:
    """List the fields of all rooms that point at a model."""
    return [
        relation.field
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
    ]


def _repoint(relation: Relation, row: models.Model, into: models.Model) -> None:
    rows = relation.model._default_manager.filter(**{relation.name: row}).order_by("pk")
    sets = [fields for fields in _unique_sets(relation.model) if relation.name in fields]
    for one in rows if sets else ():
        setattr(one, relation.name, into)
        twin = next(_twins(one, sets), None)
        if twin is not None:
            absorb = getattr(twin, "absorb", None)
            if absorb is not None:
                absorb(relation.model._default_manager.get(pk=one.pk))
            one.delete()
    rows.update(**{relation.name: into})


def _twins(row: models.Model, sets: list[tuple[str, ...]]) -> Iterator[models.Model]:
    others = type(row)._default_manager.exclude(pk=row.pk)
    for fields in sets:
        yield from others.filter(**{name: getattr(row, name) for name in fields})[:1]


def _unique_sets(model: type[models.Model]) -> list[tuple[str, ...]]:
    meta = model._meta
    together = [tuple(names) for names in meta.unique_together]
    constraints = [
        tuple(constraint.fields)
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    alone = [(field.name,) for field in meta.fields if field.unique]
    return [*together, *constraints, *alone]
