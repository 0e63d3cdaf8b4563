"""Classes of land: the codes of three schemes, and which kind of land each is for the law."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geodata.model import Title

CLASS_SCHEME = {
    "gb_t_21010_2017": Title("GB/T 21010-2017", "GB/T 21010-2017"),
    "third_survey": Title("第三次全国国土调查", "Third National Land Survey"),
    "land_sea_2023": Title("国土空间用地用海分类（2023）", "Land- and sea-use classes (2023)"),
}

CLASS_CODE = {
    "0101": Title("水田", "Paddy field"),
    "0102": Title("水浇地", "Irrigated land"),
    "0103": Title("旱地", "Dry land"),
    "0201": Title("果园", "Orchard"),
    "0202": Title("茶园", "Tea garden"),
    "0203": Title("橡胶园", "Rubber plantation"),
    "0204": Title("其他园地", "Other garden land"),
    "03": Title("林地", "Forest land"),
    "0401": Title("天然牧草地", "Natural grassland"),
    "0402": Title("沼泽草地", "Marsh grassland"),
    "0403": Title("人工牧草地", "Sown grassland"),
    "0404": Title("其他草地", "Other grassland"),
}
"""Codes of GB/T 21010-2017; the names under 04 are from memory and still to be checked."""

FOREST_CATEGORY = {
    "public_benefit": Title("公益林", "Public-benefit forest"),
    "commercial": Title("商品林", "Commercial forest"),
}

SAME_AS: dict[str, Mapping[str, str]] = {
    "land_sea_2023": {"0402": "0403", "0403": "0404"},
}
"""Codes of another scheme that mean something else in GB/T 21010-2017. From memory, to be checked:
there 0402 is sown grassland and 0403 other grassland."""

CULTIVATED, GARDEN, FOREST = "01", "02", "03"
GRASSLAND = frozenset({"0401", "0402", "0403"})
"""Grassland for the law: 0404 is not agricultural land. From memory, to be checked."""

OTHER = "other"
"""In place of a code that is none of CLASS_CODE."""

AGRICULTURAL = ("cultivated", "grassland", "garden", "forest_public", "forest_commercial", "forest")


def classes_of(rows: pd.DataFrame) -> pd.Series:
    """Return the class of each row by the codes of GB/T 21010-2017, OTHER for one not listed.

    Columns: class_code, and class_scheme where it is another. Forest land is one class.
    """
    codes = rows["class_code"].fillna("").astype("str").str.strip()
    if "class_scheme" in rows.columns:
        schemes = rows["class_scheme"].fillna("").astype("str")
        for scheme, meant in SAME_AS.items():
            codes = codes.where(schemes != scheme, codes.replace(dict(meant)))
    codes = codes.mask(codes.str.startswith(FOREST), FOREST)
    return codes.where(codes.isin(list(CLASS_CODE)), OTHER)


def kinds_of(rows: pd.DataFrame) -> pd.Series:
    """Return which kind of land each row is for the law: one of AGRICULTURAL, or blank for none.

    Codes that are only a group (01) or finer than listed (010201) count with their group.
    """
    codes = rows["class_code"].fillna("").astype("str").str.strip()
    classes = classes_of(rows)
    forest = _column(rows, "forest_category")
    kinds = np.select(
        [
            codes.str.startswith(CULTIVATED),
            classes.isin(list(GRASSLAND)),
            codes.str.startswith(GARDEN),
            codes.str.startswith(FOREST) & (forest == "public_benefit"),
            codes.str.startswith(FOREST) & (forest == "commercial"),
            codes.str.startswith(FOREST),
        ],
        AGRICULTURAL,
        default="",
    )
    return pd.Series(kinds, index=rows.index)


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    if name not in rows.columns:
        return pd.Series("", index=rows.index)
    return rows[name].fillna("").astype("str")
