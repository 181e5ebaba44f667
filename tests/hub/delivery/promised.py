"""What must hold after every step of the delivery machine, whoever acted."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from hypothesis.stateful import RuleBasedStateMachine, invariant

from content.editorial.models import Post
from hub.delivery.models import Attempt, Delivery, Hold, Kind
from hub.delivery.states import DUE_STATES, LEASED_STATES, TRANSITIONS, State
from spokes.channels.models import Channel
from tests.hub.delivery.faces import START, OnNetwork, Truth
from tests.hub.delivery.hands import HANDS, Step, take_moves


class Promised(RuleBasedStateMachine):
    """A small world of posts and channels, and what is promised of it."""

    truth: Truth
    person: User
    channels: dict[str, Channel]
    posts: list[Post]
    # over all runs
    reached: set[tuple[str, Step]]

    def __init__(self) -> None:
        super().__init__()
        # who acts: a key of HANDS
        self.hand = "person"
        # how often a person said "it is not there, send": each may be one more on the network
        self.sent_again: Counter[str] = Counter()
        self.dropped: set[int] = set()

    @invariant()
    def check_moves(self) -> None:
        """Only steps of the table are taken, each by a hand that may; a final state stays."""
        for pk, old, new in take_moves():
            step = (old, new)
            assert State(new) in TRANSITIONS[State(old)], (pk, step)
            assert step in HANDS[self.hand], (self.hand, pk, step)
            self.reached.add((self.hand, step))
            if new in LEASED_STATES:
                assert not self._is_stopped(pk), f"{new}, although a person had stopped it"

    def _is_stopped(self, pk: int) -> bool:
        delivery = Delivery.objects.select_related("channel").get(pk=pk)
        held = (
            Hold.objects.filter(scope="all")
            | Hold.objects.filter(post=delivery.post_id)
            | Hold.objects.filter(artist__posts=delivery.post_id)
        )
        return delivery.channel.paused_at is not None or held.exists()

    @invariant()
    def rows_agree_with_the_network(self) -> None:
        for delivery in Delivery.objects.exclude(state=State.SCHEDULED, tries=0):
            silent = (*DUE_STATES, *LEASED_STATES, State.LIVE)
            assert delivery.reason or delivery.state in silent, delivery.pk
            if delivery.kind == Kind.PUBLISH:
                self._agrees(delivery, self.truth.posts[delivery.key])

    def _agrees(self, delivery: Delivery, posts: list[OnNetwork]) -> None:
        said = self.sent_again[delivery.key]
        assert len(posts) <= 1 + said, f"{delivery.pk} is there {len(posts)} times"
        if delivery.state == State.LIVE:
            assert posts, f"{delivery.pk} is live and nowhere"
            if delivery.withdrawn_at:
                assert said or all(post.down for post in posts), "withdrawn, and still there"
        elif delivery.state in (State.REFUSED, State.MISSED, State.DEAD, State.CANCELLED):
            hidden = any(not post.down for post in posts) and delivery.pk not in self.dropped
            assert said or not hidden, f"{delivery.pk} is there and {delivery.state}"

    @invariant()
    def tries_have_their_attempts(self) -> None:
        """No call without a row that said so before, and no count of calls that were not made."""
        for delivery in Delivery.objects.prefetch_related("attempts"):
            sends = [one for one in delivery.attempts.all() if one.call == Attempt.Call.SEND]
            assert delivery.tries <= len(sends), delivery.pk
            assert all(one.lease_token <= delivery.lease_token for one in sends)
            if delivery.state == State.SENDING:
                now = [one for one in sends if one.lease_token == delivery.lease_token]
                assert [one.ended_at for one in now] == [None], "on its way without its intent"
            if delivery.kind == Kind.PUBLISH:
                assert len(self.truth.posts[delivery.key]) <= len(sends)

    @invariant()
    def posts_are_locked_while_something_is_on_its_way(self) -> None:
        busy = Delivery.objects.still_open().filter(post=OuterRef("pk"))
        posts = Post.objects.annotate(
            busy=Exists(busy), in_words=Exists(busy.exclude(kind=Kind.WITHDRAW))
        )
        for post in posts:
            assert bool(post.locked_at) <= post.busy, "locked, and nothing is on its way"
            assert post.in_words <= bool(post.locked_at), "on its way, and open for changes"

    def check_words(self, rows: list[Delivery]) -> None:
        """What fans read is what was settled last."""
        last: dict[str, Delivery] = {}
        for delivery in sorted(rows, key=lambda row: (row.settled_at or START, row.pk)):
            if delivery.state == State.LIVE and delivery.kind != Kind.WITHDRAW:
                last[(delivery.target or delivery).key] = delivery
        for key, delivery in last.items():
            if delivery.payload and not self.sent_again[key]:
                for post in self.truth.visible(key):
                    assert post.text == delivery.payload["title"], delivery.reason
