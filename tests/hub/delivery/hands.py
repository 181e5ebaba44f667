"""Who may lead a delivery from which state to which, and workers that stop on their way.

The table is written down here a second time, and by the hand that acts: a step that the engine
takes must be in both, and every step of the engine's table has somebody who takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import greenlet
from django.db import connection

Step = tuple[str, str]


def _steps(text: str) -> frozenset[Step]:
    """Read lines of "from > to to to"."""
    lines = [line.split(" > ") for line in text.strip().splitlines()]
    return frozenset((left.strip(), to) for left, right in lines for to in right.split())


HANDS: dict[str, frozenset[Step]] = {
    "worker": _steps(
        """
        scheduled > claimed
        waiting > claimed
        claimed > scheduled waiting sending refused missed cancelled unknown dead review
        sending > live accepted scheduled waiting refused blocked unknown dead
        """
    ),
    "reap": _steps(
        """
        claimed > scheduled waiting dead review
        sending > unknown
        """
    ),
    # it changes times, and no state
    "mend_times": frozenset(),
    "reconcile": _steps(
        """
        unknown > live accepted waiting review
        accepted > live refused review
        """
    ),
    "resume_blocked": _steps("blocked > scheduled waiting"),
    "end_unsent": _steps(
        """
        scheduled > cancelled missed review
        waiting > cancelled missed review
        blocked > cancelled missed review
        """
    ),
    "expire": _steps(
        """
        scheduled > cancelled
        waiting > cancelled
        blocked > cancelled
        refused > cancelled
        missed > cancelled
        dead > cancelled
        review > cancelled
        """
    ),
    "person": _steps(
        """
        scheduled > cancelled missed review
        waiting > cancelled missed review
        blocked > cancelled missed review
        claimed > cancelled review
        refused > scheduled cancelled live
        missed > scheduled cancelled
        dead > scheduled cancelled
        review > scheduled cancelled live
        """
    ),
}
# the engine's table has them, and nobody takes them today
NOBODYS = _steps(
    """
    waiting > dead
    claimed > blocked
    accepted > unknown
    """
)


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


class Hand:
    """One process in the middle of the engine: goes from pause to pause, or dies there."""

    def __init__(self, kind: str, run: Callable[[], object]) -> None:
        self.kind = kind
        self.waits_since = 0.0
        self._run = run
        self._thread = greenlet.greenlet(self._live)
        self.place = ""

    def _live(self, _: str) -> str:
        with suppress(Killed):
            self._run()
        return ""

    def go_on(self, fate: str, *, at: float) -> None:
        """Go to the next pause; ``place`` is empty when it is through."""
        self.waits_since = at
        self.place = self._thread.switch(fate)

    def kill(self) -> None:
        self.place = ""
        if self._thread:
            self._thread.throw(Killed)


def pause(place: str) -> str:
    """Let others act; returns the fate that the one who lets us go on wants for this place."""
    parent = greenlet.getcurrent().parent
    if parent is None:
        return "ok"
    fate: str = parent.switch(place)
    return fate


NOTE_MOVES = {
    "sqlite": """
        CREATE TEMP TABLE moves (id INTEGER PRIMARY KEY, delivery INTEGER, old TEXT, new TEXT);
        CREATE TEMP TRIGGER note_move AFTER UPDATE OF state ON main.delivery_delivery
        WHEN old.state <> new.state BEGIN
            INSERT INTO moves (delivery, old, new) VALUES (new.id, old.state, new.state);
        END
    """,
    "postgresql": """
        CREATE TEMP TABLE moves (id serial PRIMARY KEY, delivery bigint, old text, new text);
        CREATE FUNCTION pg_temp.note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO moves (delivery, old, new) VALUES (new.id, old.state, new.state);
            RETURN NULL;
        END $$;
        CREATE TRIGGER note_move AFTER UPDATE OF state ON delivery_delivery FOR EACH ROW
        WHEN (old.state <> new.state) EXECUTE FUNCTION pg_temp.note_move()
    """,
}


@contextmanager
def moves_noted() -> Iterator[None]:
    """Let the database itself note each change of state, whoever makes it in whatever way."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            table, trigger = NOTE_MOVES["sqlite"].split(";", 1)
            cursor.execute(table)
            cursor.execute(trigger)
            yield
            cursor.execute("DROP TRIGGER note_move")
            cursor.execute("DROP TABLE moves")
        else:
            cursor.execute(NOTE_MOVES["postgresql"])
            yield


def take_moves() -> list[tuple[int, str, str]]:
    """Return (delivery, from, to) of every change since the last time, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT delivery, old, new FROM moves ORDER BY id")
        moves = [(int(pk), str(old), str(new)) for pk, old, new in cursor.fetchall()]
        if moves:
            cursor.execute("DELETE FROM moves")
    return moves
