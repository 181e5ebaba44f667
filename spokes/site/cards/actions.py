"""Card images as rows: queued with a publication, drawn by a job, never during a page view."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from PIL import Image

from content.audit.actions import record
from content.bulk import insert_each
from content.media.models import Asset
from content.media.pictures import encode
from content.media.renditions import Spec, open_for
from spokes.site import patterns
from spokes.site.cards.layouts import SIZES, Hero, Words, draw_card
from spokes.site.models import CardImage, CardShape, Publication
from spokes.site.pages import KIND_LABELS
from spokes.site.places import Place, Places, load_places

logger = logging.getLogger(__name__)

# part of every card's key: raise it when the drawing changes, and all are drawn anew
DRAWING = 1
QUALITY = 88
# after the first and the second failure; the third is the last
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5))
MAX_TRIES = len(BACK_OFF) + 1
# no three cards take as long; a worker that died has lost its rows by then
CLAIM = timedelta(minutes=2)
QUEUED_AGAIN = (
    "ON CONFLICT (publication_id, shape) DO UPDATE SET "
    "state = excluded.state, tries = excluded.tries, "
    "next_try_at = excluded.next_try_at, error = excluded.error"
)
# of the newest publications, those without cards get some: they are from before there were any
NEWEST = 500


def queue_cards(*, publications: Iterable[int], now: datetime) -> None:
    """Ask for the cards of publications (by key), in one statement; what is unchanged is kept."""
    insert_each(
        CardImage,
        [
            {"publication_id": pk, "shape": shape, "next_try_at": now}
            for pk in publications
            for shape in CardShape
        ],
        on_conflict=QUEUED_AGAIN,
    )


@transaction.atomic
def retry_cards(
    *, publication: int, now: datetime, actor: AbstractBaseUser | None = None
) -> Publication:
    """Draw the cards of a publication (by key) again, with three more tries each."""
    redrawn = Publication.objects.get(pk=publication)
    CardImage.objects.filter(publication=publication).update(key="")
    queue_cards(publications=[publication], now=now)
    record(code="publication.cards_retried", subject=redrawn, actor=actor, at=now)
    return redrawn


def queue_outdated_cards(*, now: datetime, limit: int = 60) -> int:
    """Queue cards in colours or names that are no more, and such as never were; returns how many.

    Nothing while others wait, for these can wait longest.
    """
    if CardImage.objects.due(now).exists():
        return 0
    looks = set(_looks(load_places()).values())
    outdated = CardImage.objects.ready().look_other_than(looks).on_standing()
    newest = Publication.objects.standing().order_by("-published_at", "-pk")[:NEWEST]
    without = Publication.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
    keys = {
        *outdated.order_by("-publication")[:limit].values_list("publication", flat=True),
        *without.filter(cards=None).order_by("-pk")[:limit].values_list("pk", flat=True),
    }
    queue_cards(publications=sorted(keys), now=now)
    return len(keys)


def remove_fallen_cards(*, limit: int = 200) -> int:
    """Remove the cards of what was taken down; returns how many."""
    removed = 0
    for card in CardImage.objects.on_withdrawn()[:limit]:
        card.delete()
        _remove_file(card.file.name)
        removed += 1
    return removed


def recall_cards(*, now: datetime) -> int:
    """Make those due that wait for longer than any pause: a wrong clock put them off."""
    longest = max(BACK_OFF) + CLAIM
    pending = CardImage.objects.filter(state=CardImage.State.PENDING)
    return pending.filter(next_try_at__gt=now + longest).update(next_try_at=now)


def make_due_cards(*, now: datetime, limit: int = 3) -> int:
    """Draw the cards that are due, of up to ``limit`` publications; returns how many came out."""
    due = CardImage.objects.due(now).values_list("publication", flat=True)
    publications = list(dict.fromkeys(due[: limit * len(CardShape)]))[:limit]
    if not publications:
        return 0
    places = load_places()
    return sum(_make_cards(pk, places, now) for pk in publications)


def _make_cards(pk: int, places: Places, now: datetime) -> int:
    claimed = [row for row in _claim(pk, now) if not _given_up(row)]
    publication = Publication.objects.filter(pk=pk).first()
    if publication is None or not claimed:
        return 0
    try:
        return _draw_and_keep(publication, claimed, places)
    except Exception as error:
        logger.exception("the cards of publication %s can't be drawn", pk)
        for card in claimed:
            _note_failure(card, f"{type(error).__name__}: {error}", now)
        return 0


def _claim(publication: int, now: datetime) -> list[CardImage]:
    """Take the cards that nobody else has taken meanwhile, and count the try."""
    with transaction.atomic():
        due = CardImage.objects.due(now).filter(publication=publication)
        claimed = list(due.select_for_update(skip_locked=True))
        CardImage.objects.filter(pk__in=[row.pk for row in claimed]).update(
            next_try_at=now + CLAIM, tries=F("tries") + 1
        )
    for row in claimed:
        row.tries, row.next_try_at = row.tries + 1, now + CLAIM
    return claimed


def _given_up(card: CardImage) -> bool:
    """Give up a card that every worker died of, before it is begun once more."""
    if card.tries <= MAX_TRIES:
        return False
    error = "Every worker that began this card died of it."
    return bool(card.still_claimed().update(state=CardImage.State.FAILED, error=error))


def _note_failure(card: CardImage, error: str, now: datetime) -> None:
    if card.tries >= MAX_TRIES:
        card.still_claimed().update(state=CardImage.State.FAILED, error=error[:300])
    else:
        again_at = now + BACK_OFF[card.tries - 1]
        card.still_claimed().update(next_try_at=again_at, error=error[:300])


# --- drawing -------------------------------------------------------------------------------------


def _draw_and_keep(publication: Publication, cards: Sequence[CardImage], places: Places) -> int:
    place = places.of(publication.spoke_id)
    look = _looks(places)[place.slug]
    words = words_of(publication, place, places)
    asset = Asset.objects.filter(pk=publication.asset_ref or 0).first()
    keys = {card.pk: key_of(CardShape(card.shape), words, asset) for card in cards}
    fresh: dict[int, str] = {}
    with _hero_of(asset) as hero:
        for card in cards:
            if card.key != keys[card.pk] or not card.file:
                fresh[card.pk] = _draw(card, keys[card.pk], publication.slug, words, hero)
    return _keep(cards, keys, fresh, look)


def _draw(card: CardImage, key: str, slug: str, words: Words, hero: Hero | None) -> str:
    """Draw and store a card; gives the name of its file."""
    image = draw_card(CardShape(card.shape), words, hero)
    data = encode(image, "JPEG", quality=QUALITY, subsampling=0)
    field = CardImage._meta.get_field("file")
    name = field.generate_filename(card, f"{slug[:60]}-{card.shape}-{key[:16]}.jpg")
    return str(field.storage.save(name, ContentFile(data)))


def _keep(
    cards: Sequence[CardImage], keys: Mapping[int, str], fresh: Mapping[int, str], look: str
) -> int:
    """Show all the new files at once, and remove those they replace."""
    kept = 0
    with transaction.atomic():
        for card in cards:
            file = fresh.get(card.pk, card.file.name or "")
            ours = card.still_claimed().update(
                state=CardImage.State.READY, key=keys[card.pk], look=look, file=file, error=""
            )
            kept += ours
            old = (card.file.name if ours else file) if card.pk in fresh else ""
            transaction.on_commit(lambda old=old: _remove_file(old))  # type: ignore[misc]  # mypy knows no default of a lambda
    return kept


def _remove_file(name: str | None) -> None:
    if name:
        CardImage._meta.get_field("file").storage.delete(name)


@contextlib.contextmanager
def _hero_of(asset: Asset | None) -> Iterator[Hero | None]:
    """Decode the picture once for all shapes, no larger than they need."""
    if asset is None:
        yield None
        return
    needed = [Spec(name="", width=width, height=height) for width, height in SIZES.values()]
    with asset.file.open("rb") as file, open_for(file, needed) as image:
        yield Hero(_on_white(image), asset.focal_x, asset.focal_y)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    shown = image.convert("RGBA")
    ground = Image.new("RGBA", shown.size, "white")
    ground.alpha_composite(shown)
    return ground.convert("RGB")


# --- what is drawn -------------------------------------------------------------------------------


def words_of(publication: Publication, place: Place, places: Places) -> Words:
    """Gather the words and looks of a publication's card."""
    return Words(
        brand=places.hub.name,
        spoke="" if place.is_hub else place.name,
        kind=str(KIND_LABELS.get(publication.kind, publication.kind)),
        title=publication.title,
        artists=", ".join(artist["name"] for artist in publication.artists),
        lang=publication.lang,
        slug=place.slug,
        colour=place.colour,
        motif=patterns.assign(places.everywhere)[place.slug],
    )


def key_of(shape: CardShape, words: Words, asset: Asset | None) -> str:
    """Name this very card: anything else that is drawn is another key."""
    picture = (asset.checksum, f"{asset.focal_x:.4f} {asset.focal_y:.4f}") if asset else None
    return _hash(DRAWING, shape.value, words, picture)


def _looks(places: Places) -> dict[str, str]:
    """Name the look of each place by its slug: what all its cards have in common."""
    motifs = patterns.assign(places.everywhere)
    return {
        place.slug: _hash(DRAWING, places.hub.name, place.name, place.colour, motifs[place.slug])
        for place in places.everywhere
    }


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
