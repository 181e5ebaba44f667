"""What can be done with many posts at once; each through its own action, with its own entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from content.editorial.actions import (
    approve_post,
    archive_post,
    missing_for_approval,
    revive_post,
    submit_post,
    write_post,
)
from content.editorial.models import AudienceTag, Post, PostState, TaggedPost
from hub.console.bulk import BulkStep, counted, counted_rows
from hub.console.people import APPROVE, WRITE
from hub.console.post_steps import is_theirs, may_become, take_approval_back, take_back
from hub.console.steps import does


class TagForm(forms.Form):
    tag = forms.ModelChoiceField(
        queryset=AudienceTag.objects.all(),
        label=_("Tag"),
        widget=AutocompleteSelect(TaggedPost._meta.get_field("tag"), admin.site),
    )


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


def _against_leaving(state: PostState) -> Callable[[Any], str]:
    """Say what is against becoming a draft again, for what takes back a step into ``state``."""

    def against(post: Post) -> str:
        if reason := _closed(post):
            return reason
        if post.state == state:
            return ""
        return gettext("It is in the state “%(state)s”.") % {"state": post.get_state_display()}

    return against


def _was_a_draft(post: Post) -> bool:
    """Ask of a post before its step: what takes it back makes a draft of it."""
    return post.state == PostState.DRAFT


def _against_tagging(post: Post) -> str:
    archived = post.state == PostState.ARCHIVED
    return gettext("It is archived.") if archived else _closed(post)


def _tag(post: Post, actor: User, answers: dict[str, Any]) -> None:
    write_post(actor=actor, post=post, fields={"tags": [*post.tags.all(), answers["tag"]]})


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


_effect_of_drafting = counted_rows(
    ngettext_lazy(
        "%(count)s post becomes a draft again.", "%(count)s posts become drafts again.", "count"
    )
)


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


_done = counted(ngettext_lazy("Done with %(count)s post.", "Done with %(count)s posts.", "count"))


POST_BULK_STEPS = (
    BulkStep(
        name="submit",
        label=_("Submit for review"),
        permission=WRITE,
        perform=does(submit_post, "post"),
        effect=counted_rows(
            ngettext_lazy(
                "%(count)s post goes to review.", "%(count)s posts go to review.", "count"
            )
        ),
        done=_done,
        against=_against_moving(PostState.IN_REVIEW, complete=True),
        undo="take_back",
        undoable=_was_a_draft,
    ),
    BulkStep(
        name="take_back",
        label=_("Take back"),
        permission=WRITE,
        perform=take_back,
        allows=is_theirs,
        effect=_effect_of_drafting,
        done=_done,
        against=_against_leaving(PostState.IN_REVIEW),
        listed=False,
    ),
    BulkStep(
        name="approve",
        label=_("Approve"),
        permission=APPROVE,
        perform=does(approve_post, "post"),
        effect=_effect_of_approving,
        done=_done,
        against=_against_moving(PostState.APPROVED, complete=True),
        undo="take_approval_back",
    ),
    BulkStep(
        name="take_approval_back",
        label=_("Take back the approval"),
        permission=APPROVE,
        perform=take_approval_back,
        effect=_effect_of_drafting,
        done=_done,
        against=_against_leaving(PostState.APPROVED),
        listed=False,
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
        perform=does(archive_post, "post"),
        effect=counted_rows(
            ngettext_lazy(
                "%(count)s post is put away; it can be brought back as a draft.",
                "%(count)s posts are put away; they can be brought back as drafts.",
                "count",
            )
        ),
        done=_done,
        against=_against_moving(PostState.ARCHIVED),
        tone="danger",
        undo="revive",
        undoable=_was_a_draft,
    ),
    BulkStep(
        name="revive",
        label=_("Back to drafts"),
        permission=WRITE,
        perform=does(revive_post, "post"),
        effect=_effect_of_drafting,
        done=_done,
        against=_against_leaving(PostState.ARCHIVED),
    ),
)
