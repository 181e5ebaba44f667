"""All that is done to pictures: stored whole or not at all, and made into their sizes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from PIL import Image

from content.audit.actions import record
from content.catalogue.names import make_slug
from content.media.exceptions import FocalPointRefused, RenditionGivenUp, UploadRefused
from content.media.models import Asset, Rendition, RenditionState
from content.media.pictures import Picture, checksum_of, make_picture, read_upload
from content.media.renditions import SPECS, draw, encode_for, key_of
from content.text import clean_line

logger = logging.getLogger(__name__)

NO_ALT_TEXT = "Say what the picture shows, for those who can't see it; or mark it as decorative."

# after the first and the second failure; the third is the last
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5))
MAX_TRIES = len(BACK_OFF) + 1
# no rendition takes as long; a worker that died has lost its row by then
CLAIM = timedelta(minutes=2)


class Words(TypedDict):
    """What is said about a picture."""

    title: str
    alt_text: str
    decorative: bool
    credit: str


# --- uploads ----------------------------------------------------------------------------------


def store_upload(
    *,
    upload: File[bytes],
    title: str,
    alt_text: str = "",
    decorative: bool = False,
    credit: str = "",
    focal_x: float = 0.5,
    focal_y: float = 0.5,
    actor: User | None = None,
    now: datetime | None = None,
) -> Asset:
    """Store a picture and queue its renditions; the same file again gives the asset it has.

    Focal point in fractions from the top left. Raises UploadRefused, and then nothing is stored.
    """
    data = read_upload(upload)
    if existing := find_asset(data):
        return existing
    words = _checked_words(title, alt_text, decorative, credit)
    _check_focal_point(focal_x, focal_y)
    return store_picture(
        picture=make_picture(data, upload.name or ""),
        **words,
        focal_x=focal_x,
        focal_y=focal_y,
        actor=actor,
        now=now,
    )


def find_asset(data: bytes) -> Asset | None:
    """Find the asset that was made of these very bytes."""
    return Asset.objects.filter(checksum=checksum_of(data)).first()


def store_picture(
    *,
    picture: Picture,
    actor: User | None,
    focal_x: float = 0.5,
    focal_y: float = 0.5,
    now: datetime | None = None,
    **given: Unpack[Words],
) -> Asset:
    """Store a clean picture as ``store_upload`` does."""
    words = _checked_words(**given)
    _check_focal_point(focal_x, focal_y)
    asset = Asset(
        **words,
        focal_x=focal_x,
        focal_y=focal_y,
        checksum=picture.checksum,
        bytes=len(picture.data),
        uploaded_by=actor,
        uploaded_at=now or timezone.now(),
    )
    stem = make_slug(asset.title, max_length=60)
    name = f"{stem}-{picture.checksum[:10]}{picture.suffix}"
    # without a name of its own, Django takes it for no file and forgets the size
    asset.file.save(name, ContentFile(picture.data, name=name), save=False)
    try:
        _insert(asset, words, actor)
    except BaseException as error:
        asset.file.storage.delete(asset.file.name or "")
        if isinstance(error, IntegrityError) and (
            twin := Asset.objects.filter(checksum=picture.checksum).first()
        ):
            return twin
        raise
    return asset


@transaction.atomic
def _insert(asset: Asset, words: Words, actor: User | None) -> None:
    asset.save(force_insert=True)
    queue_renditions(asset=asset, now=asset.uploaded_at)
    record(code="asset.stored", subject=asset, actor=actor, after={**words}, at=asset.uploaded_at)


def describe_asset(*, asset: Asset, actor: User | None, **given: Unpack[Words]) -> Asset:
    """Change the words of a picture; raises UploadRefused beside the field that is wrong."""
    words = _checked_words(**given)
    with transaction.atomic():
        stored = Asset.objects.values(*words).get(pk=asset.pk)
        changed = {name: value for name, value in words.items() if stored[name] != value}
        if changed:
            Asset.objects.filter(pk=asset.pk).update(**changed)
            before = {name: stored[name] for name in changed}
            record(code="asset.described", subject=asset, actor=actor, before=before, after=changed)
    asset.refresh_from_db()
    return asset


def set_focal_point(
    *, asset: Asset, x: float, y: float, actor: User | None, now: datetime | None = None
) -> Asset:
    """Move the point that every cut keeps in sight, and queue the renditions that cut."""
    _check_focal_point(x, y)
    moment = now or timezone.now()
    with transaction.atomic():
        stored = Asset.objects.values("focal_x", "focal_y").get(pk=asset.pk)
        wanted = {"focal_x": x, "focal_y": y}
        if stored != wanted:
            Asset.objects.filter(pk=asset.pk).update(**wanted)
            asset.refresh_from_db()
            queue_renditions(asset=asset, now=moment)
            record(
                code="asset.focal_point_moved",
                subject=asset,
                actor=actor,
                before={**stored},
                after=wanted,
                at=moment,
            )
    return asset


def _checked_words(title: str, alt_text: str, decorative: bool, credit: str) -> Words:
    words = Words(
        title=clean_line(title),
        alt_text=clean_line(alt_text),
        decorative=decorative,
        credit=clean_line(credit),
    )
    if not words["title"]:
        raise UploadRefused("Give the picture a title, so that others find it.", "title")
    if not words["alt_text"] and not decorative:
        raise UploadRefused(NO_ALT_TEXT, "alt_text")
    for name, limit in (("title", 200), ("alt_text", 500), ("credit", 200)):
        if len(str(words.get(name))) > limit:
            raise UploadRefused(f"This is too long; {limit} signs fit.", name)
    return words


def _check_focal_point(x: float, y: float) -> None:
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise FocalPointRefused(FocalPointRefused.__doc__)


# --- renditions -------------------------------------------------------------------------------


def queue_renditions(*, asset: Asset, now: datetime) -> None:
    """Make a pending row for every size that the picture lacks; a job does the rest."""
    Rendition.objects.bulk_create(
        [
            Rendition(asset=asset, name=name, key=key_of(asset, spec), next_try_at=now)
            for name, spec in SPECS.items()
        ],
        ignore_conflicts=True,
    )


def retry_renditions(*, asset: Asset, now: datetime) -> int:
    """Give the failed renditions of a picture three more tries; returns how many there are."""
    return asset.renditions.failed().update(
        state=RenditionState.PENDING, tries=0, next_try_at=now, error=""
    )


def make_due_renditions(*, now: datetime, limit: int = 20) -> int:
    """Make up to ``limit`` renditions that are due; returns how many came out."""
    due = list(Rendition.objects.due(now).values_list("pk", flat=True)[:limit])
    return sum(_try_rendition(pk, now) for pk in due)


def _try_rendition(pk: int, now: datetime) -> bool:
    claimed = Rendition.objects.due(now).filter(pk=pk)
    if not claimed.update(next_try_at=now + CLAIM, tries=F("tries") + 1):
        return False
    rendition = Rendition.objects.select_related("asset").filter(pk=pk).first()
    if rendition is None:
        return False
    try:
        return _make_rendition(rendition)
    except Exception as error:
        logger.exception("rendition %s of asset %s failed", rendition.name, rendition.asset_id)
        _note_failure(rendition, f"{type(error).__name__}: {error}", now)
        return False


def _make_rendition(rendition: Rendition) -> bool:
    asset, spec = rendition.asset, SPECS.get(rendition.name)
    if spec is None or rendition.key != key_of(asset, spec):
        # nobody asks for it any more: the focal point moved, or the size is gone
        rendition.delete()
        return False
    if rendition.tries > MAX_TRIES:
        raise RenditionGivenUp(RenditionGivenUp.__doc__)
    with asset.file.open("rb") as source, Image.open(source) as image:
        drawn = draw(image, spec, asset.focal_x, asset.focal_y)
    stem = make_slug(asset.title, max_length=60)
    rendition.file.save(
        f"{stem}-{rendition.name}-{rendition.key}{spec.suffix}",
        ContentFile(encode_for(drawn, spec)),
        save=False,
    )
    # whoever claimed it after us, because we were slow, has counted one try more
    kept = Rendition.objects.filter(pk=rendition.pk, tries=rendition.tries).update(
        state=RenditionState.READY,
        file=rendition.file.name,
        width=drawn.width,
        height=drawn.height,
        error="",
    )
    if not kept:
        rendition.file.storage.delete(rendition.file.name or "")
    return bool(kept)


def _note_failure(rendition: Rendition, error: str, now: datetime) -> None:
    ours = Rendition.objects.filter(pk=rendition.pk, tries=rendition.tries)
    if rendition.tries >= MAX_TRIES:
        ours.update(state=RenditionState.FAILED, error=error[:300])
    else:
        ours.update(next_try_at=now + BACK_OFF[rendition.tries - 1], error=error[:300])
