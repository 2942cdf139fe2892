"""Cuts the two weights of Inter that charts are drawn with down to the characters they need.

Usage (see README.md): python subset.py FOLDER_WITH_INTER_OTF FOLDER_TO_WRITE_TO

- Keeps the characters of European languages in Latin and Greek script, and a few signs.
- Digits become tabular (feature `tnum`), because plotters applies no OpenType features and the
  numbers of a chart have to stand under one another.
- The family gets a name of its own: this cut is not what its authors publish as Inter.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Etiqueta Sans"
WEIGHTS = {"Regular": ("Regular", 400), "SemiBold": ("SemiBold", 600)}
RANGES = [
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x017F),  # Latin-1, Latin Extended-A
    (0x0218, 0x021B),  # Romanian
    (0x0384, 0x03CE),  # Greek
    (0x1E9E, 0x1E9E),  # capital sharp s
    (0x2010, 0x2015),  # hyphens and dashes
    (0x2018, 0x201E),  # quotation marks
    (0x2070, 0x2079),  # superscripts
    (0x2080, 0x2089),  # subscripts
    (0x2190, 0x2193),  # arrows
]
SIGNS = "‹›†‡•…‰′″€™−×÷·≈≠≤≥±∞√∑∂µΩ∆◊\u2009\u202f"


def cut(source: Path, target: Path, style: str, weight: int) -> None:
    font = TTFont(source)
    tabular = {}
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                    tabular.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        for code in list(map(ord, "0123456789.,:+-−")):
            if code in table.cmap:
                table.cmap[code] = tabular.get(table.cmap[code], table.cmap[code])

    wanted = {code for first, last in RANGES for code in range(first, last + 1)}
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.glyph_names = False
    options.drop_tables += ["GDEF", "GPOS", "GSUB"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted | set(map(ord, SIGNS)))
    cutter.subset(font)

    file_name = f"{FAMILY}-{style}".replace(" ", "")
    for identifier, value in {
        1: FAMILY if style == "Regular" else f"{FAMILY} {style}",
        2: "Regular",
        3: f"{file_name}, cut from Inter",
        4: f"{FAMILY} {style}",
        6: file_name,
    }.items():
        font["name"].setName(value, identifier, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [file_name]
    top[0].FullName = f"{FAMILY} {style}"
    top[0].FamilyName = FAMILY
    font["OS/2"].usWeightClass = weight
    # Same input, same bytes.
    font.recalcTimestamp = False
    font.save(target / f"{file_name}.otf")


if __name__ == "__main__":
    folder, target = map(Path, sys.argv[1:])
    for name, (style, weight) in WEIGHTS.items():
        cut(folder / f"Inter-{name}.otf", target, style, weight)
