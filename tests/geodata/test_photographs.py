"""What photographs say by themselves, what they are held against, and what no picture survives."""

import io
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from geodata.crs import GEOD, shift_to_bd09, shift_to_gcj02
from geodata.derived_pictures import blurred, cropped, keep_derivative, rotated, shrunk
from geodata.errors import BadEvidence
from geodata.evidence_store import EvidenceFacts, open_evidence
from geodata.photographs import Stop, compare_with_stop, look_at, pair_before_after

NOW = datetime(2025, 12, 17, 1, 2, 3, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
LON, LAT = 103.62, 36.1
ARRIVED = datetime(2025, 12, 17, 9, 0, tzinfo=CHINA)
STOP = Stop("S1", LON, LAT, ARRIVED, ARRIVED + timedelta(hours=1))


def triple(degrees):
    whole = int(abs(degrees))
    minutes = int((abs(degrees) - whole) * 60)
    return (float(whole), float(minutes), (abs(degrees) - whole - minutes / 60) * 3600)


def a_photo(lon=LON, lat=LAT, *, at="2025:12:17 09:30:00", zone="+08:00", bearing=None, gps=None,
            kind="JPEG", size=(64, 48), seed=0, **saved):  # fmt: skip
    """Return a photograph with EXIF; None leaves a field out."""
    picture = Image.new("RGB", size, (seed % 255, 90, 30))
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "某厂", "相机7"
    times = {}
    if at is not None:
        times[ExifTags.Base.DateTimeOriginal] = at
    if zone is not None:
        times[ExifTags.Base.OffsetTimeOriginal] = zone
    exif._ifds[ExifTags.IFD.Exif] = times
    if lon is not None:
        place = {1: "N" if lat >= 0 else "S", 2: triple(lat), 3: "E" if lon >= 0 else "W",
                 4: triple(lon)}  # fmt: skip
        if bearing is not None:
            place |= {16: "T", 17: float(bearing)}
        exif._ifds[ExifTags.IFD.GPSInfo] = place | (gps or {})
    made = io.BytesIO()
    picture.save(made, kind, exif=exif.tobytes(), **saved)
    return made.getvalue()


def looked(content):
    return look_at(io.BytesIO(content))


def kinds(content, stop=STOP):
    return {one.kind for one in compare_with_stop(looked(content), stop)}


def suspected(content):
    found = compare_with_stop(looked(content), STOP)
    return {(one.kind, one.system) for one in found if one.system}


def moved(metres, bearing):
    lon, lat, _ = GEOD.fwd(LON, LAT, bearing, metres)
    return {"lon": lon, "lat": lat}


# ------------------------------------------------------------------------- looking


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_time_zone_place_and_device_are_read_from_exif(kind):
    found = looked(a_photo(bearing=270, kind=kind))
    assert (found.label, found.exif_state, found.mime) == ("sound", "read", f"image/{kind.lower()}")
    assert found.captured_at == datetime(2025, 12, 17, 9, 30, tzinfo=CHINA)
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-6)
    assert found.bearing == 270
    assert "相机7" in found.device or "?" in found.device  # EXIF is ASCII by its standard
    assert json.loads(found.exif)["GPS"]["GPSLatitudeRef"] == "N"


def test_what_is_missing_is_said_and_nothing_is_guessed(tmp_path):
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "JPEG")
    found = looked(plain.getvalue())
    assert (found.exif_state, found.captured_at, found.lon, found.exif) == (
        "missing",
        None,
        None,
        "",
    )
    file = tmp_path / "IMG_20251217_093000.jpg"  # neither the name nor the file's time counts
    file.write_bytes(plain.getvalue())
    store = open_evidence("memory:")
    store.put(file, EvidenceFacts(file.name, "王某", NOW))
    assert store.item(1).facts.captured_at is None
    assert {"captured_at", "place"} <= set(store.item(1).lacks)


def test_a_time_without_zone_stays_without_one():
    assert looked(a_photo(zone=None)).captured_at == datetime(2025, 12, 17, 9, 30)  # noqa: DTZ001
    assert looked(a_photo(at="0000:00:00 00:00:00")).captured_at is None
    assert looked(a_photo(at="yesterday")).captured_at is None


@pytest.mark.parametrize("gps", [{1: ""}, {2: (91.0, 0.0, 0.0)}, {2: (36.0, 0.0)}, {4: 103.0}])
def test_a_place_that_means_nothing_is_missing(gps):
    found = looked(a_photo(gps=gps))
    assert (found.lon, found.lat) == (None, None)
    assert looked(a_photo(lon=0.0, lat=0.0)).lon is None


def test_what_is_told_stands_before_what_exif_says():
    store = open_evidence("memory:")
    facts = EvidenceFacts("a.jpg", "王某", NOW, lon=103.7, lat=36.2, coord_source="rtk", device="7")
    store.put(a_photo(), facts)
    item = store.item(1)
    assert (item.facts.lon, item.facts.coord_source, item.facts.device) == (103.7, "rtk", "7")
    assert item.looked.lon == pytest.approx(LON, abs=1e-6)
    store.put(a_photo(seed=1), EvidenceFacts("b.jpg", "王某", NOW))
    assert store.item(2).facts.coord_source == "exif"


# ------------------------------------------------------------ photographs that are none


def png_of(width, height):
    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


ODD = {
    "empty": (b"", "empty", "application/octet-stream"),
    "text_called_jpg": ("检查情况".encode(), "not_a_picture", "text/plain"),
    "zip_bomb": (b"PK\x03\x04" + b"\0" * 5000, "not_a_picture", "application/zip"),
    "heic": (b"\0\0\0\x18ftypheic" + b"\0" * 64, "not_decoded", "image/heic"),
    "truncated_jpeg": (a_photo(size=(400, 300))[:-600], "truncated", "image/jpeg"),
    "jpeg_of_one_line": (b"\xff\xd8\xff\xe0", "truncated", "image/jpeg"),
    "cut_png": (a_photo(kind="PNG", size=(400, 300))[:-40], "truncated", "image/png"),
    "image_bomb": (png_of(30_000, 30_000), "too_many_pixels", "image/png"),
    "large_png": (png_of(9_000, 9_000), "too_many_pixels", "image/png"),
}


@pytest.mark.parametrize(("content", "label", "mime"), ODD.values(), ids=list(ODD))
def test_whatever_it_is_it_is_kept_and_labelled(content, label, mime):
    store = open_evidence("memory:")
    sha256 = store.put(content, EvidenceFacts("IMG_1.jpg", "王某", NOW))
    item = store.item(1)
    assert (item.looked.label, item.mime) == (label, mime)
    assert store.read(sha256) == content


def test_exif_of_a_truncated_photograph_is_still_read():
    found = looked(a_photo(size=(400, 300))[:-600])
    assert (found.label, found.exif_state) == ("truncated", "read")
    assert found.lon == pytest.approx(LON, abs=1e-6)


@pytest.mark.parametrize(
    ("progressive", "size", "label"),
    [
        (False, (16_320, 12_240), "sound"),  # as phones make them
        (True, (16_320, 12_240), "too_many_pixels"),
        (False, (60_000, 60_000), "too_many_pixels"),
    ],
)
def test_exif_of_a_photograph_of_200_million_pixels_is_read(progressive, size, label):
    content = bytearray(a_photo(progressive=progressive))
    frame = content.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", size[1], size[0])
    found = looked(bytes(content))
    assert (found.label, found.width, found.exif_state) == (label, size[0], "read")
    assert found.lon == pytest.approx(LON, abs=1e-6)


@given(st.data())
def test_no_damage_to_a_photograph_makes_looking_fail(data):
    content = bytearray(a_photo(bearing=10))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(3, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = looked(bytes(content))
    assert found.mime == "image/jpeg"
    assert found.lon is None or abs(found.lon) <= 180
    json.loads(found.exif or "{}")
    EvidenceFacts("a", "b", NOW, exif=found.exif).exif.encode()
    open_evidence("memory:").put(bytes(content), EvidenceFacts("a", "b", NOW))


# ------------------------------------------------------------------ against the stop


def test_a_photograph_taken_there_and_then_agrees():
    assert kinds(a_photo()) == {"place_agrees", "time_agrees"}


def test_contradictions_are_named_with_metres_and_seconds():
    found = compare_with_stop(looked(a_photo(**moved(2000, 10), at="2025:12:17 13:00:00")), STOP)
    by_kind = {one.kind: one for one in found}
    assert set(by_kind) == {"place_differs", "time_differs"}
    assert all(one.contradicts for one in found)
    assert by_kind["place_differs"].metres == pytest.approx(2000, abs=0.5)
    assert by_kind["place_differs"].bearing_deg == pytest.approx(10, abs=0.1)
    assert by_kind["time_differs"].seconds == 3 * 3600
    before = compare_with_stop(looked(a_photo(at="2025:12:17 06:00:00")), STOP)
    assert [one.seconds for one in before if one.kind == "time_differs"] == [-3 * 3600]


def test_missing_and_unclear_are_no_contradictions():
    assert kinds(a_photo(lon=None, at=None)) == {"place_missing", "time_missing"}
    found = compare_with_stop(looked(a_photo(zone=None, at="2025:12:17 20:00:00")), STOP)
    assert {one.kind for one in found} == {"place_agrees", "zone_unknown"}
    assert not any(one.contradicts for one in found)
    assert kinds(a_photo(), Stop("S", LON, LAT)) == {"place_agrees", "stop_time_missing"}
    assert kinds(ODD["heic"][0]) == {"exif_not_read"}


def test_the_doubt_of_gcj02_is_said_in_the_direction_of_the_shift_alone():
    lon, lat = (float(one[0]) for one in shift_to_gcj02(np.array([LON]), np.array([LAT])))
    bearing, _, metres = GEOD.inv(LON, LAT, lon, lat)
    assert 200 < metres < 220  # in Lanzhou: less than elsewhere in China
    assert suspected(a_photo(lon, lat)) == {("shift_suspected", "gcj02")}
    back = a_photo(**moved(metres, bearing + 180))
    assert suspected(back) == {("stop_shift_suspected", "gcj02")}
    lon, lat = (float(one[0]) for one in shift_to_bd09(np.array([LON]), np.array([LAT])))
    assert suspected(a_photo(lon, lat)) == {("shift_suspected", "bd09")}
    for odd in (moved(metres, bearing + 90), moved(metres + 70, bearing), moved(900, bearing)):
        assert kinds(a_photo(**odd)) == {"place_differs", "time_agrees"}


def test_a_clock_that_differs_from_its_own_position_is_named():
    satellite = {29: "2025:12:17", 7: (1.0, 30.0, 0.0)}
    assert "clock_differs" not in kinds(a_photo(gps=satellite))
    assert "clock_differs" in kinds(a_photo(gps=satellite, at="2025:12:17 09:40:00"))


# ---------------------------------------------------------------- before and after


def test_pairs_are_of_one_hazard_one_place_one_direction_and_two_days():
    store = open_evidence("memory:")

    def put(seed, hazard="h:1", **photo):
        facts = EvidenceFacts(f"{seed}.jpg", "王某", NOW, hazard=hazard)
        store.put(a_photo(seed=seed, **photo), facts)

    put(1, at="2025:06:01 09:00:00", bearing=90)
    put(2, at="2025:12:17 09:00:00", bearing=100)  # the pair
    put(3, at="2025:12:17 10:00:00", bearing=300)  # looks the other way
    put(4, at="2025:12:17 09:00:00", bearing=90, **moved(400, 0))  # too far off
    put(5, at="2025:12:17 09:00:00", bearing=90, hazard="h:2")
    put(6, at=None, bearing=90)
    put(7, at="2025:09:01 09:00:00", lon=None)  # nothing is known of the place
    pairs = pair_before_after(store.items())
    told = [(one.before.number, one.after.number, one.unknown) for one in pairs]
    assert told[0] == (1, 2, ())
    assert (pairs[0].days, pairs[0].turned_deg) == (199, pytest.approx(10))
    assert pairs[0].apart_m == pytest.approx(0, abs=0.01)
    assert {(1, 7), (7, 2), (7, 3), (7, 4)} == {one[:2] for one in told[1:]}
    assert all(one[2] == ("place", "bearing") for one in told[1:])
    assert pair_before_after(reversed(store.items())) == pairs


# --------------------------------------------------------------------- derivatives


def a_plate():
    picture = Image.new("RGB", (200, 100), "white")
    for x in range(50, 90, 4):
        picture.paste((0, 0, 0), (x, 40, x + 2, 60))
    made = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "maker"
    picture.save(made, "PNG", exif=exif.tobytes())
    return made.getvalue()


def test_a_blurred_part_is_gone_the_rest_stays_and_exif_does_not_go_along():
    made = Image.open(io.BytesIO(blurred(a_plate(), [(48, 38, 92, 62)])))
    original = Image.open(io.BytesIO(a_plate()))
    assert made.size == original.size
    assert not made.getexif()
    inside = np.asarray(made.convert("L"))[40:60, 50:90]
    assert inside.std() < np.asarray(original.convert("L"))[40:60, 50:90].std() / 2
    assert made.crop((0, 0, 40, 100)).getcolors() == original.crop((0, 0, 40, 100)).getcolors()


def test_copies_are_cropped_and_turned_and_point_at_their_original():
    assert Image.open(io.BytesIO(cropped(a_plate(), (10, 20, 60, 50)))).size == (50, 30)
    assert Image.open(io.BytesIO(rotated(a_plate(), 90))).size == (100, 200)
    store = open_evidence("memory:")
    facts = EvidenceFacts("a.png", "王某", NOW, case="C1", access_class="P4")
    parent = store.put(a_plate(), facts)
    made = cropped(store.read(parent), (10, 20, 60, 50))
    child = keep_derivative(store, store.item(1), made, "cropped", who="李某", at=NOW)
    item = store.items(sha256=child)[0]
    assert (item.facts.derived_from, item.facts.derivation, item.facts.case) == (
        parent, "cropped", "C1",
    )  # fmt: skip
    assert item.facts.access_class == ""
    assert store.read(parent) == a_plate()


@pytest.mark.parametrize("box", [(-1, 0, 5, 5), (0, 0, 900, 5), (5, 5, 5, 9)])
def test_a_box_outside_of_the_picture_and_no_picture_are_refused(box):
    with pytest.raises(BadEvidence):
        cropped(a_plate(), box)
    with pytest.raises(BadEvidence):
        blurred(b"no picture", [(0, 0, 1, 1)])
    with pytest.raises(BadEvidence):
        rotated(a_plate(), 45)


# ------------------------------------------------------------------- for the screen


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_for_the_screen_is_upright_small_and_tells_nothing(kind):
    picture = Image.new("RGB", (400, 100), "#204060")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turned by a quarter
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    made = io.BytesIO()
    picture.save(made, kind, exif=exif)
    with Image.open(io.BytesIO(shrunk(io.BytesIO(made.getvalue()), 200))) as shown:
        assert shown.size == (50, 200)
        assert dict(shown.getexif()) == {}
        assert shown.format == "JPEG"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xd8\xff", a_photo()[:-300]])
def test_what_cannot_be_shown_says_so_and_shows_nothing(content):
    with pytest.raises(BadEvidence):
        shrunk(io.BytesIO(content), 200)
