"""The parts of the audiences' version, one for each kind of change that routing must follow."""

from __future__ import annotations

from enum import StrEnum


class VersionPart(StrEnum):
    # what audiences ask for; one part for each ``BLOCK`` of them: "audiences/3"
    AUDIENCES = "audiences"
    # which spokes and channels there are, what they ask for, and their floors
    CHANNELS = "channels"
    # what the words of an expression mean: genres, aliases, tags, artists
    NAMES = "names"
    # who stands below whom
    GRAPH = "graph"
    # the tastes that posts are measured against
    PROFILES = "profiles"


# audiences that one part is for: what is read again when one of them changes
BLOCK = 256
