"""The network answers wrongly, late, never, or asks for silence."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone

from hub.delivery.models import Delivery
from hub.delivery.states import State
from spokes.channels.actions import reconnect_channel
from spokes.channels.models import Channel
from tests.faults import world
from tests.faults.bench import Bench
from tests.faults.count import Count, Watch

# ten minutes, and two, of real time: only the engine's own times are shorter
HANG_SECONDS = 600
# the others have a tenth of that, or so many seconds where all is smaller
OTHERS_SECONDS = 30
LONGEST_WISH = 120


def answers(bench: Bench) -> list[Count]:
    """6. On a third of the calls the network takes the post and hangs up."""
    bench.plan(1000)
    with bench.crew():
        bench.network.set_faults({"kind": "drop_after", "share": 0.3})
        bench.make_due()
        bench.let_work(0.9)
        return bench.settled("6. taken, then hung up, on 30 %", asked=bench.at_least(0.3))


def nonsense(bench: Bench) -> list[Count]:
    """6. The network takes the post and answers after the time-out, or answers nonsense."""
    bench.plan(300)
    with bench.crew():
        bench.network.set_faults(
            {"kind": "late", "share": 0.1, "seconds": 3}, {"kind": "garbage", "share": 0.3}
        )
        bench.make_due()
        bench.let_work(0.9)
        # a tenth, and of the others three tenths
        asked = bench.at_least(0.1 + 0.9 * 0.3)
        return bench.settled("6. answered too late, or nonsense", asked=asked)


def refused(bench: Bench) -> list[Count]:
    """6. The network says no for good, to a fifth of the posts."""
    bench.plan(300)
    with bench.crew():
        bench.network.set_faults({"kind": "refuse", "share": 0.2})
        bench.make_due()
        bench.let_work(1.0)
        found = bench.settled("6. refused for good, 20 %", asked=bench.at_least(0.2))
    ended = Delivery.objects.filter(state=State.REFUSED).exclude(reason="")
    for row in found:
        row.may_give_up = ended.filter(channel__settings__face=row.face).count()
    if ended.count() != found[0].faults:
        found[0].unmet.append(f"{found[0].faults} were refused, and {ended.count()} say so")
    return found


def busy(bench: Bench) -> list[Count]:
    """7. Storms of 429 whose Retry-After, of 1 to 120 seconds, is to be obeyed."""
    bench.plan(300, each=5)
    longest = bench.sized(LONGEST_WISH, least=5)
    with bench.crew(workers=bench.pair.usual_workers):
        bench.network.set_faults({"kind": "busy", "share": 0.1, "seconds": [1, longest]})
        bench.make_due()
        bench.let_work(0.9)
        found = bench.settled("7. 429 with Retry-After, in storms", asked=bench.at_least(0.1))
    if early := bench.network.ledger()["called_too_early"]:
        found[0].unmet.append(f"{early} calls came before the time that the network had named")
    return found


def hang(bench: Bench) -> list[Count]:
    """8. One channel of a hundred answers nothing for ten minutes; the others must not wait."""
    channels = bench.plan(1000, each=bench.sized(34, least=3))
    slow = bench.random.choice(channels)
    seconds = bench.sized(HANG_SECONDS, least=60)
    with bench.crew(workers=bench.pair.usual_workers):
        until = time.time() + seconds
        bench.network.set_faults({"kind": "hang", "until": until, "channel": slow.name})
        bench.make_due()
        others = Watch(leave_out=[slow.pk]).until_ended()
        # the network lets go by itself: the engine has to live with it until then
        Watch(patience=2 * seconds).until(lambda _: time.time() > until)
        found = bench.settled("8. one of many channels hangs", asked=1)
    for row in found:
        row.seconds = round(others, 1)
    if others > (allowed := max(OTHERS_SECONDS, seconds / 10)):
        words = f"the others took {others:.0f} s, more than {allowed:.0f}, while one hung"
        found[0].unmet.append(words)
    return found


def token(bench: Bench) -> list[Count]:
    """13. The token of every channel ends in the middle of a wave, and is given anew."""
    bench.plan(300)
    with bench.crew():
        bench.make_due(timedelta(seconds=10))
        bench.let_work(0.3)
        bench.network.set_faults({"kind": "unauthorised"})
        Watch().until(lambda _: not _connected())
        bench.network.set_faults()
        bench.note_fault(0)
        Watch().until(_over_with_new_tokens)
        found = bench.settled("13. token ends in a wave")
    if failed := Delivery.objects.exclude(state__in=[State.LIVE, State.REVIEW]).count():
        found[0].unmet.append(f"{failed} failed for want of a token")
    if not found[0].faults:
        found[0].unmet.append("no call found its token ended")
    return found


def _over_with_new_tokens(over: int) -> bool:
    """Give new tokens as a person does, again where a late answer spoke of the old one."""
    _, anton = world.people()
    for channel in Channel.objects.filter(auth_lost_at__isnull=False):
        reconnect_channel(channel=channel, credentials={}, actor=anton)
    return over >= Delivery.objects.count()


def _connected() -> bool:
    busy = Delivery.objects.planned().filter(next_try_at__lte=timezone.now())
    return busy.filter(channel__auth_lost_at=None).exists()


EXPERIMENTS = {
    "answers": answers,
    "nonsense": nonsense,
    "refused": refused,
    "busy": busy,
    "hang": hang,
    "token": token,
}
