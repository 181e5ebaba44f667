"""All that is done to pictures: stored whole or not at all, and made into their sizes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack

from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image

from content.audit.actions import record
from content.catalogue.names import make_slug
from content.media.exceptions import FocalPointRefused, RenditionGivenUp, UploadRefused
from content.media.models import Asset, Rendition, RenditionState
from content.media.pictures import Picture, checksum_of, make_picture, read_upload
from content.media.renditions import (
    SPECS,
    SPECS_VERSION,
    Spec,
    draw,
    encode_for,
    key_of,
    open_for,
)
from content.text import clean_line

logger = logging.getLogger(__name__)

NO_ALT_TEXT = _("Say what the picture shows, for those who can't see it; or mark it as decorative.")

# after the first and the second failure; the third is the last
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5))
MAX_TRIES = len(BACK_OFF) + 1
# no rendition takes as long; a worker that died has lost its row by then
CLAIM = timedelta(minutes=2)
# pages that caches and open browsers still hold may link to it
SUPERSEDED_KEPT = timedelta(days=7)


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


def set_licence(
    *, asset: Asset, first: date | None, last: date | None, note: str = "", actor: User | None
) -> Asset:
    """Say from when until when a picture may be shown, both days included; None is open.

    Raises UploadRefused when it would end before it begins.
    """
    wanted = {"licence_from": first, "licence_until": last, "licence_note": clean_line(note)}
    if first and last and last < first:
        raise UploadRefused(gettext("It would end before it begins."), "licence_until")
    with transaction.atomic():
        stored = Asset.objects.select_for_update().values(*wanted).get(pk=asset.pk)
        changed = {name: value for name, value in wanted.items() if stored[name] != value}
        if changed:
            Asset.objects.filter(pk=asset.pk).update(**changed)
            record(
                code="asset.licence_set",
                subject=asset,
                actor=actor,
                before={name: str(stored[name] or "") for name in changed},
                after={name: str(value or "") for name, value in changed.items()},
            )
    asset.refresh_from_db(fields=list(wanted))
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
        raise UploadRefused(gettext("Give the picture a title, so that others find it."), "title")
    if not words["alt_text"] and not decorative:
        raise UploadRefused(str(NO_ALT_TEXT), "alt_text")
    for name, limit in (("title", 200), ("alt_text", 500), ("credit", 200)):
        if len(str(words.get(name))) > limit:
            raise UploadRefused(gettext("This is too long; %d signs fit.") % limit, name)
    return words


def _check_focal_point(x: float, y: float) -> None:
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise FocalPointRefused


# --- renditions -------------------------------------------------------------------------------


def queue_renditions(*, asset: Asset, now: datetime) -> None:
    """Make a pending row for every size that the picture lacks; a job does the rest."""
    keys = {name: key_of(asset, spec) for name, spec in SPECS.items()}
    with transaction.atomic():
        Rendition.objects.bulk_create(
            [
                Rendition(asset=asset, name=name, key=key, next_try_at=now)
                for name, key in keys.items()
            ],
            ignore_conflicts=True,
        )
        asset.renditions.current().exclude(key__in=keys.values()).update(superseded_at=now)
        asset.renditions.filter(key__in=keys.values()).exclude(superseded_at=None).update(
            superseded_at=None, announced=False
        )
        Asset.objects.filter(pk=asset.pk).update(specs_version=SPECS_VERSION)


def queue_missing_renditions(*, now: datetime, limit: int = 100) -> int:
    """Queue what pictures lack since the list of sizes changed; returns how many pictures."""
    behind = list(Asset.objects.queued_for_other(SPECS_VERSION)[:limit])
    for asset in behind:
        queue_renditions(asset=asset, now=now)
    return len(behind)


@transaction.atomic
def retry_renditions(*, asset: Asset, now: datetime, actor: User | None = None) -> int:
    """Give the failed renditions of a picture three more tries; returns how many there are."""
    count = asset.renditions.failed().update(
        state=RenditionState.PENDING, tries=0, next_try_at=now, error=""
    )
    if count:
        record(
            code="asset.sizes_retried", subject=asset, actor=actor, after={"sizes": count}, at=now
        )
    return count


def recall_renditions(*, now: datetime) -> int:
    """Make those due that wait for longer than any pause: a wrong clock put them off."""
    longest = max(BACK_OFF) + CLAIM
    pending = Rendition.objects.filter(state=RenditionState.PENDING)
    return pending.filter(next_try_at__gt=now + longest).update(next_try_at=now)


def make_due_renditions(*, now: datetime, limit: int = 20) -> int:
    """Make up to ``limit`` renditions that are due; returns how many came out.

    A picture is decoded once for all its sizes among them.
    """
    due: dict[int, list[int]] = defaultdict(list)
    for asset_id, pk in Rendition.objects.due(now).values_list("asset_id", "pk")[:limit]:
        due[asset_id].append(pk)
    return sum(_make_renditions(asset_id, pks, now) for asset_id, pks in due.items())


def _make_renditions(asset_id: int, pks: list[int], now: datetime) -> int:
    """Make these of one picture; what goes wrong is kept on their rows."""
    asset = Asset.objects.filter(pk=asset_id).first()
    wanted = _wanted(asset, _claim_renditions(pks, now), now) if asset else []
    if asset is None or not wanted:
        return 0
    try:
        with asset.file.open("rb") as file, open_for(file, map(_spec_of, wanted)) as image:
            # all of them fail together when the picture can't be read
            image.load()
            return sum(_try_rendition(rendition, asset, image, now) for rendition in wanted)
    except Exception as error:
        logger.exception("asset %s can't be read", asset_id)
        for rendition in wanted:
            _note_failure(rendition, error, now)
        return 0


def _claim_renditions(pks: list[int], now: datetime) -> list[Rendition]:
    """Take those that nobody else has taken meanwhile, and count the try."""
    with transaction.atomic():
        free = Rendition.objects.due(now).filter(pk__in=pks).select_for_update(skip_locked=True)
        claimed = list(free)
        Rendition.objects.filter(pk__in=[row.pk for row in claimed]).update(
            next_try_at=now + CLAIM, tries=F("tries") + 1
        )
    for rendition in claimed:
        rendition.tries += 1
    return claimed


def _wanted(asset: Asset, claimed: list[Rendition], now: datetime) -> list[Rendition]:
    """Drop those that nobody asks for any more, and give up those that took workers down."""
    current = {key_of(asset, spec) for spec in SPECS.values()}
    wanted = []
    for rendition in claimed:
        if rendition.key not in current:
            rendition.delete()
        elif rendition.tries > MAX_TRIES:
            _note_failure(rendition, RenditionGivenUp(), now)
        else:
            wanted.append(rendition)
    return wanted


def _spec_of(rendition: Rendition) -> Spec:
    return SPECS[rendition.name]


def _try_rendition(rendition: Rendition, asset: Asset, image: Image.Image, now: datetime) -> bool:
    try:
        return _make_rendition(rendition, asset, image)
    except Exception as error:
        logger.exception("rendition %s of asset %s failed", rendition.name, asset.pk)
        _note_failure(rendition, error, now)
        return False


def _make_rendition(rendition: Rendition, asset: Asset, image: Image.Image) -> bool:
    spec = _spec_of(rendition)
    whole = (asset.width, asset.height)
    drawn = draw(image, spec, asset.focal_x, asset.focal_y, whole=whole)
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


def _note_failure(rendition: Rendition, error: Exception, now: datetime) -> None:
    text = f"{type(error).__name__}: {error}"[:300]
    ours = Rendition.objects.filter(pk=rendition.pk, tries=rendition.tries)
    if rendition.tries >= MAX_TRIES:
        ours.update(state=RenditionState.FAILED, error=text)
    else:
        ours.update(next_try_at=now + BACK_OFF[rendition.tries - 1], error=text)


def announce_renditions(*, tell: Callable[[set[int]], object], limit: int = 50) -> int:
    """Tell whoever shows pictures (by their ids) that sizes came out; returns how many pictures.

    Told at least once: an error in ``tell`` leaves them for the next round.
    """
    fresh = Rendition.objects.unannounced().values_list("asset_id", "pk")
    told: dict[int, list[int]] = defaultdict(list)
    for asset_id, pk in fresh.order_by("asset_id")[: limit * len(SPECS)]:
        told[asset_id].append(pk)
    if told:
        tell(set(told))
        pks = [pk for rows in told.values() for pk in rows]
        Rendition.objects.filter(pk__in=pks).update(announced=True)
    return len(told)


def remove_superseded_renditions(*, now: datetime, limit: int = 200) -> int:
    """Remove the files that another key has replaced long enough ago; returns how many."""
    superseded = Rendition.objects.superseded_before(now - SUPERSEDED_KEPT)
    removed = 0
    for rendition in superseded[:limit]:
        # the row first, unless somebody wants it again by now: a file without a row is harmless
        gone, _ = superseded.filter(pk=rendition.pk).delete()
        removed += gone
        if gone and rendition.file:
            rendition.file.storage.delete(rendition.file.name or "")
    return removed
