"""The emulator itself: defects that it has to find, seeded one by one."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cuda_on_cpu import INSTANCES, ORDERS, available, build, entries

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

THREADS = 64

#: Each thread gives its number to a neighbour through shared memory, or to its warp.
NEIGHBOUR = """
__global__ void kernel(int* y) {
    __shared__ int shown[64];
    const int i = threadIdx.x;
    shown[i] = i + 100 * blockIdx.x;
    BARRIER
    y[blockIdx.x * 64 + i] = shown[(i + 1) % 64];
}
"""

#: Each thread reads what the other warp shows, and then writes over what it shows.
EARLY = """
__global__ void kernel(int* y) {
    __shared__ int shown[64];
    const int i = threadIdx.x;
    shown[i] = i;
    __syncthreads();
    const int seen = __shfl_xor_sync(0xffffffffu, shown[(i + 32) % 64], 0);
    BARRIER
    shown[i] = -2;
    y[i] = seen;
}
"""

DIVERGENT = """
__global__ void kernel(int* y) {
    if (threadIdx.x < 32) __syncthreads();
    else { y[threadIdx.x] = 0;
           __syncthreads(); }
}
"""

PARTIAL_SHUFFLE = """
__global__ void kernel(int* y) {
    if (threadIdx.x % 2) y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1, 1);
}
"""


def run(code, order="forward", grid=1, block=THREADS):
    """Blocks of a kernel(int*): what it wrote, and its error."""
    library = build("seeded", entries(code, ("kernel",)))
    library.run.restype = ctypes.c_char_p
    y = np.full(grid * THREADS, -1, np.int32)
    pointer = ctypes.c_void_p(y.ctypes.data)
    arguments = (ctypes.c_void_p * 1)(ctypes.addressof(pointer))
    failed = library.run(
        *(b"kernel", arguments, (ctypes.c_uint * 3)(grid, 1, 1)),
        *((ctypes.c_uint * 3)(block, 1, 1), ctypes.c_size_t(0)),
        ctypes.c_uint(ORDERS[order]),
    )
    return y, failed.decode()


def test_barriers_make_every_order_the_same():
    expected = np.concatenate([np.roll(np.arange(64), -1) + 100 * b for b in range(3)])
    for order in ORDERS:
        found, failed = run(NEIGHBOUR.replace("BARRIER", "__syncthreads();"), order, 3)
        assert not failed
        np.testing.assert_array_equal(found, expected)


def test_a_missing_barrier_shows_in_some_order():
    results = {run(NEIGHBOUR.replace("BARRIER", ""), o, 3)[0].tobytes() for o in ORDERS}
    assert len(results) > 1


def test_a_warp_that_writes_before_another_has_read_shows_in_some_order():
    """Between the two lies a barrier of the warp, at which others could catch up."""
    whole = {
        run(EARLY.replace("BARRIER", "__syncthreads();"), o)[0].tobytes()
        for o in ORDERS
    }
    assert len(whole) == 1
    broken = {run(EARLY.replace("BARRIER", ""), o)[0].tobytes() for o in ORDERS}
    assert broken > whole


@pytest.mark.parametrize("code", [DIVERGENT, PARTIAL_SHUFFLE])
def test_threads_that_wait_apart_are_an_error(code):
    assert run(code)[1] == "threads of a block wait at different barriers"


def test_a_block_of_part_of_a_warp_is_an_error():
    assert run(NEIGHBOUR.replace("BARRIER", ""), block=48)[1]


def sanitized(*command):
    """A process that AddressSanitizer watches."""
    found = subprocess.run(
        ["g++", "-print-file-name=libasan.so"],
        capture_output=True,
        text=True,
        check=True,
    )
    watched = {
        "LD_PRELOAD": found.stdout.strip(),
        "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0",
        "CUDA_ON_CPU_SANITIZE": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        env=os.environ | watched,
        check=False,
    )


MISALIGNED = """
import numpy as np
from scratchgan.kernels.cuda import activation
from cuda_on_cpu import Emulated

activation.pack = lambda *arrays: 4
x = np.empty(37, np.float32)[{first}:]
x[...] = 1
activation.backward(Emulated(), x[:16], x[:16], activation.Activation("Tanh"))
print("done")
"""
PAST_THE_END = """
import numpy as np
from scratchgan.kernels.cuda import activation, launch
from cuda_on_cpu import Emulated

def run(launch):
    *first, n, kind, alpha, scale = launch.args
    args = (*first, n + np.int64({excess}), kind, alpha, scale)
    Emulated()(launch._replace(args=args))

x = np.ones(37, np.float32)
activation.backward(run, x, x, activation.Activation("Tanh"))
print("done")
"""


@pytest.mark.slow
def test_one_past_the_end_is_found():
    """A launcher that says one element too many is stopped, and named by its line."""
    right = sanitized("-c", PAST_THE_END.format(excess=0))
    assert right.stdout == "done\n", right.stderr
    wrong = sanitized("-c", PAST_THE_END.format(excess=1))
    assert "heap-buffer-overflow" in wrong.stderr
    assert "common.cuh:" in wrong.stderr


@pytest.mark.slow
def test_a_pack_that_starts_off_its_multiple_is_found():
    right = sanitized("-c", MISALIGNED.format(first=0))
    assert right.stdout == "done\n", right.stderr
    wrong = sanitized("-c", MISALIGNED.format(first=1))
    assert "misaligned address" in wrong.stderr
    assert not wrong.stdout


#: Whose kernels run on the CPU.
FILES = sorted(
    path.name
    for path in Path(__file__).parent.glob("test_cuda_*.py")
    if path.name != Path(__file__).name and "Emulated" in path.read_text()
)


PROCESSES = 4  # of watched tests: one long one would keep the others waiting


@pytest.mark.slow
@pytest.mark.parametrize("first", range(PROCESSES))
def test_no_kernel_reads_or_writes_outside_its_arrays(first):
    """The tests of every kernel once more, watched."""
    options = ("-x", "-p", "no:cacheprovider", "-p", "no:xdist")
    paths = [str(Path(__file__).with_name(name)) for name in FILES[first::PROCESSES]]
    done = sanitized("-m", "pytest", *options, *paths)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_every_source_is_watched():
    assert {f"test_cuda_{source}.py" for source in INSTANCES} <= set(FILES)
