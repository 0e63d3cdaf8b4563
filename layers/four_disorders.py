"""The four disorders of rivers (河湖“四乱”), as the notice of 2018 names them."""

from geodata.model import Title

FOUR_DISORDERS = {
    "occupy": Title("乱占", "Unlawful occupation"),
    "dig": Title("乱采", "Unlawful extraction"),
    "pile": Title("乱堆", "Unlawful dumping"),
    "build": Title("乱建", "Unlawful building"),
}
