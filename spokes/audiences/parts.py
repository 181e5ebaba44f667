"""The parts of the audiences' version, one for each kind of change that routing must follow."""

from __future__ import annotations

from enum import StrEnum


class VersionPart(StrEnum):
    # audiences, spokes and channels with their floors
    AUDIENCES = "audiences"
    # what the words of an expression mean: genres, aliases, tags, artists
    NAMES = "names"
    # who stands below whom
    GRAPH = "graph"
    # the tastes that posts are measured against
    PROFILES = "profiles"
