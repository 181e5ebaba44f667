"""What all workers share about an account: its pace, the network's wishes, the circuit breaker.

An app, which is all our accounts on one network, has a pace and wishes of its own. Every function
changes the rows in the caller's transaction, if there is one. Who locks both takes the account's
row first.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Least

from hub.delivery import policy
from hub.delivery.exceptions import NoGate
from hub.delivery.models import Gate
from spokes.channels.connectors.base import Capabilities, RatePolicy
from spokes.channels.models import Channel

GATE_PREFIX = "channel:"


def gate_name(channel_id: int) -> str:
    return f"{GATE_PREFIX}{channel_id}"


def gate_name_in(key: str) -> Concat:
    """Name the gate of the channel whose id the outer query has in ``key``."""
    return Concat(Value(GATE_PREFIX), Cast(OuterRef(key), CharField()))


def app_gate_name(capabilities: Capabilities) -> str:
    """Name what all channels of the network share, or all on one of its instances."""
    instance = f"@{capabilities.instance}" if capabilities.instance else ""
    return f"network:{capabilities.network}{instance}"[:80]


def lock_gate(*, channel_id: int, now: datetime) -> Gate:
    """Return the channel's gate, locked until the transaction ends."""
    name = gate_name(channel_id)
    Gate.objects.get_or_create(name=name, defaults={"on_pace_at": now})
    return Gate.objects.select_for_update().get(name=name)


@dataclasses.dataclass
class Passage:
    """The gates that a channel's calls go through; a call goes out when all of them let it."""

    channel_id: int
    capabilities: Capabilities
    # by name; the app's may be missing, and then stops nobody
    gates: dict[str, Gate] = dataclasses.field(default_factory=dict)
    # what was taken is the one try that an open breaker lets through
    probing: bool = False

    @property
    def rates(self) -> dict[str, RatePolicy]:
        return {
            gate_name(self.channel_id): self.capabilities.rate,
            app_gate_name(self.capabilities): self.capabilities.app_rate,
        }

    @property
    def account(self) -> Gate:
        return self.gates[gate_name(self.channel_id)]

    @property
    def takes_several(self) -> bool:
        """Tell whether a worker may claim some together, to be sent one after the other.

        A call that hangs would hold up those that were claimed with it, and a place in a pace is
        for a call at once, not for one a moment later.
        """
        account = self.gates.get(gate_name(self.channel_id))
        paced = any(rate.interval for rate in self.rates.values())
        return account is not None and bool(account.quick) and not paced

    @property
    def needed(self) -> list[str]:
        """Name the gates that must be there, in the order in which they are locked."""
        account, app = self.rates
        return sorted({account, app} if self.capabilities.app_rate.interval else {account})

    def lock(self) -> None:
        """Read the gates and keep them from others until the transaction ends.

        Raises NoGate when one is missing. It is not made here: whoever holds the app's and then
        waits for the account's stands in the way of who goes in the right order.
        """
        # in this order everywhere: "channel:" before "network:"
        rows = Gate.objects.select_for_update().filter(name__in=self.rates).order_by("name")
        self.gates = {gate.name: gate for gate in rows}
        if not self.gates.keys() >= set(self.needed):
            raise NoGate

    def open_gates(self, now: datetime) -> None:
        """Make the gates that must be there; for who holds none of them."""
        fresh = [Gate(name=name, on_pace_at=now) for name in self.needed]
        Gate.objects.bulk_create(fresh, ignore_conflicts=True)

    def places(self, *, wanted: int, now: datetime) -> int:
        """Say how many calls may go out now, at most ``wanted``; takes nothing yet."""
        for name, rate in self.rates.items():
            if gate := self.gates.get(name):
                wanted = min(wanted, _places(gate, rate=rate, wanted=wanted, now=now))
        return wanted

    def take(self, *, calls: int, now: datetime) -> None:
        """Note that ``calls`` are going out; an open breaker lets one probe through at a time."""
        for name, rate in self.rates.items():
            gate = self.gates.get(name)
            if gate is None or not calls or not (rate.interval or gate.opened_until):
                continue
            gate.on_pace_at = max(gate.on_pace_at, now) + calls * rate.interval
            if gate.opened_until:
                self.probing = True
                longest_call = timedelta(seconds=self.capabilities.call_seconds)
                gate.opened_until = now + max(policy.LEASE, longest_call)
            gate.save(update_fields=["on_pace_at", "opened_until"])

    def take_back(self, *, calls: int, now: datetime) -> None:
        """Undo ``take`` for calls that were not made after all.

        Only where nobody took a place since: one that was left empty can't be moved to later.
        """
        for name, rate in self.rates.items():
            gate = self.gates.get(name)
            if gate is None or not (rate.interval or gate.opened_until):
                continue
            back = Gate.objects.filter(pk=gate.pk, on_pace_at=gate.on_pace_at)
            back.update(on_pace_at=gate.on_pace_at - calls * rate.interval)
            if gate.opened_until:
                probing = Gate.objects.filter(pk=gate.pk, opened_until=gate.opened_until)
                probing.update(opened_until=now)


def passages(wanted: dict[int, Capabilities]) -> dict[int, Passage]:
    """Read, without a lock, the gates of several channels, in one query."""
    found = {pk: Passage(pk, capabilities) for pk, capabilities in wanted.items()}
    names = {name for passage in found.values() for name in passage.rates}
    gates = {gate.name: gate for gate in Gate.objects.filter(name__in=names)}
    for passage in found.values():
        passage.gates = {name: gates[name] for name in passage.rates if name in gates}
    return found


def _places(gate: Gate, *, rate: RatePolicy, wanted: int, now: datetime) -> int:
    if gate.not_before and gate.not_before > now:
        return 0
    if gate.opened_until:
        return 0 if gate.opened_until > now else min(wanted, 1)
    if not rate.interval:
        return wanted
    ahead = max(gate.on_pace_at, now) - now
    room = (rate.burst - 1) * rate.interval - ahead
    if room < timedelta(0):
        return 0
    return min(wanted, room // rate.interval + 1)


def shut(passage: Passage, now: datetime) -> QuerySet[Gate]:
    """Find those of the passage's gates that let nobody through now, but for a probe."""
    wished = Q(not_before__gt=now) | Q(opened_until__isnull=False)
    return Gate.objects.filter(wished, name__in=list(passage.rates))


def note_success(*, channel_id: int, calls: int = 1, quick: bool = True) -> None:
    """Count calls that the network answered one after the other."""
    Gate.objects.filter(name=gate_name(channel_id)).exclude(
        failures_in_row=0,
        opened_until=None,
        openings=0,
        retry_credit=policy.RETRY_CREDIT_LIMIT,
        quick=quick,
    ).update(
        failures_in_row=0,
        opened_until=None,
        openings=0,
        retry_credit=Least(
            F("retry_credit") + calls * policy.RETRY_CREDIT_EARNED, Value(policy.RETRY_CREDIT_LIMIT)
        ),
        quick=quick,
    )


def note_time(*, channel_id: int, quick: bool) -> None:
    """Remember whether the channel's last call left others their turn."""
    Gate.objects.filter(name=gate_name(channel_id)).exclude(quick=quick).update(quick=quick)


def note_failure(*, channel_id: int, now: datetime, probe: bool) -> None:
    """Count a failure of the network itself; enough in a row open the breaker, ever longer.

    Of an open one only its probe tells anything: the others were on their way when it opened.
    """
    gate = lock_gate(channel_id=channel_id, now=now)
    if gate.opened_until and not probe:
        return
    gate.failures_in_row += 1
    if gate.opened_until or gate.failures_in_row >= policy.BREAKER_FAILURES:
        gate.opened_until = now + policy.breaker_pause(gate.openings)
        gate.openings += 1
    gate.save(update_fields=["failures_in_row", "opened_until", "openings"])


def note_wish(*, name: str, not_before: datetime, now: datetime) -> None:
    """The network asked for silence until ``not_before``: nobody goes through earlier."""
    Gate.objects.get_or_create(name=name, defaults={"on_pace_at": not_before})
    gate = Gate.objects.filter(name=name)
    later = gate.filter(Q(not_before=None) | Q(not_before__lt=not_before))
    later.update(not_before=not_before, wished_at=now)


def spend_retry(*, channel_id: int, now: datetime) -> bool:
    """Take one retry from the channel's budget, which time fills, too; False when it is used up.

    A channel without a gate (a local one) has no budget to keep.
    """
    with transaction.atomic():
        gate = Gate.objects.select_for_update().filter(name=gate_name(channel_id)).first()
        if gate is None:
            return True
        since = max(timedelta(0), now - (gate.retry_spent_at or now))
        credit = gate.retry_credit + since / policy.RETRY_CREDIT_EVERY
        gate.retry_credit = min(credit, policy.RETRY_CREDIT_LIMIT)
        gate.retry_spent_at = now
        if taken := gate.retry_credit >= 1:
            gate.retry_credit -= 1
        gate.save(update_fields=["retry_credit", "retry_spent_at"])
    return taken


@transaction.atomic
def take_late_place(*, channel: Channel, due_at: datetime, now: datetime) -> datetime | None:
    """Take the channel's next place for a late delivery; else say when one comes free.

    What a person let go needs no place.
    """
    gate = lock_gate(channel_id=channel.pk, now=now)
    if gate.late_free_before and due_at <= gate.late_free_before:
        return None
    if gate.next_late_at and gate.next_late_at > now:
        return gate.next_late_at
    gate.next_late_at = now + channel.late_spacing
    gate.save(update_fields=["next_late_at"])
    return None
