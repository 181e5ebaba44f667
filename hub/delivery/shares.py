"""Who may have how many of the house's workers, so that slow networks leave some to the others.

A channel is quick when its last call was (``policy.SLOW_CALL``), slow when it was not or when one
hangs right now, and untried before its first. Of all workers together, a channel may have three
quarters, one that is not quick a quarter; slow ones together half, slow and untried ones together
three quarters. So the last quarter always serves channels that are known to be quick. Claims for
channels that are not quick count one after the other; quick ones don't wait for that, and may go
over their own share for a moment.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.functional import cached_property

from hub.delivery import policy
from hub.delivery.gates import GATE_PREFIX, gate_name
from hub.delivery.living import begun_anew, seen_lately, worker_of
from hub.delivery.models import Delivery, Gate, Heartbeat
from spokes.channels.connectors.registry import CONNECTORS

# a worker that was not seen for so long has no places to give
SEEN_WITHIN = timedelta(seconds=30)
NO_LIMIT = 1_000_000
# its row is locked after the gates, by who counts and takes
LOCK = "shares"


class Shares:
    """The workers' places as they are now; without a living worker there are no limits.

    Python 3.11's own cached_property holds a lock while it asks: a process that is forked
    meanwhile would wait for it for ever. Django's holds none.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def living(self) -> dict[str, Heartbeat]:
        return {worker.name: worker for worker in seen_lately(self.now, SEEN_WITHIN)}

    @cached_property
    def slots(self) -> int:
        return sum(worker.slots for worker in self.living.values())

    @cached_property
    def busy(self) -> dict[int, int]:
        """Count by channel the workers that networks keep busy, sending or looking up."""
        local = [name for name, network in CONNECTORS.items() if network.capabilities.local]
        sending = Delivery.objects.in_hand().filter(lease_until__gt=self.now)
        # what is claimed together is sent by one worker
        calling = sending.exclude(channel__network__in=local).order_by()
        hands = calling.values_list("channel", "lease_owner").annotate(until=Max("lease_until"))
        busy: defaultdict[int, int] = defaultdict(int)
        for channel_id, owner, until in hands:
            busy[channel_id] += not self._left_behind(owner, until)
        for name in Gate.objects.filter(looking_until__gt=self.now).values_list("name", flat=True):
            channel_id = int(name.removeprefix(GATE_PREFIX))
            busy[channel_id] += 1
        return busy

    def _left_behind(self, owner: str, until: datetime) -> bool:
        """Tell whether its worker was begun anew since: nobody sends it, though its lease runs."""
        worker = self.living.get(worker_of(owner))
        claimed_at = until - policy.LEASE
        return worker is not None and begun_anew(worker, since=claimed_at, now=self.now)

    @cached_property
    def not_quick(self) -> dict[int, bool]:
        """Of the busy channels those that are not quick: True for slow, False for untried."""
        quick = dict(
            Gate.objects.filter(name__in=map(gate_name, self.busy)).values_list("name", "quick")
        )
        kinds = {pk: quick.get(gate_name(pk)) for pk in self.busy}
        return {pk: kind is False for pk, kind in kinds.items() if not kind}

    def take_turn(self) -> None:
        """Let nobody else count and take until the transaction ends; before anything is read."""
        if not Gate.objects.select_for_update().filter(name=LOCK).first():
            Gate.objects.get_or_create(name=LOCK, defaults={"on_pace_at": self.now})
            Gate.objects.select_for_update().get(name=LOCK)

    def free(self, channel_id: int, *, quick: bool | None, mine: int | None = None) -> int:
        """Say how many more workers the channel may have; ``mine`` where that is known."""
        if not self.slots:
            return NO_LIMIT
        quarter = max(1, self.slots // 4)
        most = max(1, self.slots - quarter)
        if mine is None:
            mine = self.busy.get(channel_id, 0)
        if quick:
            return max(0, most - mine)
        limits = [quarter - mine, most - sum(self.busy[pk] for pk in self.not_quick)]
        if quick is False:
            slow = sum(self.busy[pk] for pk, is_slow in self.not_quick.items() if is_slow)
            limits.append(max(1, self.slots // 2) - slow)
        return max(0, min(limits))
