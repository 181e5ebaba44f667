"""Posts that do harm to whoever prepares them, and posts whose payload no database keeps."""

from __future__ import annotations

from hub.delivery import policy
from hub.delivery.models import Delivery
from hub.delivery.states import State
from spokes.channels.models import Channel
from tests.faults import world
from tests.faults.bench import Bench
from tests.faults.count import Count
from tests.faults.troubles import POISONS

# its author can mend these; the others are our own fault, and given up in the end
UNWRITABLE = ("Endless", "Nought")


def poison(bench: Bench) -> list[Count]:
    """11. Among good posts one that raises, one that kills, three that can't be stored."""
    channels = bench.plan(300)
    Channel.objects.filter(pk__in=[channel.pk for channel in channels]).update(network="poison")
    bad = [world.write_one(f"{kind}: a poison") for kind in POISONS]
    world.plan(bad, channels)
    with bench.crew(**bench.dig_troubles()):
        bench.make_due()
        # each takes along what its process was just sending
        bench.cut_off = len(channels) * policy.MAX_DEATHS * bench.pair.threads
        found = bench.settled("11. five poison posts among good ones")
    made = bench.troubles_made()
    for row in found:
        row.faults, row.asked = sum(made.values()), len(POISONS) * len(channels)
        # every one of the bad ones, and nothing else
        row.may_give_up = sum(channel.settings["face"] == row.face for channel in channels)
        row.may_give_up *= len(POISONS)
    _judge(found[0], [post.pk for post in bad])
    for kind in POISONS:
        if made.get(kind, 0) < len(channels):
            found[0].unmet.append(f"“{kind}” was tried {made.get(kind, 0)} times")
    if made.get("Kills", 0) > policy.MAX_DEATHS * len(channels):
        found[0].unmet.append(f"{made['Kills']} workers died of {len(channels)} posts")
    return found


def _judge(row: Count, bad: list[int]) -> None:
    # a killer takes along what its process was just sending: nobody can know of those
    good = Delivery.objects.exclude(post__in=bad).exclude(state__in=(State.LIVE, State.REVIEW))
    for delivery in good.filter(kind="publish")[:3]:
        row.unmet.append(f"good “{delivery.post}” is {delivery.state}: {delivery.reason}")
    for delivery in Delivery.objects.filter(post__in=bad).select_related("post"):
        kind = delivery.post.title.partition(":")[0]
        end = State.REFUSED if kind in UNWRITABLE else State.DEAD
        if delivery.state != end or not delivery.reason:
            row.unmet.append(f"“{delivery.post}” is {delivery.state}: {delivery.reason}")
        if delivery.crashes > policy.MAX_DEATHS:
            row.unmet.append(f"“{delivery.post}” was tried {delivery.crashes} times")


EXPERIMENTS = {"poison": poison}
