"""Copies a model folder with its weights rounded to bfloat16, of which gzip makes less than of F16. Needs nothing but
Python.

usage: halve.py FROM TO
"""
import json, shutil, sys
from array import array
from pathlib import Path


def rounded(single):
    """The upper halves of values in single precision, rounded to the nearest, ties to even."""
    return array("H", ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 for bits in array("I", single))).tobytes()


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, target / path.name)
    data = (source / "model.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    place, halves = 0, []
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        begin, end = tensor["data_offsets"]
        values = body[begin:end]
        if tensor["dtype"] == "F32":
            values, tensor["dtype"] = rounded(values), "BF16"
        tensor["data_offsets"] = [place, place + len(values)]
        place += len(values)
        halves.append(values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (target / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"".join(halves))


main()
