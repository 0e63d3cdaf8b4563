"""What each agreement and contradiction is worth, in bits, and what it is called.

A bit doubles or halves the odds that two rows are one thing; those of all parts and START are
added up. The same sum gives the chance: 0 bits are one to one, 7 bits 128 to 1. How the numbers
came about, and how they are held against labelled pairs, stands in docs/decisions/0019.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from geodata.model import Title


@dataclass(frozen=True)
class Weight:
    """The bits of one level of a part, with its name."""

    bits: float
    title: Title


START = -6.0
"""The odds before anything is compared: of all pairs that are looked at, one in 64 is one thing."""

PARTS: Mapping[str, Title] = {
    "distance": Title("距离", "Distance"),
    "name": Title("名称", "Name"),
    "landmark": Title("地标", "Landmark"),
    "venue": Title("场所类型", "Sort of place"),
    "mark": Title("分区、分期、编号", "Part, phase or number"),
    "address": Title("地址", "Address"),
    "operator": Title("运营单位", "Operator"),
    "phone": Title("电话", "Telephone"),
    "locality": Title("区县", "District"),
}

WEIGHTS: Mapping[str, Mapping[str, Weight]] = {
    "distance": {
        "within_30": Weight(5.0, Title("相距不超过30米", "30 m apart at most")),
        "within_80": Weight(3.0, Title("相距30至80米", "30 to 80 m apart")),
        "within_150": Weight(3.0, Title("相距80至150米", "80 to 150 m apart")),
        "within_300": Weight(1.0, Title("相距150至300米", "150 to 300 m apart")),
        "within_600": Weight(-2.0, Title("相距300至600米", "300 to 600 m apart")),
        "within_2000": Weight(-4.0, Title("相距600至2000米", "600 to 2,000 m apart")),
        "beyond": Weight(-8.0, Title("相距超过2000米", "More than 2,000 m apart")),
        "other_datum": Weight(
            2.5,
            Title(
                "其中一处按火星坐标（GCJ-02）换算后相合", "Together once one is taken for GCJ-02"
            ),
        ),
        "unknown": Weight(0.0, Title("至少一处没有位置", "At least one has no place")),
    },
    "name": {
        "equal": Weight(5.0, Title("名称相同", "The same name")),
        "close": Weight(3.0, Title("名称几乎相同", "Nearly the same name")),
        "like": Weight(1.0, Title("名称相近", "A similar name")),
        "some": Weight(-1.0, Title("名称略有相似", "A slightly similar name")),
        "unlike": Weight(-2.0, Title("名称不同", "Another name")),
        "unknown": Weight(0.0, Title("名称无从比较", "No names to compare")),
    },
    "landmark": {
        "told": Weight(2.0, Title("一方地址写有另一方名称", "One's address names the other")),
        "shared": Weight(2.0, Title("两方地址写有同一地标", "Both addresses name one landmark")),
        "none": Weight(0.0, Title("没有共同地标", "No landmark in common")),
    },
    "venue": {
        "agree": Weight(0.0, Title("场所类型相同", "The same sort of place")),
        "contradict": Weight(-1.5, Title("场所类型不同", "Another sort of place")),
        "unknown": Weight(0.0, Title("场所类型不明", "Sort of place not told")),
    },
    "mark": {
        "agree": Weight(2.0, Title("分区、分期或编号相同", "The same part, phase or number")),
        "contradict": Weight(-16.0, Title("分区、分期或编号不同", "Another part, phase or number")),
        "unknown": Weight(0.0, Title("至少一方未写分区", "At least one tells no part")),
    },
    "address": {
        "number_same": Weight(3.0, Title("同路同号", "The same street and number")),
        "number_like": Weight(2.0, Title("同路同号，附号不同", "The same number, another suffix")),
        "number_differs": Weight(-3.5, Title("同路不同号", "The same street, another number")),
        "number_near": Weight(1.0, Title("同路邻号", "The same street, a number nearby")),
        "street_same": Weight(1.5, Title("同路", "The same street")),
        "street_differs": Weight(-2.5, Title("不同路", "Another street")),
        "unknown": Weight(0.0, Title("地址无从比较", "No addresses to compare")),
    },
    "operator": {
        "agree": Weight(5.0, Title("运营单位相同", "The same operator")),
        "contradict": Weight(-11.0, Title("运营品牌不同", "Another operating brand")),
        "differs": Weight(-8.0, Title("运营单位不同", "Another operator")),
        "unknown": Weight(0.0, Title("至少一方未写运营单位", "At least one tells no operator")),
    },
    "phone": {
        "agree": Weight(7.0, Title("电话相同", "The same telephone")),
        "contradict": Weight(-2.0, Title("电话不同", "Another telephone")),
        "unknown": Weight(0.0, Title("至少一方没有电话", "At least one has no telephone")),
    },
    "locality": {
        "agree": Weight(0.0, Title("区县相同", "The same district")),
        "contradict": Weight(-2.0, Title("区县不同", "Another district")),
        "unknown": Weight(0.0, Title("至少一方未写区县", "At least one tells no district")),
    },
}

BACKING: frozenset[tuple[str, str]] = frozenset(
    {
        ("name", "equal"),
        ("name", "close"),
        ("address", "number_same"),
        ("landmark", "told"),
        ("landmark", "shared"),
        ("operator", "agree"),
        ("phone", "agree"),
    }
)
"""What speaks for a pair of which one has no place; two of these must, or a person decides."""
