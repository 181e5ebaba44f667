"""One thing to do on one channel, and each try at it. The database is the queue."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post
from hub.delivery.exceptions import LeaseLost, TransitionRefused
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.states import (
    CHECKING_STATES,
    DUE_STATES,
    INBOX_STATES,
    LEASED_STATES,
    TRANSITIONS,
    State,
)
from spokes.channels.models import Channel, Spoke


class Kind(models.TextChoices):
    PUBLISH = "publish", _("Publish")
    EDIT = "edit", _("Edit")
    WITHDRAW = "withdraw", _("Withdraw")


# of a publish that no routing was asked about: the only one without a RouteReason
PLANNED_BY_HAND = "by_hand"
PLANNED_BY_HAND_WORDS = "Planned by hand."
BY_HAND = {"route_code": PLANNED_BY_HAND, "route_reason": PLANNED_BY_HAND_WORDS}


class Delivery(models.Model):
    """One post on one channel at one time: scheduled, sent, confirmed, withdrawn.

    Every write after the claim is conditional on ``state`` and ``lease_token`` and must hit
    one row. ``key`` is made at insert and stays for life.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PUBLISH)
    # for edit and withdraw: the publish delivery whose post on the network is changed
    target = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )
    # the approved revision of the post; another one is not sent
    post_revision = models.PositiveIntegerField()
    key = models.CharField(max_length=64, unique=True)
    # in the deep link; short, for it is read by people and counted by networks
    marker = models.CharField(max_length=16, unique=True)

    state = models.CharField(max_length=10, choices=State, default=State.SCHEDULED)
    # when it was meant to go out; never changed by a retry
    due_at = models.DateTimeField()
    # the time that it had before it came up too late and took its channel's next free slot
    moved_from = models.DateTimeField(null=True, blank=True)
    # when it may be tried (or, once sent, looked up) next
    next_try_at = models.DateTimeField()
    # calls that count against MAX_TRIES; a call that the network asked to repeat does not
    tries = models.PositiveSmallIntegerField(default=0)
    # leases that ran out before anything was sent: two are poison
    crashes = models.PositiveSmallIntegerField(default=0)
    # complete look-ups that did not see it
    absences = models.PositiveSmallIntegerField(default=0)
    lookups = models.PositiveSmallIntegerField(default=0)
    # a call ended without an answer and nothing since has proved that it is not there
    uncertain = models.BooleanField(default=False)

    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.PositiveIntegerField(default=0)

    payload = models.JSONField(null=True, blank=True)
    payload_hash = models.CharField(max_length=64, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    handle = models.CharField(max_length=300, blank=True)
    remote_id = models.CharField(max_length=300, blank=True)
    remote_url = models.CharField(max_length=600, blank=True)
    # why it is where it is, in the words of people
    reason = models.CharField(max_length=400, blank=True)
    # why the channel gets it: a RouteCode with the words of then and the whole answer, or what a
    # plan by hand says; no default, so that a plan that forgets it is refused
    route_code = models.CharField(max_length=20, blank=True)
    route_reason = models.CharField(max_length=400, blank=True)
    route = models.ForeignKey(
        "RouteReason", null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    sent_late = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    # for a publish that is live: taken down since
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField()

    objects = models.Manager.from_queryset(DeliveryQuerySet)()

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="delivery_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LEASED_STATES, lease_until__isnull=False) & ~Q(lease_owner="")
                | (~Q(state__in=LEASED_STATES) & Q(lease_until=None, lease_owner="")),
                name="delivery_in_hand_alone_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=INBOX_STATES) | ~Q(reason=""),
                name="delivery_for_a_person_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="publish")
                | ~Q(route_code="")
                & ~Q(route_reason="")
                & (Q(route_code=PLANNED_BY_HAND) | Q(route__isnull=False)),
                name="delivery_publish_has_a_route",
            ),
            models.CheckConstraint(
                condition=Q(first_sent_at__isnull=False)
                | ~Q(state__in=(State.SENDING, *CHECKING_STATES)) & Q(uncertain=False),
                name="delivery_in_doubt_was_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.LIVE) | Q(settled_at__isnull=False),
                name="delivery_live_is_settled",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(kind="publish", state=State.LIVE),
                name="delivery_taken_down_was_live",
            ),
            models.CheckConstraint(
                condition=Q(kind="publish", target__isnull=True)
                | (~Q(kind="publish") & Q(target__isnull=False)),
                name="delivery_change_has_a_target",
            ),
            # at most one automatic post a channel
            models.UniqueConstraint(
                fields=["post", "channel"],
                condition=Q(kind="publish", withdrawn_at__isnull=True) & ~Q(state="cancelled"),
                name="delivery_publish_once_per_channel",
            ),
            # changes of one live post are made one after the other
            models.UniqueConstraint(
                fields=["target", "kind"],
                condition=~Q(state__in=["live", "cancelled"]) & ~Q(kind="publish"),
                name="delivery_one_open_change",
            ),
        ]
        indexes = [
            # DeliveryQuerySet.due(): the claim
            models.Index(
                fields=["channel", "next_try_at", "id"],
                condition=Q(state__in=DUE_STATES),
                name="delivery_due_by_channel",
            ),
            # DeliveryQuerySet.due() of all channels, to_look_up(): the rounds
            models.Index(fields=["state", "next_try_at", "channel"], name="delivery_by_next_try"),
            # lease_ran_out(), and a channel's places in flight
            models.Index(
                fields=["channel", "lease_until"],
                condition=Q(state__in=LEASED_STATES),
                name="delivery_leased",
            ),
            # the console's lists; its chart reads days and channels from the first one alone
            models.Index(
                fields=["state", "-due_at", "-id", "channel"], name="delivery_by_state_and_time"
            ),
            models.Index(fields=["-due_at", "-id"], name="delivery_by_time"),
            models.Index(fields=["channel", "-due_at", "-id"], name="delivery_by_channel"),
            models.Index(fields=["kind", "-due_at", "-id"], name="delivery_by_kind"),
        ]

    def __str__(self) -> str:
        return gettext("{kind} “{post}” on {channel}").format(
            kind=self.get_kind_display(), post=self.post, channel=self.channel
        )

    def move(self, to: State, *, only: Q | None = None, **changes: Any) -> None:
        """Change the state, if the row still is as it was read, and ``only`` so; all or nothing.

        Raises TransitionRefused for a step that the table does not have, LeaseLost when
        somebody else changed the row meanwhile.
        """
        if to not in TRANSITIONS[State(self.state)]:
            raise TransitionRefused(
                gettext("{delivery} can't go from {state} to {to}.").format(
                    delivery=self, state=self.state, to=to
                )
            )
        changes["state"] = to
        if to not in LEASED_STATES:
            changes.update(lease_owner="", lease_until=None)
        if to in INBOX_STATES and not changes.get("reason", self.reason):
            changes["reason"] = gettext("Nobody said why.")
        mine = Delivery.objects.filter(
            only or Q(), pk=self.pk, state=self.state, lease_token=self.lease_token
        )
        if mine.update(**changes) != 1:
            raise LeaseLost(
                gettext("{delivery} was changed by somebody else.").format(delivery=self)
            )
        for name, value in changes.items():
            setattr(self, name, value)

    @property
    def resting_state(self) -> State:
        """Where a claim that was not used goes back to."""
        return State.WAITING if self.tries else State.SCHEDULED


class RouteReason(models.Model):
    """All that routing said when a delivery was planned: ``Route.as_dict()`` of that moment."""

    answer = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(answer={}), name="route_reason_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.answer.get('code')}"


class Outcome(models.TextChoices):
    """What one call brought; empty while it is not known yet."""

    SENT = "sent", _("It is there")
    ACCEPTED = "accepted", _("Taken, still processing")
    REFUSED = "refused", _("Refused")
    RETRY_AFTER = "retry_after", _("Surely not done")
    AUTH_LOST = "auth_lost", _("Credentials not accepted")
    UNKNOWN = "unknown", _("Not known")
    NOT_THERE = "not_there", _("Not there")
    # what came before it in its worker's hand went wrong, took too long, or somebody stopped it
    NOT_CALLED = "not_called", _("Not called after all")


class Attempt(models.Model):
    """One try; its row is committed before the network is called. Rows are only added and ended."""

    class Call(models.TextChoices):
        SEND = "send", _("Send")
        FIND = "find", _("Look up")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    # the lease token of the claim or look-up that made it
    number = models.PositiveIntegerField()
    call = models.CharField(max_length=4, choices=Call, default=Call.SEND)
    lease_token = models.PositiveIntegerField()
    worker = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    # what the network said, as it said it
    detail = models.TextField(blank=True)
    remote_id = models.CharField(max_length=300, blank=True)
    # the worker no longer held the lease when it had the answer
    orphaned = models.BooleanField(default=False)

    class Meta:
        ordering = ["delivery", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "call", "number"], name="attempt_number_once"
            ),
            models.CheckConstraint(
                condition=Q(call__in=["send", "find"]), name="attempt_call_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *Outcome.values]), name="attempt_outcome_is_known"
            ),
            # where a worker was gone, somebody notes later that no answer came: nobody saw it end
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome__in=["", Outcome.UNKNOWN])
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="attempt_ended_has_an_outcome",
            ),
        ]
        indexes = [
            # health.snapshot(): what the calls of the last hour and day brought
            models.Index(fields=["started_at"], name="attempt_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.number} of {self.delivery_id}"


class Gate(models.Model):
    """What all workers share about one account (``channel:7``) or one app (``network:webhook``).

    An app's gate has a pace and a wish; circuit breaker, retries and late places are an account's.
    """

    name = models.CharField(max_length=80, unique=True)
    # GCRA: the time at which the next call would be exactly on pace
    on_pace_at = models.DateTimeField()
    # the network's own wish (Retry-After)
    not_before = models.DateTimeField(null=True, blank=True)
    # when it said so
    wished_at = models.DateTimeField(null=True, blank=True)
    failures_in_row = models.PositiveSmallIntegerField(default=0)
    opened_until = models.DateTimeField(null=True, blank=True)
    # how often it has opened since it last worked: each time longer
    openings = models.PositiveSmallIntegerField(default=0)
    # after an outage, the next time at which a late delivery may go out
    next_late_at = models.DateTimeField(null=True, blank=True)
    # a person let all go that was due before: it waits for no place among the late ones
    late_free_before = models.DateTimeField(null=True, blank=True)
    # each success earns a part of a retry, time does, and each retry costs one
    retry_credit = models.FloatField(default=10.0)
    retry_spent_at = models.DateTimeField(null=True, blank=True)
    # whether the last call was over in time for others to have a turn; None: never called
    quick = models.BooleanField(null=True)
    # a worker is looking deliveries up there; one at a time
    looking_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Hold(models.Model):
    """Nothing more goes out: everything, of one spoke, one artist or one post."""

    class Scope(models.TextChoices):
        ALL = "all", _("Everything")
        SPOKE = "spoke", _("One spoke")
        ARTIST = "artist", _("One artist")
        POST = "post", _("One post")

    scope = models.CharField(max_length=6, choices=Scope)
    spoke = models.ForeignKey(
        Spoke, null=True, blank=True, on_delete=models.CASCADE, related_name="holds"
    )
    artist = models.ForeignKey(
        "catalogue.Artist", null=True, blank=True, on_delete=models.CASCADE, related_name="holds"
    )
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.CASCADE, related_name="holds"
    )
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="all", spoke=None, artist=None, post=None)
                | Q(scope="spoke", spoke__isnull=False, artist=None, post=None)
                | Q(scope="artist", spoke=None, artist__isnull=False, post=None)
                | Q(scope="post", spoke=None, artist=None, post__isnull=False),
                name="hold_names_its_scope",
            ),
            models.UniqueConstraint(
                fields=["scope"], condition=Q(scope="all"), name="hold_everything_once"
            ),
            models.UniqueConstraint(
                fields=["spoke"], condition=Q(spoke__isnull=False), name="hold_spoke_once"
            ),
            models.UniqueConstraint(
                fields=["artist"], condition=Q(artist__isnull=False), name="hold_artist_once"
            ),
            models.UniqueConstraint(
                fields=["post"], condition=Q(post__isnull=False), name="hold_post_once"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Hold on {what}").format(
            what=self.spoke or self.artist or self.post or gettext("everything")
        )


class TickLease(models.Model):
    """Who runs a tick now: one holder at a time, however many beats and workers there are."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=400, blank=True)
    runs = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """A process that says it is alive: worker or beat."""

    name = models.CharField(max_length=120, unique=True)
    role = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    # seconds that its clock is ahead of the database's; behind is negative
    clock_ahead = models.FloatField(default=0.0, db_default=0.0)
    # how many calls it can make at once; beat makes none
    slots = models.PositiveSmallIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.role} {self.name}"
