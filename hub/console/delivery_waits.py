"""What a delivery waits for, and what happens to it next: on every page in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.functional import cached_property
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from content.editorial.models import Post
from hub.console.moments import moment, relative
from hub.delivery.gates import GATE_PREFIX, gate_name
from hub.delivery.health import DAY, SILENT_AFTER
from hub.delivery.living import last_sign
from hub.delivery.models import Delivery, Gate, Heartbeat, Hold, Kind
from hub.delivery.states import CHECKING_STATES, DUE_STATES, LEASED_STATES, State
from hub.delivery.surroundings import broker_trouble


def shut_until(gate: Gate, now: datetime) -> datetime | None:
    """Say until when its network is not called; None where it is, or may be tried any moment."""
    until = gate.opened_until or gate.not_before
    return until if until and until > now else None


def clock_time(at: datetime, now: datetime) -> str:
    """Write a time of the next hours to the second, for whoever watches; else with its day."""
    return f"{at:%H:%M:%S} UTC" if at - now < DAY else moment(at)


def shut(gate: Gate, now: datetime) -> str:
    """Say why a channel's network is not called now; empty where it is."""
    if gate.opened_until and gate.opened_until <= now:
        return _("Its network failed and had a rest; it is tried again within a minute.")
    if gate.opened_until:
        words = _("Its network fails and is given a rest; the next try there is at %(when)s.")
        return words % {"when": clock_time(gate.opened_until, now)}
    if gate.not_before and gate.not_before > now:
        words = _("Its network asked for silence until %(when)s.")
        return words % {"when": clock_time(gate.not_before, now)}
    return ""


class Waits:
    """What keeps deliveries back now; each thing is read once, and only where it matters."""

    def __init__(self, now: datetime, *, posts: Iterable[int] = ()) -> None:
        """``posts`` are those of the rows that will be asked about: read together, when one is."""
        self.now = now
        self._unread = set(posts)
        # by the id of a post, those of its artists who are held
        self._artists: dict[int, set[int]] = {}

    def words(self, delivery: Delivery) -> str:
        """Say what it waits for; empty where it has its time, or an end, and nothing stops it."""
        if delivery.state in LEASED_STATES:
            return self._in_hand(delivery)
        if delivery.state == State.BLOCKED:
            return self._lost(delivery)
        if delivery.state not in {*DUE_STATES, *CHECKING_STATES} or delivery.next_try_at > self.now:
            return ""
        if delivery.state in CHECKING_STATES:
            return self._no_worker() or _("It is looked up as soon as a worker comes to it.")
        stopped = self.stopped(delivery)
        soon = _("It goes out as soon as a worker comes to it.")
        return stopped or self._no_worker() or self._untold() or self._shut(delivery) or soon

    def told(self, delivery: Delivery) -> str:
        """Say what it waits for; where it has its time, when it is tried again, if it was put off.

        Empty where nothing stops what is planned, and where it has an end.
        """
        return self.words(delivery) or self._again(delivery)

    def next_step(self, delivery: Delivery) -> str:
        """Say what happens next by itself, and when; empty where nothing does."""
        if words := self.words(delivery):
            return words
        if delivery.state in CHECKING_STATES:
            return self._again(delivery)
        if delivery.state not in DUE_STATES:
            return ""
        # what a person has to end, or the network, comes on top of the time
        return ". ".join(filter(None, (self._when(delivery), self._in_the_way(delivery))))

    def _again(self, delivery: Delivery) -> str:
        """Say when what was put off is tried or asked about again; empty for what was not."""
        if delivery.state == State.ACCEPTED:
            words = _("Its network works on it, and is asked again at %(when)s.")
            return words % {"when": self._when(delivery)}
        if delivery.state == State.UNKNOWN and delivery.kind != Kind.PUBLISH:
            words = _("No clear answer came: the same is asked for again at %(when)s.")
            return words % {"when": self._when(delivery)}
        if delivery.state == State.UNKNOWN:
            words = _("What came of it is looked into at %(when)s; it is never simply sent again.")
            return words % {"when": self._when(delivery)}
        if delivery.state not in DUE_STATES or delivery.next_try_at <= delivery.due_at:
            return ""
        again = _("It is tried again by itself at %(when)s.") % {"when": self._when(delivery)}
        return self._in_the_way(delivery) or again

    def _when(self, delivery: Delivery) -> str:
        at = delivery.next_try_at
        return _("%(when)s (%(wait)s)") % {
            "when": moment(at, delivery.channel.zone),
            "wait": relative(at, self.now),
        }

    def _in_the_way(self, delivery: Delivery) -> str:
        """Say what keeps it from going out at its time, as far as that is known now."""
        if stopped := self.stopped(delivery):
            return stopped
        gate = self._gates.get(gate_name(delivery.channel_id))
        until = shut_until(gate, self.now) if gate else None
        return shut(gate, self.now) if gate and until and until > delivery.next_try_at else ""

    def stopped(self, delivery: Delivery) -> str:
        """Say what a person has to end before it can go out, whatever its time."""
        channel = delivery.channel
        if channel.auth_lost_at:
            return self._lost(delivery)
        if channel.paused_at:
            return _("Its channel is paused since %(when)s: %(why)s") % {
                "when": moment(channel.paused_at, channel.zone),
                "why": channel.paused_reason or _("nobody said why"),
            }
        held = self._held(delivery)
        if held is None:
            return ""
        return _("%(hold)s since %(when)s: %(why)s") % {
            "hold": held,
            "when": moment(held.since, channel.zone),
            "why": held.reason,
        }

    def _lost(self, delivery: Delivery) -> str:
        channel = delivery.channel
        if channel.auth_lost_at is None:
            return _("Its channel is connected again: it goes on within a minute.")
        return _("Its channel has lost its connection at %(when)s; it goes on when it has one.") % {
            "when": moment(channel.auth_lost_at, channel.zone)
        }

    def _held(self, delivery: Delivery) -> Hold | None:
        for held in self._holds:
            mine = (
                held.scope == Hold.Scope.ALL
                or (held.spoke_id and held.spoke_id == delivery.channel.spoke_id)
                or held.post_id == delivery.post_id
                or (held.artist_id and held.artist_id in self._artists_of(delivery.post_id))
            )
            if mine:
                return held
        return None

    @cached_property
    def _holds(self) -> list[Hold]:
        return list(Hold.objects.select_related("spoke", "artist", "post").order_by("pk"))

    def _artists_of(self, post_id: int) -> set[int]:
        """Give the held artists of a post."""
        if post_id not in self._artists:
            wanted = self._unread | {post_id}
            self._unread = set()
            self._artists.update({post: set() for post in wanted})
            held = [hold.artist_id for hold in self._holds if hold.artist_id]
            of_posts = Post.artists.through.objects.filter(post__in=wanted, artist__in=held)
            for post, artist in of_posts.values_list("post", "artist"):
                self._artists[post].add(artist)
        return self._artists[post_id]

    def _no_worker(self) -> str:
        """Say that no worker is there, where none is."""
        seen = self._last_seen
        if seen is None:
            return _("No worker has ever been seen: nothing goes out until one runs.")
        if self.now - seen < SILENT_AFTER:
            return ""
        return _("No worker has been seen for %(time)s: nothing goes out until one runs.") % {
            "time": timesince(seen, self.now, depth=1)
        }

    def _untold(self) -> str:
        """Say why it may take longer, where the broker is away."""
        if not self._broker:
            return ""
        return _("The broker can't be reached: one worker sends, one channel after the other.")

    @cached_property
    def _broker(self) -> str:
        return broker_trouble()

    @cached_property
    def _last_seen(self) -> datetime | None:
        workers = Heartbeat.objects.filter(role="worker").order_by("-seen_at")[:50]
        return max(filter(None, (last_sign(beat, self.now) for beat in workers)), default=None)

    def _shut(self, delivery: Delivery) -> str:
        gate = self._gates.get(gate_name(delivery.channel_id))
        if gate is None:
            return ""
        slow = _(
            "Its network answers slowly or not at all; it is sent when a call there has ended."
        )
        return shut(gate, self.now) or (slow if gate.quick is False else "")

    @cached_property
    def _gates(self) -> dict[str, Gate]:
        return {gate.name: gate for gate in Gate.objects.filter(name__startswith=GATE_PREFIX)}

    def _in_hand(self, delivery: Delivery) -> str:
        if delivery.lease_until is None or delivery.lease_until <= self.now:
            taken = _("Its worker is gone: the next round takes it back.")
            return self._no_worker() or taken
        if delivery.state == State.CLAIMED:
            return _("A worker prepares it now.")
        if delivery.kind != Kind.PUBLISH:
            return _(
                "It is with its network now. If no answer is noted by %(when)s, the same is asked "
                "for again: twice changes no more than once."
            ) % {"when": f"{delivery.lease_until:%H:%M:%S} UTC"}
        return _(
            "It is with its network now. If no answer is noted by %(when)s, it is looked up, and "
            "never simply sent again."
        ) % {"when": f"{delivery.lease_until:%H:%M:%S} UTC"}
