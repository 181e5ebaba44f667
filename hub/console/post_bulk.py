"""What can be done with many posts at once; each through its own action, with its own entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from content.editorial.actions import (
    approve_post,
    archive_post,
    missing_for_approval,
    submit_post,
    write_post,
)
from content.editorial.models import AudienceTag, Post, PostState
from hub.console.bulk import BulkStep
from hub.console.people import APPROVE, WRITE
from hub.console.post_steps import may_become


class TagForm(forms.Form):
    tag = forms.ModelChoiceField(queryset=AudienceTag.objects.all(), label=_("Tag"))


def _closed(post: Post) -> str:
    if post.locked_at:
        return gettext("It is on its way out: take it off the schedule first.")
    return ""


def _against_moving(to: PostState, *, complete: bool = False) -> Callable[[Any], str]:
    def against(post: Post) -> str:
        if reason := _closed(post):
            return reason
        if not may_become(post, to):
            state = post.get_state_display().lower()
            return gettext("From “%(state)s” there is no way there.") % {"state": state}
        missing = missing_for_approval(post) if complete else {}
        return " ".join(word for words in missing.values() for word in words)

    return against


def _against_tagging(post: Post) -> str:
    archived = post.state == PostState.ARCHIVED
    return gettext("It is archived.") if archived else _closed(post)


def _submit(post: Post, actor: User, answers: dict[str, Any]) -> None:
    submit_post(post=post, actor=actor)


def _approve(post: Post, actor: User, answers: dict[str, Any]) -> None:
    approve_post(post=post, actor=actor)


def _archive(post: Post, actor: User, answers: dict[str, Any]) -> None:
    archive_post(post=post, actor=actor)


def _tag(post: Post, actor: User, answers: dict[str, Any]) -> None:
    write_post(actor=actor, post=post, fields={"tags": [*post.tags.all(), answers["tag"]]})


def _effect_of_submitting(posts: Sequence[Any]) -> str:
    return ngettext(
        "%(count)s post goes to review.", "%(count)s posts go to review.", len(posts)
    ) % {"count": len(posts)}


def _effect_of_approving(posts: Sequence[Any]) -> str:
    if not settings.FOUR_EYES:
        return ngettext(
            "%(count)s post is approved as it stands now.",
            "%(count)s posts are approved as they stand now.",
            len(posts),
        ) % {"count": len(posts)}
    return ngettext(
        "%(count)s post is approved as it stands now; your own ones are left out.",
        "%(count)s posts are approved as they stand now; your own ones are left out.",
        len(posts),
    ) % {"count": len(posts)}


def _effect_of_archiving(posts: Sequence[Any]) -> str:
    return ngettext(
        "%(count)s post is put away; it can be brought back as a draft.",
        "%(count)s posts are put away; they can be brought back as drafts.",
        len(posts),
    ) % {"count": len(posts)}


def _effect_of_tagging(posts: Sequence[Any]) -> str:
    approved = sum(post.state == PostState.APPROVED for post in posts)
    said = ngettext("%(count)s post gets the tag.", "%(count)s posts get the tag.", len(posts))
    again = ngettext(
        "%(count)s of them is approved, and becomes a draft again.",
        "%(count)s of them are approved, and become drafts again.",
        approved,
    )
    told = said % {"count": len(posts)}
    return f"{told} {again % {'count': approved}}" if approved else told


def _done(count: int) -> str:
    return ngettext("Done with %(count)s post.", "Done with %(count)s posts.", count) % {
        "count": count
    }


POST_BULK_STEPS = (
    BulkStep(
        name="submit",
        label=_("Submit for review"),
        permission=WRITE,
        perform=_submit,
        effect=_effect_of_submitting,
        done=_done,
        against=_against_moving(PostState.IN_REVIEW, complete=True),
    ),
    BulkStep(
        name="approve",
        label=_("Approve"),
        permission=APPROVE,
        perform=_approve,
        effect=_effect_of_approving,
        done=_done,
        against=_against_moving(PostState.APPROVED, complete=True),
    ),
    BulkStep(
        name="add-tag",
        label=_("Add a tag"),
        permission=WRITE,
        perform=_tag,
        effect=_effect_of_tagging,
        done=_done,
        against=_against_tagging,
        form=TagForm,
    ),
    BulkStep(
        name="archive",
        label=_("Archive"),
        permission=WRITE,
        perform=_archive,
        effect=_effect_of_archiving,
        done=_done,
        against=_against_moving(PostState.ARCHIVED),
        tone="danger",
    ),
)
