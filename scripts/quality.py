"""Micro-F1 on all rows and on real rows (no sentence templates) of ../shared/data, of Etiqueta's models and of the
PyTorch peer's predictions, and means and ranges over seeds.

usage: quality.py MODEL_FOLDER... PREDICTIONS.npz...
Model folders hold record.json; predictions are written by notebook_reference.py --probs (then NumPy is needed).
Names that differ only in their last part after "-" are seeds of one setting.
"""
import collections, csv, json, sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "medical-abstracts-rows.csv"


def f1(pairs):
    right = sum(has and gets for has, gets in pairs)
    wrong = sum(has != gets for has, gets in pairs)
    return 2 * right / (2 * right + wrong)


def of_model(folder):
    record = json.loads((folder / "record.json").read_text())
    evaluation = record["test"] or record["validation"]
    labels = len(evaluation["labels"])
    cells = list(zip(evaluation["targets"]["values"], evaluation["scores"]["values"]))
    for index, row in enumerate(evaluation["rows"]):
        of_row = cells[index * labels:(index + 1) * labels]
        yield row, [(has, score >= threshold) for (has, score), threshold in zip(of_row, evaluation["thresholds"])]


def of_predictions(path):
    import numpy
    stored = numpy.load(path)
    for row, has, score in zip(stored["rows"], stored["labels"], stored["probabilities"]):
        yield int(row), [(bool(one), other >= 0.5) for one, other in zip(has, score)]


def main():
    with open(SOURCES, newline="") as file:
        real = [row["source"] == "real" for row in csv.DictReader(file)]
    settings = collections.defaultdict(list)
    for path in map(Path, sys.argv[1:]):
        rows = list(of_predictions(path) if path.suffix == ".npz" else of_model(path))
        everything = f1([cell for _, cells in rows for cell in cells])
        only_real = f1([cell for row, cells in rows if real[row] for cell in cells])
        print(f"{path.stem}: {len(rows)} rows, micro-F1 {everything:.4f}; real rows {only_real:.4f}")
        settings[path.stem.rsplit("-", 1)[0]].append((everything, only_real))
    print("\n| setting | seeds | all rows: mean (range) | real rows: mean (range) |\n| --- | ---: | --- | --- |")
    for name, values in settings.items():
        cells = [f"{sum(part) / len(part):.4f} ({min(part):.4f}–{max(part):.4f})" for part in zip(*values)]
        print(f"| {name} | {len(values)} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main()
