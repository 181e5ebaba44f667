"""What hangs itself on a success, and breaks: a log, an exporter of metrics, an audit."""

from __future__ import annotations

from hub.delivery.models import Delivery
from hub.delivery.states import State
from tests.faults.bench import Bench
from tests.faults.count import Count

# how often each raises, for one delivery
HOOKS = {"log": 1.0, "metrics": 0.01, "audit": 0.3}


def hooks(bench: Bench) -> list[Count]:
    """16. All three raise, all the time: what is live stays so, and nothing is tried again."""
    bench.plan(300)
    with bench.crew(RAISE_IN=" ".join(HOOKS), **bench.dig_troubles()):
        bench.make_due()
        found = bench.settled("16. log, metrics and audit raise")
    due = Delivery.objects.filter(kind="publish")
    raised = bench.troubles_made()
    for row in found:
        row.faults = sum(raised.values())
    # each is logged by itself; some are stored together, and make one task
    for hook, least in HOOKS.items():
        if (made := raised.get(hook, 0)) < least * due.count():
            found[0].unmet.append(f"{hook} raised {made} times for {due.count()} deliveries")
    not_live = due.exclude(state=State.LIVE)
    if not_live.exists():
        found[0].unmet.append(f"{not_live.count()} are not live, the first: {not_live[0].reason}")
    if (made := _calls(bench)) != due.count():
        found[0].unmet.append(f"{made} calls for {due.count()} deliveries")
    return found


def _calls(bench: Bench) -> int:
    return sum(bench.network.ledger()["calls"].values())


EXPERIMENTS = {"hooks": hooks}
