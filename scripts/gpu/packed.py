"""What lies in the pack beside these scripts."""
import csv, gzip, random, shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMPACT = HERE / "base" / "compact"


def table(home):
    """The packed table, unpacked into a folder, and its separator."""
    path = Path(home) / "table.csv"
    with gzip.open(HERE / "table.csv.gz", "rb") as packed, path.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    with path.open(encoding="utf-8") as lines:
        header = lines.readline()
    return path, ";" if header.count(";") > header.count(",") else ","


def sampled(table, separator, count):
    """The table with so many of its articles, drawn by chance but always the same ones, beside it."""
    with table.open(encoding="utf-8", newline="") as lines:
        header, *articles = csv.reader(lines, delimiter=separator)
    path = table.with_name("sample.csv")
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output, delimiter=separator)
        writer.writerow(header)
        writer.writerows(random.Random(0).sample(articles, min(count, len(articles))))
    return path
