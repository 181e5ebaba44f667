"""All that is done to posts. One table, POST_TRANSITIONS, says which steps there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.former import note_former_slug
from content.catalogue.merging import repoint
from content.catalogue.models import FormerSlug
from content.catalogue.names import match_key, unique_slug
from content.editorial.exceptions import (
    FourEyesRefused,
    PostChanged,
    PostInvalid,
    PostLocked,
    TagRefused,
    TransitionRefused,
)
from content.editorial.fields import RELATIONS, SCALARS, WRITABLE, Cleaned, clean_fields
from content.editorial.history import (
    Facts,
    column_facts,
    difference,
    facts,
    related_facts,
    written_facts,
)
from content.editorial.markdown import render
from content.editorial.models import (
    POST_TRANSITIONS,
    AudienceTag,
    PickedGenre,
    Post,
    PostMarket,
    PostRevision,
    PostState,
    TaggedPost,
    Variant,
    title_key,
)
from content.editorial.revisions import fields_of, keep_first_revision, keep_revision
from content.editorial.shares import derive_genres
from content.text import clean_line, clean_text, has_something_to_read

# posts of one title, written at once, want the same slug; each round gives one its own
SLUG_TRIES = 10
NO_APPROVAL: Mapping[str, Any] = {"approved_by": None, "approved_at": None}
NO_REVIEW: Mapping[str, Any] = {**NO_APPROVAL, "submitted_by": None}


# --- writing ----------------------------------------------------------------------------------


def write_post(
    *,
    actor: User,
    fields: Mapping[str, Any],
    post: Post | None = None,
    expected_revision: int | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Post:
    """Create a post, or change ``post``, by the given fields alone; nothing changed, nothing done.

    ``fields``: columns, ``artists``, ``tracks``, ``genres``, ``tags`` (rows; tags also by name,
    genres also with a percent of the post, 1..100), ``markets`` (codes) and ``variants`` (dicts of
    target, title, teaser, cta_label). An approved post becomes a draft again.
    ``expected_revision`` is what the writer saw, by default the revision of ``post``; ``note``
    goes into the history. Raises PostInvalid, PostLocked, PostChanged, TransitionRefused, and
    TypeError for a field that posts don't have.
    """
    moment = now or timezone.now()
    for attempt in range(1, SLUG_TRIES + 1):
        try:
            with transaction.atomic():
                if post is None:
                    return _create(actor, fields, moment)
                stored = _stored(post, expected_revision)
                return _change(actor, fields, stored, post=post, note=note, now=moment)
        except IntegrityError:
            if attempt == SLUG_TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def _create(actor: User, fields: Mapping[str, Any], now: datetime) -> Post:
    post = Post(author=actor, created_at=now, updated_at=now)
    cleaned = clean_fields({"title": "", **fields}, post)
    post.slug = unique_slug(post.title, Post.objects.all())
    post.body_html = render(post.body)
    post.save(force_insert=True)
    _store_relations(post, cleaned.relations)
    written = written_facts(cleaned)
    _, after = difference({}, written)
    record(code="post.written", subject=post, actor=actor, after=after, at=now)
    keep_revision(post=post, content={**_blank_facts(post), **written}, actor=actor, at=now)
    return post


def _blank_facts(post: Post) -> Facts:
    """Say what a new post holds where nothing was written: its defaults, and no rows."""
    columns = column_facts({name: getattr(post, name) for name in SCALARS})
    return {**columns, **{name: [] for name in RELATIONS}}


def _change(
    actor: User, fields: Mapping[str, Any], stored: Post, *, post: Post, note: str, now: datetime
) -> Post:
    if stored.state == PostState.ARCHIVED:
        raise TransitionRefused(
            gettext("“{stored}” is archived; revive it before you change it.").format(stored=stored)
        )
    if stored.locked_at:
        raise PostLocked(stored.title)
    held = facts(stored, WRITABLE)
    saved_at = stored.updated_at
    cleaned = clean_fields(fields, stored)
    written = written_facts(cleaned)
    before, after = difference(held, written)
    if after:
        keep_first_revision(post=stored, content=held, at=saved_at)
        changes = _changed_columns(actor, stored, cleaned, after)
        _update(stored, {**changes, "revision": stored.revision + 1, "updated_at": now})
        _store_relations(stored, {k: v for k, v in cleaned.relations.items() if k in after})
        if "state" in changes:
            before["state"], after["state"] = stored.state, changes["state"]
        record(
            code="post.changed",
            subject=stored,
            actor=actor,
            summary=note,
            before=before,
            after=after,
            at=now,
        )
        stored.revision += 1
        keep_revision(post=stored, content={**held, **written}, actor=actor, at=now)
    post.refresh_from_db()
    return post


def restore_revision(
    *,
    post: Post,
    number: int,
    actor: User,
    expected_revision: int | None = None,
    untouched: Collection[str] = (),
    now: datetime | None = None,
) -> list[str]:
    """Write what the post held at revision ``number`` over what it holds now.

    ``untouched`` names targets of variants that stay as they are now. Returns the names of
    artists, tags and so on that are gone since, and so are left out. Raises what ``write_post``
    raises, and PostRevision.DoesNotExist.
    """
    kept = PostRevision.objects.get(post=post, number=number)
    restored = fields_of(kept.content)
    variants = [one for one in restored.fields["variants"] if one["target"] not in untouched]
    if untouched:
        variants += related_facts("variants", post.variants.filter(target__in=untouched))
    write_post(
        actor=actor,
        fields={**restored.fields, "variants": variants},
        post=post,
        expected_revision=expected_revision,
        note=gettext("Revision %(number)s brought back.") % {"number": number},
        now=now,
    )
    return restored.gone


def _changed_columns(actor: User, stored: Post, cleaned: Cleaned, after: Facts) -> dict[str, Any]:
    """Say what else changes with the columns: what is derived from them, and the approval."""
    changes = {name: value for name, value in cleaned.columns.items() if name in after}
    if "body" in changes:
        changes["body_html"] = render(stored.body)
    if stored.state == PostState.APPROVED:
        changes |= {**NO_REVIEW, "state": PostState.DRAFT}
        changes["first_approved_at"] = stored.first_approved_at or stored.approved_at
    elif stored.state == PostState.IN_REVIEW:
        # whoever had the last hand in it can't be the one who approves it
        changes["submitted_by"] = actor
    if "title" in changes:
        changes["title_key"] = title_key(stored.title)
    if "title" in changes and not (stored.first_approved_at or stored.approved_at):
        changes["slug"] = unique_slug(stored.title, Post.objects.exclude(pk=stored.pk))
    return changes


def _store_relations(post: Post, relations: Mapping[str, Any]) -> None:
    for name in ("artists", "tracks", "tags"):
        if name in relations:
            getattr(post, name).set(relations[name])
    if "genres" in relations:
        _replace(PickedGenre, post, relations["genres"])
    if "markets" in relations:
        _replace(PostMarket, post, relations["markets"])
    if "variants" in relations:
        _replace(Variant, post, relations["variants"])
    if not relations.keys().isdisjoint({"artists", "tracks", "genres"}):
        derive_genres([post.pk])


def _replace(model: type[PickedGenre | PostMarket | Variant], post: Post, rows: list[Any]) -> None:
    model.objects.filter(post=post).delete()
    for row in rows:
        row.post = post
    model.objects.bulk_create(rows)


# --- review -----------------------------------------------------------------------------------


def submit_post(*, post: Post, actor: User, now: datetime | None = None) -> Post:
    """Ask for a second pair of eyes."""
    return _move(
        post, PostState.IN_REVIEW, "post.submitted", actor, now, changes={"submitted_by": actor}
    )


def return_post(*, post: Post, actor: User, note: str, now: datetime | None = None) -> Post:
    """Give a post in review, or approved too soon, back to its author with a note why."""
    note = clean_text(note)
    if not note:
        raise PostInvalid(
            {"note": [gettext("Say what should change, so that the author can act on it.")]}
        )
    return _move(
        post,
        PostState.DRAFT,
        "post.returned",
        actor,
        now,
        coming_from={PostState.IN_REVIEW, PostState.APPROVED},
        changes=NO_REVIEW,
        note=note,
    )


def approve_post(
    *,
    post: Post,
    actor: User,
    expected_revision: int | None = None,
    now: datetime | None = None,
) -> Post:
    """Approve the revision that the approver saw: ``expected_revision``, or that of ``post``.

    Raises FourEyesRefused for the author and the submitter (unless the house is set to do with one
    pair), PostInvalid for what is missing, PostChanged when there is a newer revision.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        approved = _move(
            post,
            PostState.APPROVED,
            "post.approved",
            actor,
            moment,
            changes={
                "approved_by": actor,
                "approved_at": moment,
                "first_approved_at": Coalesce("first_approved_at", Value(moment)),
            },
            expected_revision=expected_revision,
            check=_check_approvable,
        )
        # its artists' genres may have changed since it was written
        derive_genres([approved.pk])
    return approved


def _check_approvable(post: Post, actor: User) -> None:
    if settings.FOUR_EYES:
        _check_other_eyes(post, actor)
    if missing := missing_for_approval(post):
        raise PostInvalid(missing)


def _check_other_eyes(post: Post, actor: User) -> None:
    if post.author_id == actor.pk:
        raise FourEyesRefused(
            gettext("You wrote “{post}”; someone else has to approve it.").format(post=post)
        )
    if post.submitted_by_id == actor.pk:
        raise FourEyesRefused(
            gettext(
                "You had the last hand in “{post}” (sent it in, or changed it since); "
                "someone else has to approve it."
            ).format(post=post)
        )


def missing_for_approval(post: Post) -> dict[str, list[str]]:
    """Say what a post lacks before it can be approved, field by field."""
    missing = {
        "title": "" if post.title else gettext("A post needs a title."),
        "teaser": ""
        if post.teaser
        else gettext("A post needs a teaser: it is what lists and channels show."),
        "cta_url": ""
        if post.cta_url
        else gettext("A post needs its deep link into the music client."),
    }
    if post.hero and not (post.hero.alt_text or post.hero.decorative):
        missing["hero"] = gettext("The picture needs words for those who can't see it.")
    return {field: [message] for field, message in missing.items() if message}


def archive_post(*, post: Post, actor: User, now: datetime | None = None) -> Post:
    """Put a post away; it can be revived."""
    return _move(post, PostState.ARCHIVED, "post.archived", actor, now)


def revive_post(*, post: Post, actor: User, now: datetime | None = None) -> Post:
    """Make a draft of an archived post."""
    return _move(
        post,
        PostState.DRAFT,
        "post.revived",
        actor,
        now,
        coming_from={PostState.ARCHIVED},
        changes=NO_REVIEW,
    )


# --- the lock ---------------------------------------------------------------------------------


def lock_post(*, post_id: int, now: datetime) -> None:
    """Keep an approved post as it is while it is on its way out; locking twice is once."""
    locked = Post.objects.approved().unlocked().filter(pk=post_id).update(locked_at=now)
    if not locked and not Post.objects.filter(pk=post_id, locked_at__isnull=False).exists():
        raise TransitionRefused(gettext("Only an approved post can be scheduled."))


def unlock_posts(*, post_ids: Iterable[int]) -> None:
    """Let people change the posts again."""
    Post.objects.filter(pk__in=post_ids).update(locked_at=None)


# --- audience tags ----------------------------------------------------------------------------


def find_tag(name: str) -> AudienceTag | None:
    """Find the tag of this name, in whatever spelling."""
    return AudienceTag.objects.filter(key=match_key(clean_line(name))).first()


@transaction.atomic
def add_tag(*, name: str, meaning: str, actor: User | None = None) -> AudienceTag:
    """Add a word to the vocabulary; TagRefused when it is there already, or means nothing."""
    name, meaning = clean_line(name), clean_line(meaning)
    _check_tag_name(name)
    if not meaning:
        raise TagRefused(gettext("Say when to use “{name}”, in one sentence.").format(name=name))
    if len(meaning) > 300:
        raise TagRefused(
            gettext("The meaning is too long; one sentence of up to 300 signs does it.")
        )
    tag = AudienceTag(name=name, meaning=meaning)
    tag.slug = unique_slug(name, AudienceTag.objects.all(), max_length=100)
    tag.save(force_insert=True)
    after = {"name": name, "meaning": meaning}
    record(code="tag.added", subject=tag, actor=actor, after=after)
    return tag


@transaction.atomic
def rename_tag(*, tag: AudienceTag, name: str, actor: User | None = None) -> AudienceTag:
    """Spell a tag differently; its slug stays, for expressions and addresses use it."""
    name, before = clean_line(name), tag.name
    _check_tag_name(name, besides=tag)
    tag.name = name
    tag.save(update_fields=["name"])
    record(
        code="tag.renamed", subject=tag, actor=actor, before={"name": before}, after={"name": name}
    )
    return tag


@transaction.atomic
def merge_tags(*, tag: AudienceTag, into: AudienceTag, actor: User | None = None) -> AudienceTag:
    """Give all that has ``tag``, in any room, ``into``; drop ``tag`` with its name and slug."""
    if tag.pk == into.pk:
        raise TagRefused(gettext("“{tag}” can't be merged into itself.").format(tag=tag))
    tagged = TaggedPost.objects.filter(tag=tag)
    both = TaggedPost.objects.filter(tag=into).values("content_object")
    posts = tagged.count()
    tagged.filter(content_object__in=both).delete()
    tagged.update(tag=into)
    repoint(tag, into, apart=(TaggedPost,))
    record(
        code="tag.merged",
        subject=into,
        actor=actor,
        before={"name": tag.name, "slug": tag.slug, "posts": posts},
        after={"name": into.name, "slug": into.slug},
    )
    note_former_slug(kind=FormerSlug.Kind.TAG, slug=tag.slug, now_at=into.slug)
    tag.delete()
    return into


def _check_tag_name(name: str, *, besides: AudienceTag | None = None) -> None:
    if not has_something_to_read(name):
        raise TagRefused(gettext("A tag needs a name."))
    if len(name) > 100 or len(match_key(name)) > 100:
        raise TagRefused(gettext("This name is too long for a tag; a word or two do it."))
    other = find_tag(name)
    if other and other != besides:
        raise TagRefused(
            gettext("There is a tag “{other}” already; use it, or merge the two.").format(
                other=other
            )
        )


# --- one row at a time ------------------------------------------------------------------------


def _move(
    post: Post,
    to: PostState,
    code: str,
    actor: User,
    now: datetime | None,
    *,
    coming_from: set[PostState] | None = None,
    changes: Mapping[str, Any] | None = None,
    note: str = "",
    expected_revision: int | None = None,
    check: Callable[[Post, User], None] | None = None,
) -> Post:
    moment = now or timezone.now()
    with transaction.atomic():
        stored = _stored(post, expected_revision)
        _check_transition(stored, to, coming_from)
        if stored.locked_at:
            raise PostLocked(stored.title)
        if check:
            check(stored, actor)
        _update(stored, {**(changes or {}), "state": to, "updated_at": moment})
        record(
            code=code,
            subject=stored,
            actor=actor,
            summary=note,
            before={"state": stored.state},
            after={"state": to, **({"note": note} if note else {})},
            at=moment,
        )
    post.refresh_from_db()
    return post


def _stored(post: Post, expected_revision: int | None) -> Post:
    """Read the row, for ``post`` may be old or half edited; refuse when it has moved on."""
    stored = Post.objects.select_related("hero").get(pk=post.pk)
    if stored.revision != (post.revision if expected_revision is None else expected_revision):
        raise PostChanged(stored.title)
    return stored


def _update(stored: Post, changes: Mapping[str, Any]) -> None:
    """Write only if nobody was faster."""
    rows = Post.objects.unlocked().filter(pk=stored.pk)
    if not rows.filter(state=stored.state, revision=stored.revision).update(**changes):
        raise PostChanged(stored.title)


def _check_transition(post: Post, to: PostState, coming_from: set[PostState] | None = None) -> None:
    state = PostState(post.state)
    if to not in POST_TRANSITIONS[state] or (coming_from and state not in coming_from):
        raise TransitionRefused(
            gettext("“{post}” is {state}, and from there it can't become {to}.").format(
                post=post, state=_in_words(state), to=_in_words(to)
            )
        )


def _in_words(state: PostState) -> str:
    return gettext("a draft") if state == PostState.DRAFT else str(state.label).lower()
