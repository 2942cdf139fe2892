"""Each operation alone: its time, what that comes to, and for products PyTorch's time."""
import json

from children import Child, Failed, peer_command, report
from figures import cell, ratio


def of_program(arguments, ends, measured):
    """Adds what the program says of each operation, so that what came before a failure is kept."""
    command = [arguments.operations, "--rounds", arguments.operation_rounds]
    if arguments.small:
        command.append("--small")
    with Child(command, ends) as child:
        measured.extend(child.events())


def of_pytorch(arguments, ends, products, seconds):
    """Adds PyTorch's seconds for each product."""
    command = peer_command("peer_products.py", arguments.peer_device, json.dumps(products))
    with Child(command, ends) as child:
        for product, event in zip(products, child.events()):
            seconds[product] = event["seconds"]


def product(operation):
    """Sizes of a product and how its operands lie; several operations compute the same one."""
    return (*operation["product"], operation["lies"]) if "product" in operation else None


def comes_to(operation):
    if "operations" in operation:
        return f"{operation['operations'] / operation['seconds'] / 1e12:,.1f} TFLOP/s"
    return f"{operation['bytes'] / operation['seconds'] / 1e9:,.0f} GB/s"


def measure(arguments, ends):
    """Prints the table, and gives the names of what failed."""
    measured, theirs, failed = [], {}, []
    try:
        of_program(arguments, ends, measured)
    except Failed as failure:
        report("operations, Etiqueta", failure)
        failed.append("operations (Etiqueta)")
    products = sorted({product(operation) for operation in measured} - {None})
    try:
        if products:
            of_pytorch(arguments, ends, products, theirs)
    except Failed as failure:
        report("operations, PyTorch", failure)
        failed.append("operations (PyTorch)")
    print("\n| shape | operation | microseconds | | PyTorch, microseconds | PyTorch's time / ours |\n"
          "| --- | --- | ---: | ---: | ---: | ---: |")
    for operation in measured:
        seconds, other = operation["seconds"], theirs.get(product(operation))
        name = " ".join([operation["operation"], " x ".join(map(str, operation.get("product", [])))]).strip()
        print(f"| {operation['shape']} | {name} | {cell(seconds * 1e6)} | {comes_to(operation)} | "
              f"{cell(other and other * 1e6)} | {ratio(other, seconds)} |")
    print()
    return failed
