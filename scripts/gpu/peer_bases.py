"""The base models of the measurements, and what PyTorch says of itself and of the card.

usage: peer_bases.py COMPACT FOLDER DEVICE [--small]
Writes into FOLDER `compact`, in single precision as the peer reads it, and `bert-base`, a BERT of the sizes of
bert-base-uncased with random weights and the compact model's vocabulary. With --small both are tiny: that only shows
that all runs. Prints a JSON line with versions, and one with the card's ceiling: multiplications and additions a second
of a large product in bfloat16.
"""
import json, shutil, sys
from pathlib import Path
import torch, transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from peer_products import seconds_of


def random(compact, folder, config):
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    for name in ("vocab.txt", "tokenizer.json"):
        shutil.copy(compact / name, folder / name)


def widened(compact, folder):
    shutil.copytree(compact, folder)
    weights = load_file(compact / "model.safetensors")
    single = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    save_file(single, folder / "model.safetensors", metadata={"format": "pt"})


def ceiling(device):
    size = 1024 if device == "cpu" else 8192
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    return 2 * size ** 3 / seconds_of(left, right)


def main():
    compact, folder, device = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    card = "the processor" if device == "cpu" else torch.cuda.get_device_name()
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, {card}"
    print(json.dumps({"versions": versions}), flush=True)
    if "--small" in sys.argv:
        tiny = BertConfig(hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128)
        for name in ("compact", "bert-base"):
            random(compact, folder / name, tiny)
    else:
        widened(compact, folder / "compact")
        random(compact, folder / "bert-base", BertConfig())
    print(json.dumps({"ceiling": ceiling(device)}), flush=True)


main()
