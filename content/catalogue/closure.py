"""Keep GenreClosure, the table of who stands below whom, equal to the edges."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from django.db import transaction

from content.catalogue.models import Genre, GenreClosure, GenreEdge

Node = TypeVar("Node", bound=Hashable)
Item = TypeVar("Item")

# more ids than this in one query are dearer than reading the whole table
FEW = 500


class GenreGraph(Generic[Node]):
    """The edges in memory, for questions that would cost a query a step."""

    def __init__(self, edges: Iterable[tuple[Node, Node]] = ()) -> None:
        """Take edges as (parent, child)."""
        self.parents: dict[Node, set[Node]] = defaultdict(set)
        self.children: dict[Node, set[Node]] = defaultdict(set)
        for parent, child in edges:
            self.link(parent, child)

    def link(self, parent: Node, child: Node) -> None:
        self.parents[child].add(parent)
        self.children[parent].add(child)

    def linked(self, parent: Node, child: Node) -> bool:
        return parent in self.parents.get(child, ())

    def set_parents(self, child: Node, parents: Iterable[Node]) -> None:
        for parent in self.parents.pop(child, set()):
            self.children[parent].discard(child)
        for parent in parents:
            self.link(parent, child)

    def depths_above(self, node: Node) -> dict[Node, int]:
        """Give each node at or above this one with the edges on the shortest way to it."""
        depths = {node: 0}
        waiting = deque([node])
        while waiting:
            at = waiting.popleft()
            for parent in self.parents.get(at, ()):
                if parent not in depths:
                    depths[parent] = depths[at] + 1
                    waiting.append(parent)
        return depths

    def at_or_below(self, nodes: Iterable[Node]) -> set[Node]:
        found = set(nodes)
        waiting = list(found)
        while waiting:
            fresh = self.children.get(waiting.pop(), set()) - found
            found |= fresh
            waiting.extend(fresh)
        return found

    def way_round(self, *, parent: Node, child: Node) -> list[Node] | None:
        """Give the circle that this edge would close, child first and last; None if it closes none.

        A node as its own parent is the circle [node, node].
        """
        came_from: dict[Node, Node] = {parent: child}
        waiting = deque([parent])
        while waiting:
            at = waiting.popleft()
            if at == child:
                return self._walk_back(child, parent, came_from)
            for above in self.parents.get(at, ()):
                if above not in came_from:
                    came_from[above] = at
                    waiting.append(above)
        return None

    @staticmethod
    def _walk_back(child: Node, parent: Node, came_from: dict[Node, Node]) -> list[Node]:
        way = [child]
        while way[-1] != parent:
            way.append(came_from[way[-1]])
        return [child, *reversed(way)] if parent != child else [child, child]


def load_graph() -> GenreGraph[int]:
    return GenreGraph(GenreEdge.objects.values_list("parent_id", "child_id"))


def lock_graph() -> None:
    """Let one writer at a time change edges: two half circles in two transactions make a whole.

    The oldest genre's row stands for the whole graph. (SQLite has one writer anyway.)
    """
    Genre.objects.select_for_update().order_by("pk").first()


def refresh_closure(graph: GenreGraph[int], descendants: Collection[int]) -> int:
    """Make the rows of these descendants right; write and count only those that differ."""
    wanted = {
        (ancestor, descendant): depth
        for descendant in descendants
        for ancestor, depth in graph.depths_above(descendant).items()
    }
    changed, gone = [], []
    for row in _closure_rows(descendants):
        depth = wanted.pop((row.ancestor_id, row.descendant_id), None)
        if depth is None:
            gone.append(row.pk)
        elif depth != row.depth:
            row.depth = depth
            changed.append(row)
    for some in chunks(gone, FEW):
        GenreClosure.objects.filter(pk__in=some).delete()
    GenreClosure.objects.bulk_update(changed, ["depth"], batch_size=FEW)
    GenreClosure.objects.bulk_create(
        GenreClosure(ancestor_id=ancestor, descendant_id=descendant, depth=depth)
        for (ancestor, descendant), depth in wanted.items()
    )
    return len(gone) + len(changed) + len(wanted)


@transaction.atomic
def rebuild_closure() -> int:
    """Make every row right, whatever stood there; give the number of rows written."""
    lock_graph()
    return refresh_closure(load_graph(), set(Genre.objects.values_list("pk", flat=True)))


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _closure_rows(descendants: Collection[int]) -> Iterator[GenreClosure]:
    rows = GenreClosure.objects.all()
    if len(descendants) <= FEW:
        rows = rows.filter(descendant__in=descendants)
    return (row for row in rows.iterator() if row.descendant_id in descendants)
