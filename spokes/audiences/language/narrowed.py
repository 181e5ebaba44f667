"""The language for a person to whom not every audience is there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from django.db.models import QuerySet

from spokes.audiences.facts import PostFacts
from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.names import read_audiences
from spokes.audiences.language.offers import offer_audiences
from spokes.audiences.language.vocabulary import Vocabulary
from spokes.audiences.models import Audience


def naming_only(audiences: QuerySet[Audience]) -> Vocabulary[PostFacts]:
    """Make the vocabulary in which no other audiences than these have a name.

    What these ask for themselves, they go on asking for.
    """
    known = replace(
        POST_FIELDS["audience"],
        read=partial(read_audiences, among=audiences),
        offer=partial(offer_audiences, among=audiences),
    )
    return POST_FIELDS.with_field(known)
