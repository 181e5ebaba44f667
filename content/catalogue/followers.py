"""Who has to know that artists play other genres now: rooms above say so when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection

# takes the keys of artists
Follower = Callable[[Collection[int]], object]

_followers: list[Follower] = []


def follow_artist_genres(follower: Follower) -> None:
    """Call this in the transaction of every change to what artists play."""
    if follower not in _followers:
        _followers.append(follower)


def tell_followers(artists: Collection[int]) -> None:
    for follower in _followers if artists else ():
        follower(artists)
