"""The genre graph as a tree of boxes to tick: each genre once, below the first of its parents."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable

from content.catalogue.models import Genre, GenreAlias, GenreEdge
from hub.console.welcome.palette import suggest_colours
from spokes.channels.models import Hub, Spoke

# more boxes than this help nobody: the lower levels are left to the search
MOST_SHOWN = 600


@dataclasses.dataclass
class Node:
    pk: int
    name: str
    # further parents, by name
    also_in: list[str]
    # other spellings, for the search
    words: str = ""
    colour: str = ""
    ticked: bool = False
    # it has a spoke already
    is_open: bool = False
    children: list[Node] = dataclasses.field(default_factory=list)

    @property
    def ticked_below(self) -> int:
        return sum(child.ticked + child.ticked_below for child in self.children)

    @property
    def below(self) -> int:
        return len(self.children) + sum(child.below for child in self.children)


@dataclasses.dataclass(frozen=True)
class Tree:
    roots: list[Node]
    shown: int
    total: int

    @property
    def is_cut(self) -> bool:
        return self.shown < self.total


def load_tree(picked: Iterable[int]) -> Tree:
    nodes, parents = _load_nodes(set(picked))
    roots = [node for pk, node in nodes.items() if pk not in parents]
    children: dict[int, list[Node]] = defaultdict(list)
    for pk, above in parents.items():
        children[above[0]].append(nodes[pk])
        nodes[pk].also_in = [nodes[parent].name for parent in above[1:]]
    for root, colour in zip(roots, suggest_colours(len(roots), taken=taken_colours()), strict=True):
        root.colour = colour
    return Tree(roots, _hang(roots, children), len(nodes))


def taken_colours() -> list[str]:
    return [Hub.objects.current().colour, *Spoke.objects.values_list("colour", flat=True)]


def colours_of(genres: list[Genre]) -> dict[int, str]:
    """Suggest a colour for each: a family's own as the tree shows it, others unlike all of them."""
    families = {root.pk: root.colour for root in load_tree(()).roots}
    own = {genre.pk: families[genre.pk] for genre in genres if genre.pk in families}
    others = [genre.pk for genre in genres if genre.pk not in own]
    free = suggest_colours(len(others), taken=[*taken_colours(), *own.values()])
    return {**own, **dict(zip(others, free, strict=True))}


def _load_nodes(picked: set[int]) -> tuple[dict[int, Node], dict[int, list[int]]]:
    taken = set(Spoke.objects.values_list("genre_id", flat=True))
    nodes = {
        pk: Node(pk, name, [], words=name.lower(), ticked=pk in picked, is_open=pk in taken)
        for pk, name in Genre.objects.values_list("pk", "name")
    }
    for pk, alias in GenreAlias.objects.values_list("genre_id", "name"):
        nodes[pk].words += f" {alias.lower()}"
    parents: dict[int, list[int]] = defaultdict(list)
    for child, parent in GenreEdge.objects.order_by("pk").values_list("child_id", "parent_id"):
        parents[child].append(parent)
    return nodes, parents


def _hang(roots: list[Node], children: dict[int, list[Node]]) -> int:
    """Hang level after level while there is room; give the number of nodes that are shown."""
    shown, level = len(roots), roots
    while level:
        following = [child for node in level for child in children[node.pk]]
        if not following or shown + len(following) > MOST_SHOWN:
            return shown
        for node in level:
            node.children = children[node.pk]
        shown += len(following)
        level = following
    return shown
