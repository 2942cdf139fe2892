"""PyTorch's time for products of matrices in bfloat16, the peer of `operations`: taken in the same way, by the clock,
around ten products and the wait for them.

usage: peer_products.py DEVICE PRODUCTS
PRODUCTS is a list in JSON of [rows, columns, inner size, how both operands lie]. Prints one JSON line a product.
"""
import json, sys, time
import torch

ROUNDS, AT_A_TIME = 5, 10


def operand(outer, inner, lies, device):
    """A matrix of so many rows, in memory along its inner dimension or across it."""
    values = torch.randn(outer, inner, device=device, dtype=torch.bfloat16)
    return values if lies == "along" else values.t().contiguous().t()


def seconds_of(left, right):
    """The median of some rounds, in which a product is asked for several times and then waited for."""

    def multiply(times):
        for _ in range(times):
            left @ right
        if left.is_cuda:
            torch.cuda.synchronize()

    multiply(3)
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        multiply(AT_A_TIME)
        seconds.append((time.perf_counter() - began) / AT_A_TIME)
    return sorted(seconds)[ROUNDS // 2]


def main():
    device, products = sys.argv[1], json.loads(sys.argv[2])
    for rows, columns, inner, lies in products:
        left_lies, right_lies = lies.split(", ")
        left = operand(rows, inner, left_lies, device)
        right = operand(columns, inner, right_lies, device).t()
        print(json.dumps({"seconds": seconds_of(left, right)}), flush=True)


if __name__ == "__main__":
    main()
