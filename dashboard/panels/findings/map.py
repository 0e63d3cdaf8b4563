"""The map of findings: signs by severity and decision; of the open one, what it rests on."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from dashboard.doors.visitors import my_pass
from dashboard.naming import Naming
from dashboard.panels.map_panel import map_words, put_on_map
from dashboard.reads import DataState
from dashboard.routes.shown import hand_over
from dashboard.session import MapEvent
from geodata import Settings
from geodata.model import Ring
from layers.dossier import STATES, Standing
from layers.drawing.finding_signs import legend_of, shapes_of, spots_of
from layers.drawing.webmap import GoTo, build_spots
from layers.evidence_rows import Evidence
from layers.rule import Rule

HEIGHT_PX = 372


def show_finding_map(
    found: Sequence[Standing],
    evidence: Evidence | None,
    rules: Mapping[str, Rule],
    names: Naming,
    *,
    state: DataState,
    settings: Settings,
    opened: str,
    within: Ring,
    go_to: GoTo | None,
    on_event: Callable[[MapEvent], None],
) -> None:
    """Show findings on the map, which tells when one is clicked or an area drawn.

    The open one is drawn with its rows.
    """
    city, words = names.city, map_words(names, state, settings)
    states = {one: names.word(f"findings.state.{one}") for one in STATES}
    measured = {one: names.word(f"findings.measured.{one}") for one in ("area_m2", "distance_m")}
    group = build_spots(
        spots_of(found, rules, names.language),
        city,
        legend=legend_of(
            found,
            states,
            severity_title=names.word("findings.legend_severity"),
            state_title=names.word("findings.legend_state"),
            language=names.language,
        ),
        words=words,
        language=names.language,
        go_to=go_to,
        shapes=[] if evidence is None else shapes_of(evidence, measured),
        selected=[f"finding:{opened}"] if opened else [],
        within=within,
        hand_over=partial(hand_over, leave=my_pass()),
    )
    put_on_map(
        group,
        city,
        words,
        settings,
        key=f"finding-map-{names.language}",
        height_px=HEIGHT_PX,
        on_event=on_event,
    )
