"""Names, titles and sentences by the ten thousand, made of words that music uses."""

from __future__ import annotations

import random

COUNTRIES = ("GB", "US", "DE", "FR", "BR", "NG", "JP", "SE", "JM", "ZA", "MX", "")
FIRST = (
    *("Alma", "Kofi", "Mei", "Jonas", "Sade", "Ravi", "Lena", "Tomás", "Aïcha", "Björn", "Nia"),
    *("Otis", "Yuki", "Imani", "Pavel", "Zoë", "Femi", "Clara", "Diego", "Noor", "Edda", "Marlon"),
    *("Ines", "Kwame", "Sanna", "Luca", "Amara", "Wren", "Idris", "Salome", "Björk-Ann", "Teo"),
)
LAST = (
    *("Reed", "Okafor", "Lindqvist", "Marsh", "Vega", "Tanaka", "Bello", "Novak", "Almeida"),
    *("Hart", "Diallo", "Weiss", "Castellanos", "Byrne", "Adeyemi", "Sørensen", "Quist", "Lowe"),
    *("Farouk", "Petrov", "Nakamura", "Delgado", "Osei", "Grant", "Moreau", "Keller", "Santos"),
)
ADJECTIVES = (
    *("Velvet", "Quiet", "Northern", "Electric", "Paper", "Golden", "Hollow", "Midnight", "Salt"),
    *("Crooked", "Neon", "Distant", "Copper", "Second", "Wild", "Pale", "Burning", "Slow", "Glass"),
)
NOUNS = (
    *("Harbour", "Machines", "Choir", "Avenue", "Foxes", "Static", "Tide", "Parade", "Lanterns"),
    *("Circuit", "Orchard", "Signal", "Wolves", "Hours", "Satellites", "Garden", "Riot", "Bells"),
)
CITIES = ("Lagos", "Leeds", "Lisbon", "Osaka", "Berlin", "Accra", "Detroit", "Malmö", "São Paulo")
TITLES = {
    "release": ("{artist}: “{record}”", "“{record}”, the new album by {artist}"),
    "interview": ("{artist} on {record}", "An hour with {artist} in {city}"),
    "tour": ("{artist} live in {city}", "{artist}: the {city} nights"),
    "playlist": ("{record}: a playlist by {artist}", "What {artist} hears in {city}"),
    "feature": ("How {artist} made {record}", "{artist} and the sound of {city}"),
    "video": ("Watch {artist} play “{record}”", "{artist}: the {record} session"),
}
TEASERS = (
    "{artist} comes back from {city} with {record}, and it is the boldest yet.",
    "Nobody expected {record}. {artist} tells how it came about in {city}.",
    "Twelve songs, one room in {city}: {artist} and the making of {record}.",
)
SENTENCES = (
    "It began in {city}, in a room with one window and a borrowed drum machine.",
    "{artist} speaks of {record} as of a place that one can go back to.",
    "The first take was the one that stayed.",
    "What sounds loose was written down to the last breath.",
    "On stage in {city} the songs are twice as long and half as loud.",
)


def artist(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    the = chance.choice(("The ", ""))
    return f"{the}{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}"


def title(chance: random.Random, kind: str, name: str) -> str:
    return _said(chance, chance.choice(TITLES[kind]), name)


def teaser(chance: random.Random, name: str) -> str:
    return _said(chance, chance.choice(TEASERS), name)


def body(chance: random.Random, name: str) -> str:
    return " ".join(_said(chance, sentence, name) for sentence in chance.choices(SENTENCES, k=12))


def _said(chance: random.Random, words: str, name: str) -> str:
    record = f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}"
    return words.format(artist=name, record=record, city=chance.choice(CITIES))
