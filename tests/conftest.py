"""The people and the small world that every test may ask for."""

from __future__ import annotations

import gc
import itertools
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from content.catalogue.models import Artist, Genre, GenreClosure, GenreEdge
from content.catalogue.names import make_slug, match_key
from content.editorial.models import AudienceTag, Post, PostGenre, PostMarket, TaggedPost
from hub.people.models import Membership
from spokes.channels.models import Channel, Spoke
from tests import migrated
from tests.rendering import keep_whole_pages
from tests.tables import empty_filled_tables, migrated_rows

# how long an example takes says nothing on a busy machine
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_configure() -> None:
    """Leave out what takes long and proves nothing here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    TransactionTestCase._fixture_teardown = empty_filled_tables
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "init_command" in options:
        # no power cut in here; processes that tests start keep the real thing
        options["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(autouse=True, scope="session")
def whole_pages(django_test_environment: None) -> None:
    keep_whole_pages()


def pytest_collection_finish() -> None:
    """Take what is loaded by now for what stays: looking through all of it again finds nothing."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    if settings.BEGAN_THE_RUN and connection.vendor == "postgresql":
        migrated.drop_template()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    # gives each process a name of its own
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Give this process its own copy of the migrated database."""
    name = connection.creation._get_test_db_name()
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    if connection.vendor == "sqlite":
        # it goes with the folder of the process
        migrated.copy_sqlite(Path(name))
    else:
        migrated.make_postgres(name)
    with django_db_blocker.unblock():
        migrated_rows()
    yield
    if connection.vendor == "postgresql":
        migrated.drop_postgres(name)


# without one of these or the mark, pytest-django refuses every question to the database
ASKING = {"db", "transactional_db", "live_server", "django_db_setup"}


# the run with processes and a browser reads no other folders
FOLDERS = {"services", "browser", "faults"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark what may find something else where the servers are PostgreSQL and Redis.

    That is what asks the database or knows its kind, and what reads a machine's environment; on
    the servers, the rest would only prove the same again.
    """
    for item in items:
        _refuse_elsewhere(item)
        asks = item.get_closest_marker("django_db") or not ASKING.isdisjoint(item.fixturenames)
        if asks or hasattr(item.module, "connection") or "runtime" in item.path.parts:
            item.add_marker("database")


def _refuse_elsewhere(item: pytest.Function) -> None:
    marked = item.get_closest_marker("services") or item.get_closest_marker("browser")
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    if marked and folder not in FOLDERS:
        raise pytest.UsageError(
            f"{item.nodeid} would never be run: only {FOLDERS} are read for it."
        )


MANY = 20


@pytest.hookimpl(wrapper=True, tryfirst=True, specname="pytest_collection_modifyitems")
def pytest_begin_with_the_longest(items: list[pytest.Function]) -> Generator[None]:
    """Let no worker wait at the end for a file with processes that another one began late."""
    # after all others, one of which shuffles
    yield
    tests = Counter(item.path for item in items)

    def rank(item: pytest.Function) -> tuple[int, int]:
        if item.get_closest_marker("services"):
            return ("faults" not in item.path.parts) * 2, 0
        if item.get_closest_marker("browser"):
            # those who look at every page go on for minutes
            return 1 if tests[item.path] >= MANY else 3, -tests[item.path]
        return 4, 0

    items.sort(key=rank)


NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """A Monday at noon, UTC."""
    return NOON


def of_the_house(name: str, *spokes: Spoke) -> User:
    """Make a member of these spokes; of the whole house without any."""
    person = User.objects.create_user(
        name, f"{name}@example.org", f"pass-word-{name}", is_staff=True
    )
    for spoke in spokes or [None]:
        Membership.objects.create(user=person, spoke=spoke)
    return person


@pytest.fixture
def make_member(db: None) -> Callable[..., User]:
    return of_the_house


@pytest.fixture
def editor(db: None) -> User:
    return of_the_house("edith")


@pytest.fixture
def approver(db: None) -> User:
    return of_the_house("anton")


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.create_superuser("mona", "mona@example.org", "pass-word-mona")


@pytest.fixture
def make_genre(db: None) -> Callable[..., Genre]:
    """Make a genre below its parents, with its rows of the closure."""

    def make(name: str, *parents: Genre) -> Genre:
        genre = Genre.objects.create(name=name, key=match_key(name), slug=make_slug(name))
        depths = {genre.pk: 0}
        for parent in parents:
            GenreEdge.objects.create(parent=parent, child=genre)
            for row in GenreClosure.objects.filter(descendant=parent):
                depths[row.ancestor_id] = min(
                    depths.get(row.ancestor_id, row.depth + 1), row.depth + 1
                )
        for ancestor, depth in depths.items():
            GenreClosure.objects.create(ancestor_id=ancestor, descendant=genre, depth=depth)
        return genre

    return make


@pytest.fixture
def make_artist(db: None) -> Callable[..., Artist]:
    def make(name: str, *genres: Genre) -> Artist:
        artist = Artist.objects.create(name=name, key=match_key(name), slug=make_slug(name))
        artist.genres.set(genres)
        return artist

    return make


@pytest.fixture
def make_tag(db: None) -> Callable[..., AudienceTag]:
    def make(name: str) -> AudienceTag:
        tag, _ = AudienceTag.objects.get_or_create(
            key=match_key(name),
            defaults={"name": name, "slug": make_slug(name), "meaning": f"About {name}."},
        )
        return tag

    return make


@pytest.fixture
def make_post(editor: User, approver: User) -> Callable[..., Post]:
    """Make a post as it stands in the database; approved unless ``state`` says otherwise."""
    numbers = itertools.count(1)

    def make(
        title: str = "",
        genres: Iterable[Genre] = (),
        artists: Iterable[Artist] = (),
        tags: Iterable[AudienceTag] = (),
        markets: Iterable[str] = (),
        **fields: Any,
    ) -> Post:
        title = title or f"Post {next(numbers)}"
        fields = {
            "slug": make_slug(title),
            "teaser": f"The teaser of {title}.",
            "body": f"The body of **{title}**.",
            "body_html": f"<p>The body of <strong>{title}</strong>.</p>",
            "cta_url": "https://listen.example.org/album/1",
            "state": "approved",
            "author": editor,
            "created_at": NOON,
            "updated_at": NOON,
            **fields,
        }
        if fields["state"] == "approved":
            fields = {"approved_by": approver, "approved_at": NOON, **fields}
        post = Post.objects.create(title=title, **fields)
        post.artists.set(artists)
        picked = list(genres)
        post.genres.set(picked)
        for genre in picked:
            PostGenre.objects.create(post=post, genre=genre, source="editor", share=1 / len(picked))
        for tag in tags:
            TaggedPost.objects.create(tag=tag, content_object=post)
        for code in markets:
            PostMarket.objects.create(post=post, code=code)
        return post

    return make


@pytest.fixture
def make_spoke(db: None) -> Callable[..., Spoke]:
    def make(genre: Genre, **fields: Any) -> Spoke:
        return Spoke.objects.create(
            genre=genre, **{"name": genre.name, "slug": genre.slug, **fields}
        )

    return make


@pytest.fixture
def make_channel(db: None) -> Callable[..., Channel]:
    """Make a channel of a spoke, or of the hub when ``spoke`` is None; of the site by default."""
    numbers = itertools.count(1)

    def make(spoke: Spoke | None = None, **fields: Any) -> Channel:
        name = f"{spoke.name if spoke else 'Hub'} site {next(numbers)}"
        return Channel.objects.create(
            spoke=spoke, **{"name": name, "slug": make_slug(name), "network": "site", **fields}
        )

    return make
