"""The peer for classification on a card: PyTorch in bfloat16, batches of texts of like length, tokenising included.

usage: classify_reference_card.py CSV MODEL_DIR [--rows N] [--batch 128] [--max-length 512] [--sep ';'] [--device cuda|cpu]
Prints one JSON line.
"""
import argparse, json, time
import numpy as np, pandas as pd, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("csv")
    parser.add_argument("model")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--sep", default=";")
    parser.add_argument("--device", default="cuda")
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.csv, sep=arguments.sep)
    texts = (table["title"].fillna("") + " " + table["abstract"].fillna("")).str.strip().tolist()
    if arguments.rows:
        texts = (texts * (arguments.rows // len(texts) + 1))[:arguments.rows]
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForSequenceClassification.from_pretrained(arguments.model, torch_dtype=torch.bfloat16)
    model = model.to(arguments.device).eval()

    def classify(texts):
        encoded = tokenizer(texts, truncation=True, max_length=arguments.max_length)["input_ids"]
        order = np.argsort([-len(ids) for ids in encoded], kind="stable")
        answers = []
        with torch.inference_mode():
            for first in range(0, len(order), arguments.batch):
                batch = tokenizer.pad({"input_ids": [encoded[row] for row in order[first:first + arguments.batch]]},
                                      return_tensors="pt")
                answers.append(model(**batch.to(arguments.device, non_blocking=True)).logits)
        return torch.cat(answers).float().cpu()

    classify(texts[:1000])
    began = time.time()
    classify(texts)
    print(json.dumps(dict(peer="torch-bf16", rows=len(texts), rows_s=round(len(texts) / (time.time() - began), 1))))


main()
