from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from content.audit.models import AuditEntry
from content.media import actions
from content.media.actions import describe_asset, store_upload
from content.media.exceptions import FocalPointRefused, UploadRefused
from content.media.models import Asset, Rendition
from content.media.pictures import make_picture
from content.media.renditions import SPECS


def pixels_of(asset: Asset) -> Image.Image:
    with asset.file.open("rb") as source:
        image = Image.open(source)
        image.load()
        return image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and has next to no data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [
        chunk(b"IHDR", header),
        chunk(b"IDAT", zlib.compress(b"\0" * 100)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# --- what is taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "kept"),
    [
        ("JPEG", "a.JPG", ".jpg"),
        ("JPEG", "a.jpeg", ".jpg"),
        ("PNG", "a.png", ".png"),
        ("WEBP", "a.webp", ".webp"),
        ("GIF", "a.gif", ".png"),
    ],
)
def test_the_four_formats_are_taken(make_asset, drawn, encoded, kind, name, kept) -> None:
    asset = make_asset(encoded(drawn(), kind), name)
    asset.refresh_from_db()
    assert (asset.width, asset.height) == (64, 48)
    assert asset.file.name.endswith(kept)
    assert asset.bytes == asset.file.size
    assert len(asset.checksum) == 64


def test_a_stored_picture_has_its_renditions_queued(make_asset, now) -> None:
    asset = make_asset(now=now)
    assert set(asset.renditions.values_list("name", flat=True)) == set(SPECS)
    assert Rendition.objects.due(now).count() == len(SPECS)


def test_the_same_file_twice_is_one_asset(make_asset, stored_files) -> None:
    first, second = make_asset(title="First"), make_asset(title="Second")
    assert first == second
    assert second.title == "First"
    assert len(stored_files()) == 1


@pytest.mark.parametrize(
    ("mode", "kind", "kept"),
    [
        ("1", "PNG", "RGB"),
        ("L", "PNG", "RGB"),
        ("LA", "PNG", "RGBA"),
        ("P", "PNG", "RGB"),
        ("P", "GIF", "RGB"),
        ("RGBA", "PNG", "RGBA"),
        ("RGBA", "WEBP", "RGBA"),
        ("I;16", "PNG", "RGB"),
        ("CMYK", "JPEG", "RGB"),
        ("L", "JPEG", "RGB"),
    ],
)
def test_every_mode_is_kept_as_plain_colours(make_asset, drawn, encoded, mode, kind, kept) -> None:
    image = Image.new(mode, (8, 6)) if mode == "I;16" else drawn(8, 6).convert(mode)
    if mode == "RGBA":
        image.putalpha(100)
    suffix = {"JPEG": "jpg"}.get(kind, kind.lower())
    assert pixels_of(make_asset(encoded(image, kind), f"a.{suffix}")).mode == kept


def test_sixteen_bits_are_scaled_not_cut(make_asset, encoded) -> None:
    grey = Image.new("I;16", (4, 4), 32_768)
    assert pixels_of(make_asset(encoded(grey))).getpixel((1, 1)) == (128, 128, 128)


def test_a_transparent_colour_of_a_palette_stays_transparent(make_asset, encoded) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    assert pixels_of(make_asset(encoded(image, transparency=0))).getpixel((0, 0))[3] == 0


def test_a_turned_photograph_is_stored_upright_without_its_place(
    make_asset, drawn, encoded
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    data = encoded(drawn(64, 48), "JPEG", exif=exif, comment=b"SecretNote", quality=95)
    assert b"SecretCam" in data
    asset = make_asset(data, "photo.jpg")
    assert (asset.width, asset.height) == (48, 64)
    image = pixels_of(asset)
    assert dict(image.getexif()) == {}
    with asset.file.open("rb") as source:
        served = source.read()
    assert b"Secret" not in served
    assert b"Exif" not in served
    # orientation 6: what was at the bottom left is at the top left now
    red, green, blue = image.getpixel((10, 10))
    assert blue > 200
    assert max(red, green) < 60


def test_png_texts_and_profiles_are_not_served(make_asset, drawn, encoded) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "SecretName")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(drawn(), pnginfo=info, icc_profile=profile, dpi=(300, 300))
    image = pixels_of(make_asset(data))
    assert image.info == {}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "L"])
def test_a_profile_for_other_colours_or_a_broken_one_does_no_harm(
    make_asset, drawn, encoded, mode
) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    kind, name = ("JPEG", "a.jpg") if mode == "CMYK" else ("PNG", "a.png")
    for profile in (lab, b"no profile at all"):
        data = encoded(drawn(mode=mode), kind, icc_profile=profile)
        assert pixels_of(make_asset(data, name)).size == (64, 48)


def test_a_picture_of_one_pixel_is_taken(make_asset, drawn, encoded) -> None:
    assert make_asset(encoded(drawn(1, 1))).width == 1


def test_of_a_phones_double_picture_the_photograph_is_kept(make_asset, drawn, encoded) -> None:
    data = encoded(drawn(), "MPO", save_all=True, append_images=[drawn(32, 24)])
    assert make_asset(data, "phone.jpg").width == 64


def test_a_script_inside_a_picture_is_not_served(make_asset, drawn, encoded) -> None:
    data = encoded(drawn(), "GIF", comment=b"*/=1;alert('SecretScript')//") + b"<script>x</script>"
    asset = make_asset(data, "a.gif")
    with asset.file.open("rb") as source:
        served = source.read()
    assert b"script" not in served.lower()


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.png",
        "..\\..\\windows.png",
        "/etc/cron.d/now.png",
        "C:\\boot.png",
        "夜のピアノ.png",
        "ليلة.png",
        "\u202egnp.exe.png",
        "🎷🔥.png",
        "a b'\"<script>&;|`$(x).png",
        "con.png",
        ".png.png",
        "x" * 300 + ".png",
        "null\0byte.png",
    ],
)
def test_whatever_an_upload_is_called_its_file_is_named_by_us(
    make_asset, media_root, stored_files, name
) -> None:
    asset = make_asset(name=name, title=name.replace("\0", "")[:200])
    assert re.fullmatch(r"assets/\d{4}/\d{2}/[a-z0-9-]+\.png", asset.file.name)
    assert (media_root / asset.file.name).is_file()
    assert len(stored_files()) == 1


def test_a_picture_that_is_a_page_as_well_is_served_as_a_picture_alone(
    make_asset, drawn, encoded
) -> None:
    data = encoded(drawn(), "JPEG", comment=b"<html><script>alert(1)</script></html>")
    asset = make_asset(data + b"<html><script>alert(2)</script></html>", "a.jpg")
    with asset.file.open("rb") as source:
        served = source.read()
    assert b"html" not in served
    assert served.endswith(b"\xff\xd9")


# --- what is refused --------------------------------------------------------------------------


def bad_uploads() -> dict[str, tuple[str, bytes]]:
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    files = {}
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"):
        out = io.BytesIO()
        image.save(out, kind)
        files[kind] = out.getvalue()
    moving = io.BytesIO()
    image.save(moving, "GIF", save_all=True, append_images=[image.rotate(90)])
    moving_webp = io.BytesIO()
    image.save(moving_webp, "WEBP", save_all=True, append_images=[image.rotate(90)])
    avif = io.BytesIO()
    image.save(avif, "AVIF")
    heic = b"\0\0\0\x18ftypheic" + bytes(100)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(1_000_000))
    huge_gif = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b";"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    return {
        "empty": ("a.png", b""),
        "text": ("a.jpg", b"Dear editor,\n" * 20),
        "svg": ("a.svg", svg),
        "svg named png": ("a.png", svg),
        "html": ("a.jpg", b"<html><script>alert(1)</script>"),
        "tiff": ("a.tiff", files["TIFF"]),
        "tiff named jpg": ("a.jpg", files["TIFF"]),
        "bmp": ("a.bmp", files["BMP"]),
        "png named jpg": ("a.jpg", files["PNG"]),
        "jpg named exe": ("a.exe", files["JPEG"]),
        "no suffix": ("picture", files["PNG"]),
        "cut png": ("a.png", files["PNG"][: len(files["PNG"]) // 2]),
        "cut jpeg": ("a.jpg", files["JPEG"][: len(files["JPEG"]) // 2]),
        "cut webp": ("a.webp", files["WEBP"][: len(files["WEBP"]) // 2]),
        "cut gif": ("a.gif", files["GIF"][: len(files["GIF"]) // 2]),
        "header alone": ("a.png", files["PNG"][:24]),
        "bomb": ("a.png", png_of_size(100_000, 100_000)),
        "large bomb": ("a.png", png_of_size(10_000, 10_000)),
        "small bomb": ("a.png", png_of_size(8_000, 8_000)),
        "no width": ("a.png", png_of_size(0, 10)),
        "avif": ("a.avif", avif.getvalue()),
        "avif named jpg": ("a.jpg", avif.getvalue()),
        "heic": ("IMG_0001.HEIC", heic),
        "zip bomb named png": ("a.png", packed.getvalue()),
        "gif bomb": ("a.gif", huge_gif),
        "moving gif": ("a.gif", moving.getvalue()),
        "moving webp": ("a.webp", moving_webp.getvalue()),
    }


BAD = bad_uploads()


@pytest.mark.parametrize("case", BAD)
def test_a_bad_upload_is_refused_and_leaves_nothing(make_asset, stored_files, case) -> None:
    name, data = BAD[case]
    with pytest.raises(UploadRefused) as caught:
        make_asset(data, name)
    assert caught.value.field == "upload"
    assert str(caught.value).endswith((".", "WebP or GIF.", "again."))
    assert stored_files() == []
    assert not Asset.objects.exists()
    assert not Rendition.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("bomb", "too many pixels"),
        ("large bomb", "too many pixels"),
        ("small bomb", "up to 60 million"),
        ("cut jpeg", "damaged"),
        ("png named jpg", "must end in .png"),
        ("moving gif", "moves"),
        ("heic", "HEIC picture, as phones make them; export it as JPEG"),
        ("avif named jpg", "AVIF picture"),
        ("zip bomb named png", "JPEG, PNG, WebP or GIF"),
        ("svg", "JPEG, PNG, WebP or GIF"),
        ("empty", "empty"),
    ],
)
def test_a_refusal_says_what_is_wrong(make_asset, case, words) -> None:
    name, data = BAD[case]
    with pytest.raises(UploadRefused, match=words):
        make_asset(data, name)


def test_a_file_over_the_limit_is_refused(make_asset, settings) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    with pytest.raises(UploadRefused, match=r"up to 0\.0001 MB"):
        make_asset()


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("alt_text", {"alt_text": " "}),
        ("alt_text", {"alt_text": "x" * 501}),
        ("title", {"title": ""}),
        ("title", {"title": "x" * 201}),
        ("credit", {"credit": "x" * 201}),
    ],
)
def test_missing_or_long_words_are_refused_beside_their_field(
    make_asset, stored_files, field, fields
) -> None:
    with pytest.raises(UploadRefused) as caught:
        make_asset(**fields)
    assert caught.value.field == field
    assert stored_files() == []


def test_a_decorative_picture_needs_no_words(make_asset) -> None:
    assert make_asset(alt_text="", decorative=True).pk


@pytest.mark.parametrize("x", [-0.1, 1.1, float("nan")])
def test_a_focal_point_outside_is_refused(make_asset, x) -> None:
    with pytest.raises(FocalPointRefused):
        make_asset(focal_x=x)


def test_a_row_that_can_not_be_written_takes_its_file_along(
    make_asset, stored_files, monkeypatch
) -> None:
    def broken(**_: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(actions, "queue_renditions", broken)
    with pytest.raises(DatabaseError):
        make_asset()
    assert stored_files() == []
    assert not Asset.objects.exists()


def test_of_two_uploads_at_once_the_later_gets_the_first_ones_asset(
    make_asset, drawn, encoded, stored_files
) -> None:
    first = make_asset()
    picture = make_picture(encoded(drawn()), "a.png")
    words = {"title": "T", "alt_text": "A", "decorative": False, "credit": ""}
    assert actions.store_picture(picture=picture, actor=None, **words) == first
    assert len(stored_files()) == 1


def test_describing_a_picture_keeps_what_it_said_before(make_asset, editor) -> None:
    asset = make_asset()
    words = {"title": "Better", "alt_text": "Quarters", "decorative": False, "credit": "Ada"}
    describe_asset(asset=asset, actor=editor, **words)
    entry = AuditEntry.objects.about(asset).newest_first()[0]
    assert asset.title == "Better"
    assert entry.before == {"title": "T", "credit": ""}
    assert entry.after == {"title": "Better", "credit": "Ada"}


# --- anything at all --------------------------------------------------------------------------


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real picture with some bytes changed, cut out or put in, perhaps cut short."""
    kind, suffix = draw(
        st.sampled_from([("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"), ("GIF", "gif")])
    )
    mode = draw(st.sampled_from(["RGB", "L", "CMYK"] if kind == "JPEG" else ["RGB", "P", "RGBA"]))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((9, 7)).convert("RGB").convert(mode)
    image.save(out, kind, **({} if kind == "GIF" else {"exif": exif}))
    data = bytearray(out.getvalue())
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["set", "set", "cut", "add"])):
            case "set":
                data[place] = draw(st.integers(0, 255))
            case "cut":
                del data[place : place + draw(st.integers(1, 4))]
            case _:
                data[place:place] = draw(st.binary(max_size=4))
    if draw(st.booleans()):
        data = data[: draw(st.integers(0, len(data)))]
    return f"a.{suffix}", bytes(data)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mangled())
def test_a_mangled_picture_is_stored_whole_or_refused_without_a_trace(
    db, stored_files, upload
) -> None:
    name, data = upload
    before = (Asset.objects.count(), Rendition.objects.count(), stored_files())
    try:
        asset = store_upload(upload=SimpleUploadedFile(name, data), title="T", alt_text="A")
    except UploadRefused:
        assert before == (Asset.objects.count(), Rendition.objects.count(), stored_files())
    else:
        assert pixels_of(asset).mode in {"RGB", "RGBA"}
