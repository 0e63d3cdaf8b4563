"""How evidence is spoken of: kinds, times with their zone, places, what is lacking, who, how."""

from base64 import b64encode
from datetime import datetime
from html import escape

from dashboard.desks import evidence as evidence_desk
from dashboard.naming import Naming
from dashboard.text import say_error
from geodata import GeodataError
from geodata.errors import BadEvidence
from geodata.evidence_needs import need_for
from geodata.evidence_store import MISSING, UNKNOWN, EvidenceFacts, EvidenceItem
from geodata.lifecycle import OFFICE_TIME
from geodata.photographs import Comparison

NOTHING = "—"
SHORT_HASH = 12
BYTES_PER_MB, BYTES_PER_KB = 10**6, 10**3
ACCESS_CLASSES = ("P4", "P3", "P2", "P1", "P0", "P5")
"""Classes in the order in which they are offered: photographs of a site first."""

SIGNS = {
    "application/pdf": "PDF",
    "application/zip": "ZIP",
    "text/plain": "TXT",
    "image/heic": "HEIC",
    "image/heif": "HEIF",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "audio/mpeg": "MP3",
    "audio/wav": "WAV",
    "application/octet-stream": "?",
}
"""What stands in the place of a picture, by the kind of the content."""


def say_name(item: EvidenceItem) -> str:
    """Return number and name of an item."""
    return f"{item.number} · {item.facts.original_filename}"


def say_taken(facts: EvidenceFacts, names: Naming) -> str:
    """Return when something was captured, its zone named; missing said as missing."""
    if facts.captured_at is None:
        return names.shared_word("evidence_states", MISSING)
    at = facts.captured_at.strftime("%Y-%m-%d %H:%M:%S")
    if facts.captured_at.tzinfo is None:
        return f"{at} ({names.shared_word('evidence_states', UNKNOWN)})"
    return f"{at} (UTC{facts.captured_zone})"


def say_instant(at: datetime) -> str:
    """Return an instant on the office's clock, its zone named."""
    return f"{at.astimezone(OFFICE_TIME):%Y-%m-%d %H:%M:%S} (UTC+08:00)"


def say_day(facts: EvidenceFacts, names: Naming) -> str:
    """Return the day on which something was captured."""
    if facts.captured_at is None:
        return names.shared_word("evidence_states", MISSING)
    return facts.captured_at.date().isoformat()


def say_source(facts: EvidenceFacts, names: Naming) -> str:
    """Return where a position comes from, or that there is none."""
    if facts.lon is None or facts.lat is None:
        return names.shared_word("evidence_states", MISSING)
    source = names.shared_word("evidence_states", facts.coord_source or MISSING)
    return f"{facts.lon:.6f}, {facts.lat:.6f} · {source}"


def say_collectors(facts: EvidenceFacts, names: Naming) -> str:
    """Return who collected something, and why there were fewer than two."""
    told = names.list_of(facts.collectors) or NOTHING
    return f"{told} ({facts.few_collectors})" if facts.few_collectors else told


def say_proves(facts: EvidenceFacts, names: Naming) -> str:
    """Return what an item proves, and by which purpose."""
    need = need_for(facts.purpose)
    if need is None:
        return facts.purpose or NOTHING
    return f"{names.title(need.proves)} · {say_purpose(facts.purpose, facts.layer, names)}"


def say_purpose(purpose: str, layer: str, names: Naming) -> str:
    """Return what a purpose is called."""
    return names.title(evidence_desk.purpose_title(purpose, layer))


def say_lacks(item: EvidenceItem, names: Naming) -> list[str]:
    """Return what the law asks for at collection and was not told, with its article."""
    return [names.shared_word("evidence_lacks", one) for one in item.lacks]


def say_label(item: EvidenceItem, names: Naming) -> str:
    """Return in which state the bytes are, and whether a picture has EXIF."""
    label = names.shared_word("evidence_labels", item.looked.label)
    if not item.looked.width:
        return label
    exif = names.shared_word("evidence_states", item.looked.exif_state)
    return f"{label} · EXIF {exif}" if names.language == "en" else f"{label} · EXIF：{exif}"


def say_size(size: int) -> str:
    """Return how large something is."""
    if size >= BYTES_PER_MB:
        return f"{size / BYTES_PER_MB:,.1f} MB"
    return f"{size / BYTES_PER_KB:,.1f} KB" if size >= BYTES_PER_KB else f"{size} B"


def say_class(access_class: str, names: Naming) -> str:
    """Return an access class with its meaning."""
    if not access_class:
        return names.word("evidence.class.none")
    return f"{access_class} {names.word(f'evidence.class.{access_class}')}"


def say_comparison(one: Comparison, names: Naming) -> str:
    """Return one thing that comes of holding EXIF against the place of the hazard."""
    facts = {
        "metres": "" if one.metres is None else f"{one.metres:,.0f}",
        "bearing": "" if one.bearing_deg is None else f"{one.bearing_deg:.0f}",
        "minutes": "" if one.seconds is None else f"{one.seconds / 60:+,.0f}",
        "system": one.system.upper().replace("GCJ02", "GCJ-02").replace("BD09", "BD-09"),
    }
    return names.shared_word("evidence_compared", one.kind, **facts)


def is_worth_saying(one: Comparison) -> bool:
    """Return whether a comparison speaks against what was told, or leaves a doubt."""
    return one.contradicts or one.kind in {"shift_suspected", "stop_shift_suspected"}


def say_trouble(trouble: GeodataError, names: Naming) -> str:
    """Return why something was refused, a fact of evidence named as on the screen."""
    if isinstance(trouble, BadEvidence):
        field = str(trouble.facts["field"])
        if field in {"case", "why", "change", "receiver", "box"}:
            return names.word(f"evidence.refused.{field}")
        columns = names.intake_words.sections["evidence_columns"]
        told = {**trouble.facts, "field": columns.get(field, field)}
        return say_error(BadEvidence(**told), names.language)
    return say_error(trouble, names.language)


def sign_of(item: EvidenceItem, *, guarded: bool) -> str:
    """Return what stands in the place of a picture: the kind of the file, or that it is closed."""
    word = "" if guarded else SIGNS.get(item.mime, item.mime.rpartition("/")[2][:5].upper())
    body = (
        '<rect x="60" y="52" width="40" height="34" rx="5" fill="#52606d"/>'
        '<path d="M68 54v-10a12 12 0 0 1 24 0v10" fill="none" stroke="#52606d" stroke-width="6"/>'
        if guarded
        else '<text x="80" y="70" font-family="sans-serif" font-size="30" font-weight="700"'
        f' text-anchor="middle" fill="#52606d">{escape(word)}</text>'
    )
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120" viewBox="0 0 160 120">'
        f'<rect width="160" height="120" fill="#e4e9ee"/>{body}</svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"
