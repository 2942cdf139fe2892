"""Compiles the CUDA kernels to the PTX that is committed beside them, with NVRTC, ptxas and nvdisasm from Python wheels:
no toolkit and no card. Run by scripts/ptx.sh.

usage: ptx.py WHEELS [--check]
WHEELS is the folder of the packages named in scripts/ptx.sh. With --check nothing is written: it fails where the
committed PTX is not what these sources give, or ptxas does not take it for one of the architectures.
"""
import ctypes
import gzip
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CRATE = Path(__file__).resolve().parent.parent / "src-tauri" / "cuda"
SOURCES = CRATE / "source"
PTX = CRATE / "ptx" / "kernels.ptx.gz"
VIRTUAL = "compute_80"
# Cards of compute 8.0 (A100), 8.6 (RTX 30), 8.9 (RTX 40), 9.0 (H100, H200) and 12.0 (RTX 50).
REAL = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_120"]


def source_files():
    """Those that the PTX is made of, in a fixed order; the host's part is not."""
    return sorted(SOURCES.glob("*.cu")) + sorted(SOURCES.glob("*.cuh"))


def checksum():
    """Over names and contents, as `cuda::source_checksum` computes it."""
    digest = hashlib.sha256()
    for path in sorted(source_files(), key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def compile_ptx(wheels):
    library = ctypes.CDLL(str(next((wheels / "nvidia" / "cuda_nvrtc" / "lib").glob("libnvrtc.so.*"))))
    library.nvrtcGetErrorString.restype = ctypes.c_char_p

    def call(name, *given):
        status = getattr(library, name)(*given)
        if status:
            print(f"{name}: {library.nvrtcGetErrorString(status).decode()}", file=sys.stderr)
        return status

    headers = [path for path in source_files() if path.name != "kernels.cu"]
    program = ctypes.c_void_p()
    contents = (ctypes.c_char_p * len(headers))(*[path.read_bytes() for path in headers])
    names = (ctypes.c_char_p * len(headers))(*[path.name.encode() for path in headers])
    call("nvrtcCreateProgram", ctypes.byref(program), (SOURCES / "kernels.cu").read_bytes(), b"kernels.cu",
         len(headers), contents, names)
    options = [f"--gpu-architecture={VIRTUAL}", "--std=c++17", "--fmad=true", "--extra-device-vectorization"]
    failed = call("nvrtcCompileProgram", program, len(options),
                  (ctypes.c_char_p * len(options))(*[option.encode() for option in options]))

    def text(size_of, get):
        size = ctypes.c_size_t()
        call(size_of, program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        call(get, program, buffer)
        return buffer.value.decode()

    log = text("nvrtcGetProgramLogSize", "nvrtcGetProgramLog").strip()
    if log:
        print(log, file=sys.stderr)
    if failed:
        sys.exit(1)
    return text("nvrtcGetPTXSize", "nvrtcGetPTX")


def with_checksum(ptx):
    """What is committed: the PTX, and which sources it belongs to."""
    return f"// sources: sha256 {checksum()}\n{ptx}"


def assemble(wheels, ptx):
    """Runs ptxas for each architecture, and says what each kernel takes. False where one is refused."""
    newest = wheels / "newer" / "nvidia"
    good = True
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "kernels.ptx"
        source.write_text(ptx)
        for architecture in REAL:
            packages = newest if architecture == "sm_120" else wheels / "nvidia"
            ptxas = next(packages.glob("*/bin/ptxas"), None)
            if ptxas is None:
                print(f"{architecture}: there is no ptxas for it", file=sys.stderr)
                good = False
                continue
            assembled = Path(folder) / f"{architecture}.cubin"
            result = subprocess.run([str(ptxas), f"-arch={architecture}", "-v", str(source), "-o", str(assembled)],
                                    stderr=subprocess.PIPE, text=True)
            print(f"{architecture}: {'taken' if result.returncode == 0 else 'REFUSED'}")
            if result.returncode:
                print(result.stderr, file=sys.stderr)
                good = False
                continue
            print(what_they_take(result.stderr))
            print(loops_that_multiply(wheels, assembled))
    return good


def what_they_take(log):
    lines = []
    for entry in log.split("Compiling entry function '")[1:]:
        def number(pattern):
            found = re.search(pattern, entry)
            return found.group(1) if found else 0
        registers, spilled = number(r"Used (\d+) registers"), number(r"(\d+) bytes spill stores")
        name, shared = entry.split("'")[0], number(r"(\d+) bytes smem")
        lines.append(f"  {name}: {registers} registers, {spilled} bytes spilled, {shared} bytes shared")
    return "\n".join(lines)


def loops_that_multiply(wheels, assembled):
    """What the innermost loop of each kernel with tensor products is made of, from its machine code. A card begins an
    instruction of a warp at a time, so whatever else stands there takes the products' time."""
    disassembler = next((wheels / "newer" / "nvidia").glob("*/bin/nvdisasm"))
    listing = subprocess.run([str(disassembler), "-c", str(assembled)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True, check=True).stdout
    lines = []
    for section in re.split(r"\n(?=\s*\.section\s+\.text\.)", listing)[1:]:
        name = re.match(r"\s*\.section\s+\.text\.(\w+)", section).group(1)
        labels, instructions, loops = {}, [], []
        for line in section.splitlines():
            if label := re.match(r"\s*(\.L_\w+):", line):
                labels[label.group(1)] = len(instructions)
            if instruction := re.search(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?(\w+)(.*?);", line):
                instructions.append(instruction.group(1))
                back = re.search(r"`\((\.L_\w+)\)", instruction.group(2))
                if instruction.group(1) == "BRA" and back and back.group(1) in labels:
                    loops.append(instructions[labels[back.group(1)]:])
        loops = [(len(loop), loop.count("HMMA")) for loop in loops if "HMMA" in loop]
        if loops:
            length, products = min(loops)
            lines.append(f"  {name}: {length} instructions in its inner loop, {products} of them products")
    return "\n".join(lines)


def main():
    wheels = Path(sys.argv[1])
    ptx = with_checksum(compile_ptx(wheels))
    if "--check" in sys.argv:
        committed = gzip.decompress(PTX.read_bytes()).decode()
        # Now and then NVRTC numbers the registers of a kernel otherwise.
        tries = 5
        while ptx != committed and tries > 1:
            ptx = with_checksum(compile_ptx(wheels))
            tries -= 1
        if ptx != committed:
            sys.exit("The committed PTX is not what these sources give: run `make ptx`")
    else:
        PTX.parent.mkdir(exist_ok=True)
        PTX.write_bytes(gzip.compress(ptx.encode(), mtime=0))
        print(f"{PTX.name}: {len(ptx) // 1024} KB, {PTX.stat().st_size // 1024} packed")
    sys.exit(0 if assemble(wheels, ptx) else 1)


main()
