"""Posts that are edited, withdrawn and expire on the network, while workers die at every step."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from content.editorial.actions import approve_post, submit_post, write_post
from content.editorial.models import Post
from hub.delivery.actions import cancel_delivery, confirm_live
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import State
from hub.schedule.actions import update_live_post, withdraw_post
from spokes.channels.models import Channel
from tests.faults import world
from tests.faults.bench import Bench
from tests.faults.connector import STEPS, mark_of, words_key
from tests.faults.count import ENDED, Count, Watch
from tests.faults.servers import CountingNetwork

NAME = "1. edited and taken down, workers killed"
# deliveries of the posts themselves; with their edits and withdrawals there are four times as many
DUE, EACH = 72, 4
EDITS = 2
# until what expires is over
LIFE = timedelta(seconds=5)
# of the calls on networks that can be asked this share is only accepted, and shown so much later
ACCEPTED, SHOWN_AFTER = 0.3, 2.0
# what becomes of a post, in turn; the edit of one that is overtaken is still on its way
STAYS, OVERTAKEN, WITHDRAWN, EXPIRES = ENDS = ("stays", "is overtaken", "is withdrawn", "expires")
# shares of the calls
KILLERS = 0.1
FAULTS = (
    {"kind": "kill_before", "share": 0.05, "once": True},
    {"kind": "kill_after", "share": 0.05, "once": True},
    {"kind": "drop_after", "share": 0.05},
)
# for each post on a channel, over all its changes
LEAST_FAULTS = 0.3
# the step of which only the words of the log are known
LOGGED = "after_commit"


@dataclasses.dataclass
class Story:
    """One post, with all its titles until now, and what becomes of it at last."""

    post: Post
    end: str
    titles: list[str]


class Editors:
    """Who changes posts; some of what they plan is marked to kill the worker that sends it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.graves = bench.dig_graves()
        self.edith, self.anton = world.people()

    def mark(self, planned: Iterable[Delivery]) -> None:
        for delivery in planned:
            if self.bench.random.random() < KILLERS:
                step = self.bench.random.choice(STEPS)
                words = words_key(delivery.post.title, delivery.channel)
                mark = mark_of(self.graves, step, words if step == LOGGED else delivery.key)
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()

    @transaction.atomic
    def rewrite(self, story: Story) -> None:
        """Bring the next title to where the post is live; one that expires does so soon after."""
        story.titles.append(f"{story.titles[0]}, take {len(story.titles) + 1}")
        fields: dict[str, Any] = {"title": story.titles[-1]}
        if story.end == EXPIRES and len(story.titles) > EDITS:
            fields["expires_at"] = timezone.now() + LIFE
        post = write_post(actor=self.edith, post=story.post, fields=fields)
        post = approve_post(post=submit_post(post=post, actor=self.edith), actor=self.anton)
        # marked before any worker can see it
        self.mark(update_live_post(post=post, actor=self.anton))
        story.post = post

    @transaction.atomic
    def withdraw(self, story: Story) -> None:
        self.mark(withdraw_post(post=story.post, actor=self.anton))

    def look(self) -> Counter[str]:
        """Say of each that nobody can know of whether it is there; gives how many, by face."""
        there = {post["key"]: post["id"] for post in self.bench.network.posts()}
        doubtful = Delivery.objects.filter(state=State.REVIEW).select_related("channel", "post")
        found: Counter[str] = Counter()
        for delivery in doubtful:
            found[delivery.channel.settings["face"]] += 1
            if delivery.key in there:
                confirm_live(delivery=delivery, actor=self.anton, remote_id=there[delivery.key])
            else:
                cancel_delivery(delivery=delivery, actor=self.anton)
        return found


def changes(bench: Bench) -> list[Count]:
    """1. What is live is edited twice, then taken down, while workers are killed at each step."""
    # however small it is, there is a post for each end
    least = math.ceil(len(ENDS) * len(world.FACES) * EACH / bench.size)
    channels = bench.plan(max(DUE, least), each=EACH)
    posts = Post.objects.filter(pk__in=Delivery.objects.values("post")).order_by("pk")
    stories = [Story(*one, [one[0].title]) for one in zip(posts, itertools.cycle(ENDS))]
    editors = Editors(bench)
    editors.mark(Delivery.objects.select_related("post", "channel"))
    with bench.crew(DIE_ONCE=str(editors.graves)):
        bench.network.set_faults(*FAULTS, *_accepting(channels))
        bench.make_due()
        Watch().until_ended()
        shown = editors.look()
        for _ in range(EDITS):
            Watch().until_ended()
            for story in stories:
                editors.rewrite(story)
                if story.end == OVERTAKEN and len(story.titles) > EDITS:
                    editors.withdraw(story)
        Watch().until_ended()
        for story in stories:
            if story.end == WITHDRAWN:
                editors.withdraw(story)
        Watch().until(lambda _: not _to_take_down(stories))
        bench.network.set_faults()
        Watch().until_ended()
        seconds = time.time() - _last_fault(bench, editors.graves)
    rows = Tally(bench.network, stories, seconds).rows()
    for row in rows:
        row.shown += shown[row.face]
        row.faults = bench.deaths() + bench.network.ledger()["faults"]
        row.asked = int(LEAST_FAULTS * sum(one.due for one in rows))
    return rows


def _last_fault(bench: Bench, graves: Path) -> float:
    faults: list[float] = [bench.network.ledger()["last_fault_at"]]
    return max(faults + [grave.stat().st_mtime for grave in graves.iterdir()])


def _accepting(channels: list[Channel]) -> list[dict[str, Any]]:
    later = {"kind": "later", "share": ACCEPTED, "seconds": SHOWN_AFTER}
    askable = [channel.name for channel in channels if channel.settings["face"] == "lookup"]
    return [{**later, "channel": name} for name in askable]


def _to_take_down(stories: list[Story]) -> int:
    """Say how many are to go and have not gone."""
    going = [story.post.pk for story in stories if story.end != STAYS]
    live = Delivery.objects.filter(kind=Kind.PUBLISH, state=State.LIVE, withdrawn_at=None)
    return live.filter(post__in=going).count()


class Tally:
    """The network's own count of what became of each post, beside what the rows say."""

    def __init__(self, network: CountingNetwork, stories: list[Story], seconds: float) -> None:
        self.stories = {story.post.pk: story for story in stories}
        self.seconds = round(seconds, 1)
        # what the network has by channel and first title
        self.there: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for post in network.posts():
            self.there[post["channel"], post["title"]].append(post)

    def rows(self) -> list[Count]:
        found: dict[str, Count] = {}
        every = Delivery.objects.select_related("channel", "post", "target").order_by("pk")
        for delivery in every:
            face = delivery.channel.settings["face"]
            row = found.setdefault(face, Count(NAME, face, seconds=self.seconds))
            story = self.stories[delivery.post_id]
            copies = self.there[delivery.channel.name, story.titles[0]]
            if delivery.kind == Kind.PUBLISH:
                self._publish(row, delivery, story, copies)
            else:
                self._change(row, delivery, copies)
        return list(found.values())

    def _publish(
        self, row: Count, delivery: Delivery, story: Story, copies: list[dict[str, Any]]
    ) -> None:
        row.due += 1
        row.once += len(copies) == 1
        row.twice += len(copies) > 1
        if delivery.state not in ENDED:
            row.stuck += 1
        elif delivery.state == State.LIVE:
            row.lost += not copies
            row.unmet += [words for copy in copies for words in _ends_wrong(story, copy)]
        elif copies:
            row.unmet.append(f"{delivery} is {delivery.state}, and is there")

    def _change(self, row: Count, delivery: Delivery, copies: list[dict[str, Any]]) -> None:
        told = [(one["what"], one["key"]) for copy in copies for one in copy["told"]]
        row.stuck += delivery.state not in ENDED
        # an edit that a withdrawal overtook, or a first try of it, is not made at all
        dropped = delivery.kind == Kind.EDIT and delivery.state == State.CANCELLED
        if delivery.state == State.LIVE:
            gone = delivery.kind == Kind.WITHDRAW and all(copy["removed"] for copy in copies)
            row.lost += not gone and ("PUT", delivery.key) not in told
        elif not dropped:
            row.unmet.append(f"{delivery} is {delivery.state}: {delivery.reason}")


def _ends_wrong(story: Story, copy: dict[str, Any]) -> Iterator[str]:
    """Say in what the network's post is not as the last that was done to it would have it."""
    texts = [story.titles.index(one["text"]) for one in copy["told"] if "text" in one]
    if texts != sorted(texts):
        yield f"{copy['id']} got its texts in the order {texts}"
    if story.end == STAYS and copy["text"] != story.titles[-1]:
        yield f"{copy['id']} says “{copy['text']}”, not “{story.titles[-1]}”"
    if copy["removed"] == (story.end == STAYS):
        yield f"{copy['id']} is {'gone' if copy['removed'] else 'there'}, and {story.end}"


EXPERIMENTS = {"changes": changes}
