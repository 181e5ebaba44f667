"""What the demo's people listen to: one profile counted from a file, and one typed in."""

from __future__ import annotations

from django.contrib.auth.models import User

from content.catalogue.models import Genre
from hub.demo.material import DATA
from spokes.audiences.profiles.actions import import_profile, set_profile
from spokes.channels.actions import change_channel, change_spoke
from spokes.channels.models import Spoke

FOLLOWING = DATA / "following_hip_hop.csv"
FOLLOWERS = 12_000
TYPED = {"Country": {"Country": 0.8, "Folk": 0.2}}
FLOOR = 0.5
# of a crossover, each of the two asks for a part that can be heard
GENRE_FLOORS = {"Country": 0.25, "Hip Hop": 0.3}


def add_profiles(*, manager: User) -> None:
    """Guard the hip-hop spoke’s channels by who follows whom there; give country a taste, too.

    Both ask for some of their genre.
    """
    hip_hop = Spoke.objects.get(name="Hip Hop")
    text = FOLLOWING.read_text(encoding="utf-8")
    import_profile(owner=hip_hop, text=text, people=FOLLOWERS, actor=manager)
    for channel in hip_hop.channels.all():
        change_channel(channel=channel, fields={"fit_floor": FLOOR}, actor=manager)
    for name, weights in TYPED.items():
        genres = {Genre.objects.get(name=genre): weight for genre, weight in weights.items()}
        set_profile(owner=Spoke.objects.get(name=name), genres=genres, actor=manager)
    for name, floor in GENRE_FLOORS.items():
        change_spoke(
            spoke=Spoke.objects.get(name=name), fields={"genre_floor": floor}, actor=manager
        )
