"""What hangs itself on a success, and breaks: a log, an exporter of metrics, an audit."""

from __future__ import annotations

from hub.delivery.models import Delivery
from hub.delivery.states import State
from tests.faults.bench import Bench
from tests.faults.count import Count


def hooks(bench: Bench) -> list[Count]:
    """16. All three raise, all the time: what is live stays so, and nothing is tried again."""
    bench.plan(300)
    with bench.crew(RAISE_IN="log metrics audit"):
        bench.make_due()
        found = bench.settled("16. log, metrics and audit raise")
    due = Delivery.objects.filter(kind="publish")
    for row in found:
        row.faults = row.due
    not_live = due.exclude(state=State.LIVE)
    if not_live.exists():
        found[0].unmet.append(f"{not_live.count()} are not live, the first: {not_live[0].reason}")
    if (made := _calls(bench)) != due.count():
        found[0].unmet.append(f"{made} calls for {due.count()} deliveries")
    return found


def _calls(bench: Bench) -> int:
    return sum(bench.network.ledger()["calls"].values())


EXPERIMENTS = {"hooks": hooks}
