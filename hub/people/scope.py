"""What a person may see and change, by the spokes that he or she is a member of.

Groups say what a person may do at all; this narrows it to rows. ``docs/reference/who-may-what.md``
says the same in words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from content.catalogue.models import Genre
from content.editorial.models import Post, PostGenre
from content.media.models import Asset
from hub.delivery.models import Delivery, Hold
from hub.people.models import Membership
from hub.schedule.models import Slot
from spokes.audiences.models import Audience, RoutingOverride
from spokes.channels.models import Channel, Spoke

Person = AbstractBaseUser | AnonymousUser


@dataclasses.dataclass(frozen=True)
class Scope:
    """The part of the house that one person belongs to: never the whole of it."""

    user_id: int | None
    spokes: frozenset[int]

    @property
    def channels(self) -> QuerySet[Channel, int]:
        """Keys of the spokes' channels; those of the hub belong to the whole house."""
        return Channel.objects.filter(spoke__in=self.spokes).order_by().values("pk")  # type: ignore[return-value]  # values() gives rows of keys

    @property
    def genres(self) -> QuerySet[Genre, int]:
        """Keys of the spokes' own genres; the closure leads from them to those below."""
        return Genre.objects.filter(spoke__in=self.spokes).order_by().values("pk")  # type: ignore[return-value]  # values() gives rows of keys


Rule = Callable[[Scope], Q]


def spokes_of(user: Person) -> frozenset[int] | None:
    """Give the keys of the person's spokes; None is the whole house."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    # read once for each user object, which is once a request
    prefetch_related_objects([user], "memberships")
    keys = {membership.spoke_id for membership in user.memberships.all()}
    return None if None in keys else frozenset(key for key in keys if key is not None)


def sees_whole_house(user: Person) -> bool:
    return spokes_of(user) is None


def visible(user: Person, rows: Any) -> Any:
    """Narrow a queryset of any model of the console to what the person may see.

    Raises NotImplementedError for a model without a rule: better no page than one too many.
    """
    return _narrowed(user, rows, SEEN)


def changeable(user: Person, rows: Any) -> Any:
    """Narrow a queryset to what the person may change, if his or her groups allow it at all."""
    return _narrowed(user, rows, {**SEEN, **CHANGED})


def may_see(user: Person, row: Model) -> bool:
    return bool(_one(visible, user, row))


def may_change(user: Person, row: Model) -> bool:
    return bool(_one(changeable, user, row))


def may_change_seen(user: Person, row: Model) -> bool:
    """Answer for a row that came out of ``visible``: most rows that are seen may be changed."""
    return type(row)._meta.label_lower not in CHANGED or may_change(user, row)


def may_add(user: Person, model: type[Model]) -> bool:
    """Tell whether a new row of this model may come from a member of some spokes only."""
    return sees_whole_house(user) or model._meta.label_lower not in ADDED_BY_THE_HOUSE


def may_hold(user: Person, *, scope: str, post: Post | None = None) -> bool:
    """Tell whether the person may stop this: all and artists are matters of the whole house.

    A spoke comes from a picker that offers the person's own.
    """
    if sees_whole_house(user) or scope == Hold.Scope.SPOKE:
        return True
    return post is not None and may_change(user, post)


def _one(narrow: Callable[[Person, Any], Any], user: Person, row: Model) -> bool:
    if sees_whole_house(user):
        return True
    return bool(narrow(user, type(row)._default_manager.filter(pk=row.pk)).exists())


def _narrowed(user: Person, rows: Any, rules: dict[str, Rule]) -> Any:
    spokes = spokes_of(user)
    if spokes is None:
        return rows
    if not spokes:
        return rows.none()
    rule = rules.get(rows.model._meta.label_lower)
    if rule is None:
        raise NotImplementedError(f"Nobody has said who may see a {rows.model._meta.label}.")
    return rows.filter(rule(Scope(user.pk, spokes)))


# --- posts ------------------------------------------------------------------------------------


def _post_seen(scope: Scope) -> Q:
    """About the spokes' genres, on their channels (planned, live or by hand), or one's own."""
    on_channels = Delivery.objects.filter(post=OuterRef("pk"), channel__in=scope.channels)
    by_hand = RoutingOverride.objects.filter(post=OuterRef("pk"), channel__in=scope.channels)
    return _post_changed(scope) | Q(Exists(on_channels.order_by())) | Q(Exists(by_hand))


def _post_changed(scope: Scope) -> Q:
    """About the spokes' genres, or one's own: what only passes through is read, not rewritten."""
    about = PostGenre.objects.filter(post=OuterRef("pk"), genre__above__ancestor__in=scope.genres)
    return Q(author=scope.user_id) | Q(Exists(about))


def _of_post(rule: Rule, path: str = "post") -> Rule:
    """Make the rule for rows that hang on a post."""

    def of_post(scope: Scope) -> Q:
        return Q(Exists(Post.objects.filter(rule(scope), pk=OuterRef(path)).order_by()))

    return of_post


# --- pictures ---------------------------------------------------------------------------------


def _asset_seen(scope: Scope) -> Q:
    """On a post that is seen, uploaded by oneself, or on no post at all."""
    used = Post.objects.filter(hero=OuterRef("pk")).order_by()
    return (
        Q(uploaded_by=scope.user_id) | ~Q(Exists(used)) | Q(Exists(used.filter(_post_seen(scope))))
    )


def _asset_changed(scope: Scope) -> Q:
    """On nobody else's post: another focal point changes every page that shows it."""
    elsewhere = Post.objects.filter(hero=OuterRef("pk")).exclude(_post_changed(scope))
    return ~Q(Exists(elsewhere.order_by()))


def _of_asset(scope: Scope) -> Q:
    return Q(Exists(Asset.objects.filter(_asset_seen(scope), pk=OuterRef("asset")).order_by()))


# --- channels and what hangs on them ----------------------------------------------------------


def _on_channels(path: str) -> Rule:
    return lambda scope: Q(**{f"{path}__in": scope.channels})


def _on_spokes(path: str) -> Rule:
    return lambda scope: Q(**{f"{path}__in": scope.spokes})


def _used_by(scope: Scope) -> Q:
    own_spoke = Spoke.objects.filter(audience=OuterRef("pk"), pk__in=scope.spokes)
    own_channel = Channel.objects.filter(audience=OuterRef("pk"), spoke__in=scope.spokes)
    return Q(Exists(own_spoke.order_by())) | Q(Exists(own_channel.order_by()))


def _used_elsewhere(scope: Scope) -> Q:
    spoke = Spoke.objects.filter(audience=OuterRef("pk")).exclude(pk__in=scope.spokes)
    channel = Channel.objects.filter(audience=OuterRef("pk")).exclude(
        spoke__isnull=False, spoke__in=scope.spokes
    )
    return Q(Exists(spoke.order_by())) | Q(Exists(channel.order_by()))


def _audience_seen(scope: Scope) -> Q:
    """Used by the spokes, or by nobody yet."""
    return _used_by(scope) | ~_used_elsewhere(scope)


def _audience_changed(scope: Scope) -> Q:
    return ~_used_elsewhere(scope)


def _taste(path: str) -> Rule:
    """Make the rule for the profiles of the spokes and of their channels."""
    return lambda scope: (
        Q(**{f"{path}spoke__in": scope.spokes}) | Q(**{f"{path}channel__in": scope.channels})
    )


def _hold_seen(scope: Scope) -> Q:
    """What stops everything or an artist stops the spokes' posts too: all are told."""
    for_all = Q(scope__in=[Hold.Scope.ALL, Hold.Scope.ARTIST])
    return for_all | Q(spoke__in=scope.spokes) | _of_post(_post_seen)(scope)


def _hold_changed(scope: Scope) -> Q:
    return Q(spoke__in=scope.spokes) | _of_post(_post_changed)(scope)


def _shared_by_link(post: Rule, path: str = "") -> Rule:
    """Make the rule for share links of a post, or of what comes on a spoke."""

    def shared(scope: Scope) -> Q:
        place = Q(**{f"{path}post__isnull": True, f"{path}spoke__in": scope.spokes})
        return place | _of_post(post, f"{path}post")(scope)

    return shared


# --- the machine ---------------------------------------------------------------------------------


def _alert_seen(scope: Scope) -> Q:
    """Those about the machine, but those about deliveries name what is elsewhere in the house."""
    of_machine = Q(channel=None) & ~Q(code__startswith="delivery.")
    return of_machine | Q(channel__in=scope.channels)


# --- people and what they did -----------------------------------------------------------------


def _user_seen(scope: Scope) -> Q:
    """Those who share a spoke, and oneself."""
    shared = Membership.objects.filter(user=OuterRef("pk"), spoke__in=scope.spokes)
    return Q(pk=scope.user_id) | Q(Exists(shared))


def _user_changed(scope: Scope) -> Q:
    """Those who belong nowhere else; nobody who may do everything."""
    elsewhere = Membership.objects.filter(user=OuterRef("pk")).exclude(
        spoke__isnull=False, spoke__in=scope.spokes
    )
    return Q(is_superuser=False) & _user_seen(scope) & ~Q(Exists(elsewhere))


def _subject(kind: type[Model], rule: Rule) -> Callable[[Scope], Q]:
    """Entries about rows of this model that the rule lets through."""
    label = kind._meta.label_lower
    # other models' keys may be no numbers: only those of this one are read as such
    key = Case(
        When(
            Exact(OuterRef("subject_type"), Value(label)),
            then=Cast(OuterRef("subject_id"), BigIntegerField()),
        )
    )

    def about(scope: Scope) -> Q:
        return Q(subject_type=label) & Q(
            Exists(kind._default_manager.filter(rule(scope), pk=key).order_by())
        )

    return about


def _entry_seen(scope: Scope) -> Q:
    """What one did oneself, and what was done to rows that one sees or that all share."""
    seen = Q(actor=scope.user_id) | Q(subject_type__in=SHARED)
    for kind in (Post, Delivery, Channel, Spoke, Slot, Hold, Audience, Asset, User):
        seen |= _subject(kind, SEEN[kind._meta.label_lower])(scope)
    return seen


# --- the tables -------------------------------------------------------------------------------


def _everything(scope: Scope) -> Q:
    return Q()


def _nothing(scope: Scope) -> Q:
    return Q(pk__in=[])


# read by every member of the house, changed by members of the whole of it
SHARED = (
    *("catalogue.genre", "catalogue.genreedge", "catalogue.genreclosure", "catalogue.genrealias"),
    *("catalogue.unresolvedgenre", "catalogue.artist", "catalogue.artistgenre", "catalogue.track"),
    "catalogue.artistalias",
    *("catalogue.genremention", "catalogue.formerslug", "editorial.audiencetag", "auth.group"),
)
SEEN: dict[str, Rule] = {
    **dict.fromkeys(SHARED, _everything),
    "channels.hub": _everything,
    "channels.spoke": _on_spokes("pk"),
    "channels.channel": _on_spokes("spoke"),
    "schedule.slot": _on_channels("channel"),
    "schedule.slotbooking": _on_channels("slot__channel"),
    "delivery.delivery": _on_channels("channel"),
    "delivery.attempt": _on_channels("delivery__channel"),
    "delivery.routereason": _on_channels("deliveries__channel"),
    "delivery.hold": _hold_seen,
    "alerts.alert": _alert_seen,
    "audiences.audience": _audience_seen,
    "audiences.routingoverride": _on_channels("channel"),
    "audiences.audienceprofile": _taste(""),
    "audiences.profilegenre": _taste("profile__"),
    "audiences.profiletag": _taste("profile__"),
    "audiences.profileartist": _taste("profile__"),
    "audiences.archiveshare": _everything,
    "site.publication": _on_spokes("spoke"),
    "site.facet": _on_spokes("publication__spoke"),
    "site.cardimage": _on_spokes("publication__spoke"),
    "site.searchtext": _on_spokes("publication__spoke"),
    "editorial.post": _post_seen,
    "editorial.postgenre": _of_post(_post_seen),
    "editorial.pickedgenre": _of_post(_post_seen),
    "editorial.postmarket": _of_post(_post_seen),
    "editorial.postrevision": _of_post(_post_seen),
    "editorial.variant": _of_post(_post_seen),
    "editorial.taggedpost": _of_post(_post_seen, "content_object"),
    "media.asset": _asset_seen,
    "media.rendition": _of_asset,
    "people.membership": _on_spokes("spoke"),
    "people.profile": lambda scope: Q(user=scope.user_id),
    "auth.user": _user_seen,
    "audit.auditentry": _entry_seen,
    "preview.sharelink": _shared_by_link(_post_seen),
    "preview.sharevisit": _shared_by_link(_post_seen, "link__"),
    # one's own, and what others share
    "console.savedview": lambda scope: Q(owner=scope.user_id) | Q(shared=True),
    "console.autosave": lambda scope: Q(owner=scope.user_id),
}
# where it is less than what is seen
CHANGED: dict[str, Rule] = {
    **dict.fromkeys(SHARED, _nothing),
    "channels.hub": _nothing,
    "delivery.hold": _hold_changed,
    "audiences.audience": _audience_changed,
    "audiences.archiveshare": _nothing,
    "editorial.post": _post_changed,
    "editorial.postgenre": _of_post(_post_changed),
    "editorial.pickedgenre": _of_post(_post_changed),
    "editorial.postmarket": _of_post(_post_changed),
    "editorial.variant": _of_post(_post_changed),
    "editorial.taggedpost": _of_post(_post_changed, "content_object"),
    "media.asset": _asset_changed,
    "preview.sharelink": _shared_by_link(_post_changed),
    "auth.user": _user_changed,
    "console.savedview": lambda scope: Q(owner=scope.user_id),
    "audit.auditentry": _nothing,
    "alerts.alert": _nothing,
}
# what changes everybody's pages; artists and tracks may be added by those who write about them
ADDED_BY_THE_HOUSE = frozenset({"catalogue.genre", "editorial.audiencetag", "channels.spoke"})
