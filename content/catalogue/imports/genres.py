"""Import a genre tree: every entry that fits the graph is taken in, the others are reported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.actions import settle_known
from content.catalogue.closure import GenreGraph, load_graph, lock_graph, refresh_closure
from content.catalogue.exceptions import GenreCycle, InvalidName
from content.catalogue.imports.reading import Progress
from content.catalogue.imports.report import Report
from content.catalogue.imports.trees import Entry, read_entries
from content.catalogue.models import Genre, GenreAlias, GenreEdge
from content.catalogue.names import free_slug, match_key
from content.catalogue.values import GENRE_LENGTH, shown, tidy_name


def import_genres(
    path: Path,
    *,
    dry_run: bool = False,
    progress: Progress[Any] = iter,
    actor: AbstractBaseUser | None = None,
) -> Report:
    """Add the file's genres, links and aliases; what is there already stays as it is.

    UnreadableFile when nothing can be read; ``dry_run`` gives the same report and keeps nothing.
    """
    report = Report(("genres", "links", "aliases"))
    entries = _tidy(read_entries(path, report), report)
    with transaction.atomic():
        lock_graph()
        plan = Plan(entries)
        _accept_all(entries, plan, report, progress)
        _write(plan, actor)
        if dry_run:
            transaction.set_rollback(True)
    plan.count(report)
    return report


class Plan:
    """The graph as it is, and what the accepted entries add to it; genres go by their keys."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        genres = Genre.objects.in_bulk()
        aliases = list(GenreAlias.objects.all())
        self.names = {genre.key: genre.name for genre in genres.values()}
        self.spellings = {alias.key: alias.name for alias in aliases}
        # the key of every name and alias → the key of its genre
        self.holders = {alias.key: genres[alias.genre_id].key for alias in aliases}
        self.holders |= {key: key for key in self.names}
        self.graph = GenreGraph(
            (genres[parent].key, genres[child].key)
            for parent, child in GenreEdge.objects.values_list("parent_id", "child_id")
        )
        # where the file first names a genre
        self.lines = {entry.key: entry.line for entry in reversed(entries)}
        self.met_genres: set[str] = set()
        self.met_links: set[tuple[str, str]] = set()
        self.met_aliases: set[str] = set()
        self.new_names: list[str] = []
        self.new_links: list[tuple[str, str]] = []
        self.new_aliases: list[tuple[str, str]] = []

    def ready_for(self, entry: Entry) -> bool:
        return all(match_key(parent) in self.holders for parent in entry.parents)

    def accept(self, entry: Entry) -> str | None:
        """Take the entry in, or say why not; its parents must be known."""
        genre = self.holders.get(entry.key, entry.key)
        parents = [self.holders[match_key(parent)] for parent in entry.parents]
        problem = self._circle(genre, entry.name, parents) or self._taken(genre, entry.aliases)
        if problem:
            return problem
        self.met_genres.add(genre)
        if genre not in self.names:
            self.names[genre] = entry.name
            self.holders[genre] = genre
            self.new_names.append(genre)
        for parent in parents:
            self._link(parent, genre)
        for spelling in (entry.name, *entry.aliases):
            self._spell(genre, spelling)
        return None

    def explain_waiting(self, entry: Entry, waiting: GenreGraph[str]) -> str:
        """Say why an entry's parent never came."""
        parent = next(name for name in entry.parents if match_key(name) not in self.holders)
        key = match_key(parent)
        if key not in self.lines:
            return gettext("There is no genre {parent} to stand below{did_you_mean}.").format(
                parent=shown(parent), did_you_mean=self._did_you_mean(key)
            )
        way = waiting.way_round(parent=key, child=entry.key)
        if way:
            return str(GenreCycle([shown(self.names.get(step, step)) for step in way]))
        return gettext(
            "It stands below {parent}, which could not be imported (line {line})."
        ).format(parent=shown(parent), line=self.lines[key])

    def additions(self) -> dict[str, dict[str, list[str]]]:
        """Give what each new or changed genre gets."""
        additions: dict[str, dict[str, list[str]]] = {
            key: {"parents": [], "aliases": []}
            for key in (
                *self.new_names,
                *(child for _, child in self.new_links),
                *(genre for genre, _ in self.new_aliases),
            )
        }
        for parent, child in self.new_links:
            additions[child]["parents"].append(self.names[parent])
        for genre, spelling in self.new_aliases:
            additions[genre]["aliases"].append(spelling)
        return additions

    def count(self, report: Report) -> None:
        changed = len(self.additions()) - len(self.new_names)
        report.count("genres", "added", len(self.new_names))
        report.count("genres", "changed", changed)
        report.count("genres", "unchanged", len(self.met_genres) - len(self.new_names) - changed)
        report.count("links", "added", len(self.new_links))
        report.count("links", "unchanged", len(self.met_links) - len(self.new_links))
        report.count("aliases", "added", len(self.new_aliases))
        report.count("aliases", "unchanged", len(self.met_aliases) - len(self.new_aliases))

    def _circle(self, genre: str, name: str, parents: Sequence[str]) -> str | None:
        for parent in parents:
            way = self.graph.way_round(parent=parent, child=genre)
            if way:
                return str(GenreCycle([shown(self.names.get(step, name)) for step in way]))
        return None

    def _taken(self, genre: str, aliases: Sequence[str]) -> str | None:
        for alias in aliases:
            key = match_key(alias)
            holder = self.holders.get(key, genre)
            if holder != genre:
                return gettext("The alias {alias} already means {genre}.").format(
                    alias=shown(alias), genre=shown(self.names[holder])
                )
            if key in self.lines and key != genre and key not in self.holders:
                line = self.lines[key]
                return gettext("The alias {alias} is a genre of its own on line {line}.").format(
                    alias=shown(alias), line=line
                )
        return None

    def _link(self, parent: str, child: str) -> None:
        self.met_links.add((parent, child))
        if not self.graph.linked(parent, child):
            self.graph.link(parent, child)
            self.new_links.append((parent, child))

    def _spell(self, genre: str, spelling: str) -> None:
        if spelling == self.names[genre]:
            return
        key = match_key(spelling)
        self.met_aliases.add(key)
        if key not in self.spellings:
            self.spellings[key] = spelling
            self.holders.setdefault(key, genre)
            self.new_aliases.append((genre, spelling))

    def _did_you_mean(self, key: str) -> str:
        near = difflib.get_close_matches(key, self.holders, n=1)
        return f"; did you mean {shown(self.names[self.holders[near[0]]])}?" if near else ""


def _tidy(entries: Sequence[Entry], report: Report) -> list[Entry]:
    tidied = []
    for entry in entries:
        try:
            tidied.append(
                Entry(
                    line=entry.line,
                    name=tidy_name(entry.name, max_length=GENRE_LENGTH),
                    parents=_tidy_names(entry.parents, "parent"),
                    aliases=_tidy_names(entry.aliases, "alias"),
                )
            )
        except InvalidName as error:
            report.bad(entry.line, str(error))
    return tidied


def _tidy_names(names: Sequence[str], what: str) -> tuple[str, ...]:
    return tuple(tidy_name(name, max_length=GENRE_LENGTH, what=what) for name in names)


def _accept_all(
    entries: Sequence[Entry], plan: Plan, report: Report, progress: Progress[Entry]
) -> None:
    """Take in what fits, again and again: a parent may stand further down in the file."""
    waiting = _accept(progress(entries), plan, report)
    before = len(entries)
    while len(waiting) < before:
        before = len(waiting)
        waiting = _accept(waiting, plan, report)
    graph = GenreGraph(
        (match_key(parent), entry.key) for entry in waiting for parent in entry.parents
    )
    for entry in waiting:
        report.bad(entry.line, plan.explain_waiting(entry, graph))


def _accept(entries: Iterable[Entry], plan: Plan, report: Report) -> list[Entry]:
    """Take in the entries whose parents are known, and give the others."""
    waiting = []
    for entry in entries:
        if not plan.ready_for(entry):
            waiting.append(entry)
        elif problem := plan.accept(entry):
            report.bad(entry.line, problem)
    return waiting


def _write(plan: Plan, actor: AbstractBaseUser | None) -> None:
    _create_genres(plan)
    genres = {genre.key: genre for genre in Genre.objects.all()}
    GenreEdge.objects.bulk_create(
        GenreEdge(parent=genres[parent], child=genres[child]) for parent, child in plan.new_links
    )
    GenreAlias.objects.bulk_create(
        GenreAlias(genre=genres[genre], name=spelling, key=match_key(spelling))
        for genre, spelling in plan.new_aliases
    )
    additions = plan.additions()
    graph = load_graph()
    refresh_closure(graph, graph.at_or_below(genres[key].pk for key in additions))
    settle_known(plan.holders, actor=actor)
    new = set(plan.new_names)
    for key, after in additions.items():
        record(
            code="genre.added" if key in new else "genre.changed",
            subject=genres[key],
            actor=actor,
            summary=gettext("{name}, from a file").format(name=genres[key].name),
            after=after,
        )


def _create_genres(plan: Plan) -> None:
    slugs = set(Genre.objects.values_list("slug", flat=True))
    rows = []
    for key in plan.new_names:
        slug = free_slug(plan.names[key], slugs)
        slugs.add(slug)
        rows.append(Genre(name=plan.names[key], key=key, slug=slug))
    Genre.objects.bulk_create(rows)
