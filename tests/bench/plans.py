"""The plans of PostgreSQL for what the engine's rounds ask, as a page for people."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

HEAD = """# Query plans

Written by `make bench BENCH=growth`: what the claim and each round of the beat ask of the table
of deliveries, and how PostgreSQL answers, among {planned:,} that are planned for later and half as
many that are live. Read a plan from the inside out: the innermost line says how rows are found,
`rows` how many, `Buffers` how many pages of 8 kB were touched. A plan is right as long as it
starts from an index and touches about as many pages whatever is planned; `Seq Scan on
delivery_delivery` would be a fault.
"""
READING = {
    "claim": (
        "The channel's due ones are read from `delivery_due_by_channel` in the order in which "
        "they go out, so only as many entries are touched as are taken, however many wait "
        "behind them; the update then goes by primary key."
    ),
    "dispatch": (
        "All that is due is counted by channel from an index that begins with the state and the "
        "time: the scan ends at “now”, and what is planned for later lies behind it."
    ),
    "reap": (
        "Only rows in a worker's hands are in `delivery_leased`, a partial index that holds as "
        "many entries as there are workers' places."
    ),
    "mend-times": (
        "Times that no engine can have given: what waits is found by its state, and of that what "
        "was tried at a time to come by its attempts; channels and gates are few."
    ),
    "reconcile": (
        "The states of a doubtful delivery come first in `delivery_by_next_try`, so only those "
        "that are due to be looked up are touched."
    ),
    "probe": (
        "One channel rests no more, so it is asked which channels have something due: by state "
        "and time, as dispatch does."
    ),
    "resume-blocked": (
        "Blocked rows are found by their state; where nothing is blocked the index says so at once."
    ),
    "end-unsent": (
        "It asks first whether any channel has no connection. If so, what is due is read state by "
        "state from `delivery_by_state_and_time`: the scan ends at “now”."
    ),
    "expire": (
        "It starts from the posts whose time is over, and looks for what of each is live: "
        "posts that never expire are not touched."
    ),
    "expire-all": ("The same for posts whose time was over long ago."),
    "alerts": (
        "What the health page shows, counted by state and by channel, each from an index that "
        "begins with the state; of what is live nothing is counted."
    ),
}


def write(found: list[dict[str, Any]], *, planned: int, page: Path) -> None:
    parts = [HEAD.format(planned=planned)]
    for name, of_round in groupby(found, key=lambda one: str(one["round"])):
        parts.append(f"\n## {name}\n\n{READING[name]}\n")
        parts += [f"\n```\n{_short(one['sql'])}\n\n{one['plan']}\n```\n" for one in of_round]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("".join(parts))


def _short(sql: str) -> str:
    """Leave out the list of columns, which says nothing of how rows are found."""
    head, found, rest = sql.partition(" FROM ")
    if head.startswith("SELECT") and found and len(head) > 100:
        return f"SELECT … FROM {rest}"
    return sql
