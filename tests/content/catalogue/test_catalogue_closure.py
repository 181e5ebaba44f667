from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from content.catalogue.actions import add_genre, set_parents
from content.catalogue.closure import GenreGraph, rebuild_closure
from content.catalogue.exceptions import GenreCycle
from content.catalogue.models import Genre, GenreClosure, GenreEdge

NODES = 7
# each edit: a node, and the nodes it is put below
edits = st.lists(
    st.tuples(
        st.integers(0, NODES - 1), st.sets(st.integers(0, NODES - 1), min_size=0, max_size=3)
    ),
    max_size=12,
)


def shortest_ways(parents: dict[int, set[int]]) -> dict[tuple[int, int], int]:
    """Work out (ancestor, descendant) → depth the slow way: relax until nothing changes."""
    depths = {(node, node): 0 for node in parents}
    changed = True
    while changed:
        changed = False
        for middle, low in product(parents, repeat=2):
            if middle not in parents[low]:
                continue
            for (top, below), depth in list(depths.items()):
                if below == middle and depths.get((top, low), NODES + 1) > depth + 1:
                    depths[top, low] = depth + 1
                    changed = True
    return depths


def reaches(parents: dict[int, set[int]], low: int, top: int) -> bool:
    return low == top or any(reaches(parents, parent, top) for parent in parents[low])


def stored() -> dict[tuple[int, int], int]:
    rows = GenreClosure.objects.values_list("ancestor_id", "descendant_id", "depth")
    return {(ancestor, descendant): depth for ancestor, descendant, depth in rows}


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=edits)
def test_the_closure_is_reachability_after_any_edits_and_circles_are_refused(
    edits: list[tuple[int, set[int]]],
) -> None:
    with transaction.atomic():
        genres = [add_genre(name=f"genre {number}") for number in range(NODES)]
        parents: dict[int, set[int]] = {genre.pk: set() for genre in genres}
        for child, above in edits:
            low, tops = genres[child], [genres[number] for number in sorted(above)]
            circle = any(reaches(parents, top.pk, low.pk) for top in tops)
            try:
                with transaction.atomic():
                    set_parents(genre=low, parents=tops)
            except GenreCycle:
                assert circle
            else:
                assert not circle
                parents[low.pk] = {top.pk for top in tops}
            assert stored() == shortest_ways(parents)
        transaction.set_rollback(True)


@given(edits=edits)
def test_a_way_round_is_a_real_circle_of_edges(edits: list[tuple[int, set[int]]]) -> None:
    graph: GenreGraph[int] = GenreGraph()
    for child, above in edits:
        for parent in above:
            way = graph.way_round(parent=parent, child=child)
            if way is None:
                graph.link(parent, child)
                continue
            assert way[0] == way[-1] == child
            assert way[1] == parent
            assert all(graph.linked(up, low) for low, up in pairwise(way[1:]))


def test_an_edge_at_the_bottom_writes_only_its_own_rows(
    make_genre: Callable[..., Genre], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    root = make_genre("root")
    below = [make_genre(f"branch {number}", root) for number in range(30)]
    leaf = make_genre("leaf", below[0])
    untouched = set(GenreClosure.objects.exclude(descendant=leaf).values_list("pk", flat=True))
    with django_assert_num_queries(11):
        set_parents(genre=leaf, parents=[below[1]])
    assert set(GenreClosure.objects.exclude(descendant=leaf).values_list("pk", flat=True)) == (
        untouched
    )
    assert leaf in Genre.objects.at_or_below(below[1])
    assert leaf not in Genre.objects.at_or_below(below[0])


def test_rebuilding_repairs_whatever_stood_there(make_genre: Callable[..., Genre]) -> None:
    rock = make_genre("rock")
    punk = make_genre("punk", rock)
    right = stored()
    GenreClosure.objects.filter(ancestor=rock, descendant=punk).delete()
    GenreClosure.objects.create(ancestor=punk, descendant=rock, depth=4)
    GenreClosure.objects.filter(ancestor=rock, descendant=rock).update(depth=9)
    assert rebuild_closure() == 3
    assert stored() == right


def test_rebuilding_a_right_closure_writes_nothing(make_genre: Callable[..., Genre]) -> None:
    make_genre("punk", make_genre("rock"))
    assert rebuild_closure() == 0


def test_a_large_graph_is_rebuilt_in_one_reading(db: None) -> None:
    genres = Genre.objects.bulk_create(
        Genre(name=f"genre {number}", key=f"genre{number}", slug=f"genre-{number}")
        for number in range(600)
    )
    GenreEdge.objects.bulk_create(
        GenreEdge(parent=genres[(number - 1) // 2], child=genres[number])
        for number in range(1, 600)
    )
    rebuild_closure()
    assert Genre.objects.at_or_below(genres[0]).count() == 600
    assert rebuild_closure() == 0
