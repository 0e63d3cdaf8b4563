"""Paper rectification: a hazard found after a case near it was closed, of the same layer and kind.

One declaration for every layer that has places; a layer names its own by `rule_of`.
"""

from collections.abc import Iterator
from itertools import islice

from geodata.closed_cases import TABLE
from geodata.model import Overlay, Title
from geodata.schema import Column
from layers.law import OURS, Law
from layers.records import Row, rows_of
from layers.rule import Ask, Asked, Filter, Hit, Judge, Need, Outcome, Parameter, Rule


def _judge_of(layer: str) -> Judge:
    def judge(asked: Asked) -> Iterator[Hit]:
        """Yield hazards that came, or came again, after a case near them was closed."""
        closed = {
            one["id"]: one for one in rows_of(asked.tables["closed"]) if one["layer"] == layer
        }
        met = asked.answers["near"]
        pairs = met[met["second_id"].isin(closed)].sort_values(["distance_m", "second_id"])
        near: dict[str, list[tuple[Row, float]]] = {}
        told = pairs[["first_id", "second_id", "distance_m"]].itertuples(index=False)
        for first, second, distance_m in told:
            near.setdefault(first, []).append((closed[second], float(distance_m)))
        for hazard in rows_of(asked.answers["hazards"]):
            back = (_back(hazard, *one) for one in near.get(hazard["id"], ()))
            yield from islice((hit for hit in back if hit), 1)  # the nearest case

    return judge


def _back(hazard: Row, before: Row, distance_m: float) -> Hit | None:
    """Return the hit of a hazard near that of a closed case, if it came later and is like it."""
    is_itself = hazard["id"] == before["hazard"]
    came_on = hazard["relapsed_on"] if is_itself else hazard["relapsed_on"] or hazard["found_on"]
    kinds = _kinds(hazard) & _kinds(before)
    if came_on is None or came_on <= before["closed_on"] or not kinds:
        return None
    return Hit(
        "back",
        (("hazards", str(hazard["id"])), ("closed", str(before["id"]))),
        (
            ("came_on", came_on),
            ("case_id", before["case_id"]),
            ("closed_on", before["closed_on"]),
            ("agency", before["agency"]),
            ("distance_m", round(distance_m, 1)),
            ("kinds", ";".join(sorted(kinds))),
        ),
    )


def _kinds(row: Row) -> set[str]:
    return set(row["hazard_kinds"].split(";")) - {""}


def rule_of(layer: str, kinds: dict[str, Title]) -> Rule:
    """Return the rule of one layer, whose hazard codes are `kinds`."""
    return Rule(
        id=f"back_after_closing_{layer}",
        version="1",
        layer=layer,
        title=Title("结案后同类隐患（纸面整改）", "Hazards back after closing"),
        point=Title(
            "行政机关整改是否只停留在回复文书；结案后同类问题是否反弹，是否需要跟进监督",
            "Whether rectification went beyond the letter of reply; whether the same kind of "
            "hazard came back after the case was closed and supervision must go on",
        ),
        needs=(Need("hazards", layer), Need("closed", TABLE, fresh_months=1)),
        questions=(
            Ask("hazards", Filter("hazards", ("hazard_kinds",))),
            Ask("near", Overlay("hazards", "closed", "near"), within="near_m"),
        ),
        judge=_judge_of(layer),
        outcomes=(
            Outcome(
                "back",
                Title("结案后同类隐患", "Back after closing"),
                Title(
                    "案件 {case_id} 于 {closed_on} 办结（{agency}），其后 {came_on} "
                    "在 {distance_m} 米处发现同类隐患（{kinds}），请核对整改是否落实",
                    "Case {case_id} was closed on {closed_on} ({agency}); on {came_on} the same "
                    "kind of hazard ({kinds}) was found {distance_m} m away; check whether it was "
                    "put right",
                ),
                severity="major",
            ),
        ),
        facts=(
            Column("came_on", Title("发现或反弹日期", "Found or back on"), "date"),
            Column("case_id", Title("案号", "Case")),
            Column("closed_on", Title("结案日期", "Closed on"), "date"),
            Column("agency", Title("行政机关", "Agency")),
            Column("distance_m", Title("相距", "Apart"), "number", unit="m"),
            Column("kinds", Title("同类隐患", "Kinds in common"), "codes", codes=kinds),
        ),
        parameters=(
            Parameter(
                "near_m",
                Title("相距不超过", "Apart, at most"),
                default=200,
                minimum=5,
                maximum=2000,
                unit="m",
                source=OURS,
                step=5,
            ),
        ),
        legal_basis=(
            Law(
                Title("人民检察院公益诉讼办案规则 第77、80条", "Case-handling Rules, art. 77, 80"),
                "confirmed",
            ),
        ),
    )
