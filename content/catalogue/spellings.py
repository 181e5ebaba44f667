"""How people shorten the names of music: facts of the field that no genre tree carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# one word for another, wherever it stands
WORDS = {
    "alt": "alternative",
    "goth": "gothic",
    "oldskool": "oldschool",
    "prog": "progressive",
    "psych": "psychedelic",
    "skool": "school",
    "trad": "traditional",
}

# a whole name, as match_key folds it → the names it may go by here, the best first
SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "altrock": ("alternativerock",),
    "alternative": ("alternativerock",),
    "dance": ("dancemusic", "electronicdancemusic", "electronic"),
    "dandb": ("drumandbass",),
    "dnb": ("drumandbass",),
    "ebm": ("electronicbodymusic",),
    "edm": ("electronicdancemusic", "electronic"),
    "electronica": ("electronic",),
    "gothic": ("gothicrock",),
    "idm": ("intelligentdancemusic", "electronica"),
    "indie": ("indierock", "alternativerock"),
    "latin": ("latinmusic", "latinamerican", "caribbeanandlatinamerican"),
    "metal": ("heavymetal",),
    "mpb": ("musicapopularbrasileira",),
    "nwobhm": ("newwaveofbritishheavymetal", "heavymetal"),
    "progressive": ("progressiverock",),
    "psychedelic": ("psychedelicrock",),
    "psytrance": ("psychedelictrance",),
    "punk": ("punkrock",),
    "randb": ("rhythmandblues",),
    "rap": ("hiphop",),
    "rhythmandblues": ("randb",),
    "rnb": ("randb", "rhythmandblues"),
    "ukg": ("ukgarage",),
    "urbanolatino": ("reggaeton", "latinmusic"),
    "world": ("worldmusic",),
}


def spellings(words: Sequence[str]) -> Iterator[str]:
    """Give the keys that a name in words may be known by, the surest first."""
    yield from _keys(words)
    if len(words) > 1 and words[-1] == "music":
        yield from _keys(words[:-1])
    yield "".join([*words, "music"])


def _keys(words: Sequence[str]) -> Iterator[str]:
    for key in ("".join(words), "".join(_spell_out(words))):
        yield key
        yield from SHORT_NAMES.get(key, ())


def _spell_out(words: Sequence[str]) -> Iterator[str]:
    for place, word in enumerate(words):
        # the "n" of "drum 'n' bass", which stands between two words
        inside = 0 < place < len(words) - 1
        yield "and" if word == "n" and inside else WORDS.get(word, word)
