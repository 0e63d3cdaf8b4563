"""A small day of visits, and its return written by hand, for the tests of packs and returns."""

import hashlib
import io
import json
import zipfile
from datetime import date

from geodata.city import open_city
from geodata.model import Title
from layers.checklists import read_checklist
from layers.imprint import imprint_of
from layers.return_pack import issued_of
from layers.visit_pack import PackPlan, PackStop, canonical, vectors_around

DAY = date(2025, 12, 18)
AS_OF = date(2025, 12, 17)
LAYERS = ("charging_stations", "river_segments", "relics")
STATION, RIVER, RELIC = "charging_stations:S1", "river_segments:R1", "relics:T1"
JPG = b"\xff\xd8\xff\xe0 no real picture, yet its first bytes are one's"
PNG = b"\x89PNG\r\n\x1a\n signature"


def checklists():
    return {layer: read_checklist(layer) for layer in LAYERS}


def stop(ref, order, name, place, **facts):
    layer = ref.partition(":")[0]
    return PackStop(ref, order, layer, Title(layer, layer), name, place, **facts)


def a_plan(version=1, officers=("甲", "乙"), stops=None):
    stops = stops or (
        stop(
            STATION,
            1,
            "</script><b>虚构</b>站",
            (103.62, 36.1),
            arrive="09:10",
            leave="09:40",
            facts=((Title("隐患", "Hazards"), Title("未备案", "Not filed")),),
            cases=("LZ-XG-1",),
            known=(("status", "open"), ("case:LZ-XG-1", "3")),
            is_demonstration=True,
        ),
        stop(RIVER, 2, "虚构河段", (103.64, 36.11), known=(("status", "open"),)),
        stop(RELIC, 3, "虚构遗址", None),
    )
    imprint = imprint_of(open_city(), AS_OF, "r7", is_demonstration=True)
    office = Title("西固区院", "Xigu")
    return PackPlan("plan-1", version, "A", DAY, office, officers, stops, imprint)


def vectors(plan):
    names = {one.id: one.short for one in open_city().jurisdictions}
    return vectors_around([one.place for one in plan.stops], names=names)


def content(**answers):
    told = {"result": "found", "inquest_place": "院内", "course": "所见", **answers}
    return {
        "answers": {"collector_1": "甲", "collector_2": "乙", **told},
        "methods": {},
        "photos": [],
        "notes": "",
        "position": {"lon": "103.620100", "lat": "36.100000", "source": "device"},
        "started_at": "2025-12-18T09:12",
        "ended_at": "2025-12-18T09:35",
    }


def sha(data):
    return hashlib.sha256(data).hexdigest()


def photo(data=JPG, question="overview_photo", name="a.jpg"):
    return {"question": question, "sha256": sha(data), "name": name, "kind": "jpg"}


def signed(told, *roles):
    over = sha(canonical(told))
    return [{"role": role, "sha256": sha(PNG), "signed_at": "", "over": over} for role in roles]


def parts_of(plan, stops, files=(), **header):
    """Return the parts of a return: `stops` are (ref, content, signatures)."""
    issued = issued_of(plan)
    pack = {"id": issued.pack_id, "plan_id": issued.plan_id}
    head = {"format": "pim-visit-return", "format_version": "1", "pack": pack, **header}
    parts = {"pack.json": canonical(head)}
    for at, (ref, told, signatures) in enumerate(stops, start=1):
        record = {"ref": ref, "content": told, "signatures": signatures}
        parts[f"stops/{at:03d}.json"] = canonical(record)
    for data in files:
        kind = "png" if data.startswith(b"\x89PNG") else "jpg"
        parts[f"files/{sha(data)}.{kind}"] = data
    return parts


def zipped(parts, sums=None):
    listed = parts if sums is None else sums
    lines = "".join(f"{sha(data)}  {name}\n" for name, data in listed.items())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in {**parts, "sha256sums.txt": lines.encode()}.items():
            archive.writestr(name, data)
    return file.getvalue()


def a_return(plan, **changes):
    """Return the file of a day on which the station was visited, photographed and signed."""
    told = {**content(), "photos": [photo()], **changes}
    stops = [(STATION, told, signed(told, "collector_1", "collector_2"))]
    return zipped(parts_of(plan, stops, [JPG, PNG]))


def data_of(page):
    """Return the data that a pack's page carries."""
    text = page.decode().partition('id="pack">')[2].partition("</script>")[0]
    return json.loads(text)
