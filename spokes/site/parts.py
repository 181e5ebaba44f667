"""The parts of what the site shows; a change of any makes it another site."""

from __future__ import annotations

import enum


class SitePart(enum.StrEnum):
    PLACES = "places"
    STORIES = "stories"
    CATALOGUE = "catalogue"
