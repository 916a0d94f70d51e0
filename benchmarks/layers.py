"""Every layer's every verb, beside what the machine could do at best.

    pip install -e '.[bench]'
    python benchmarks/layers.py [--layer BatchNorm] [--json FILE]

At the sizes of the recipes, in parts as one thread computes them, in float32. A verb
must read every number that it is given and write every number that it returns, and its
linear maps take the multiplications that `profiling.cost` counts. So it cannot be
faster than

    max(bytes / copy rate, operations / GEMM rate)

with both rates of this machine, one thread, measured in the same run; arrays that are
still in a cache, and fewer multiplications, may beat that. The rate of a verb is that
bound over its median time. Those below a quarter are listed with a reason.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from side_by_side import refuse_existing, write
from threadpoolctl import threadpool_limits

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.cli.memory import keep_freed_memory
from scratchgan.profiling import cost
from scratchgan.rng import Stream

SECONDS, LEAST, MOST = 0.05, 7, 10_000  # of a verb, and how often
LOW = 0.25


class Case(NamedTuple):
    """A layer, the shape of one sample, and samples of a thread's part."""

    layer: nn.Layer
    shape: tuple
    samples: int


IMAGE = (32, 32, 64)
CASES = [
    Case(nn.Dense(512), (512,), 128),
    Case(nn.Dense(4096), (128,), 25),
    Case(nn.Conv2d(64, 5, 2, 2), (28, 28, 1), 75),
    Case(nn.Conv2d(128, 5, 2, 2), (14, 14, 64), 75),
    Case(nn.Conv2d(256, 5, 2, 2), (7, 7, 128), 75),
    Case(nn.Conv2d(64, 4, 2, 1), (64, 64, 3), 96),
    Case(nn.Conv2d(128, 4, 2, 1), IMAGE, 96),
    Case(nn.Conv2d(128, 3, 1, 1), (16, 16, 128), 32),
    Case(nn.Conv2d(128, 1), (16, 16, 128), 32),
    Case(nn.Conv2d(64, 7, 1, 3), (64, 64, 3), 4),
    Case(nn.Conv2d(3, 7, 1, 3), (64, 64, 64), 4),
    Case(nn.Conv1d(64, 25, 4, 11), (8192, 1), 16),
    Case(nn.Conv1d(128, 25, 4, 11), (2048, 64), 16),
    Case(nn.Conv1d(512, 5, 1, 2), (32, 512), 32),
    Case(nn.Conv3d(32, 4, 2, 1), (16, 64, 64, 1), 8),
    Case(nn.Conv3d(64, 4, 2, 1), (8, 32, 32, 32), 8),
    Case(nn.ConvTranspose2d(128, 4, 2, 1), (8, 8, 256), 32),
    Case(nn.ConvTranspose2d(3, 4, 2, 1), IMAGE, 32),
    Case(nn.ConvTranspose2d(512, 4, 1, 0), (1, 1, 100), 32),
    Case(nn.ConvTranspose1d(64, 25, 4, 11, output_padding=1), (512, 128), 16),
    Case(nn.ConvTranspose3d(32, 4, 2, 1), (8, 16, 16, 64), 8),
    Case(nn.ModulatedConv2d(128, 3), ((32, 32, 128), (128,)), 8),
    Case(nn.ModulatedConv2d(64, 3, up=2), ((16, 16, 128), (128,)), 8),
    Case(nn.Equalized(nn.Conv2d(128, 3, 1, 1)), (16, 16, 128), 32),
    Case(nn.SpectralNorm(nn.Conv2d(128, 3, 1, 1)), (16, 16, 128), 32),
    Case(nn.WeightNorm(nn.Conv2d(128, 3, 1, 1)), (16, 16, 128), 32),
    Case(nn.BatchNorm(), IMAGE, 32),
    Case(nn.LayerNorm(), (16, 16, 128), 96),
    Case(nn.InstanceNorm(), (64, 64, 64), 4),
    Case(nn.GroupNorm(8), IMAGE, 32),
    Case(nn.PixelNorm(), (512,), 256),
    Case(nn.PixelNorm(), IMAGE, 32),
    Case(nn.ConditionalBatchNorm(10), (IMAGE, ()), 32),
    Case(nn.AdaIN(), (IMAGE, (128,)), 32),
    Case(nn.StyleAffine(), (IMAGE, (128,)), 32),
    Case(nn.LabelAffine(10), (IMAGE, ()), 32),
    Case(nn.LeakyReLU(), IMAGE, 96),
    Case(nn.ReLU(), IMAGE, 32),
    Case(nn.Tanh(), (64, 64, 3), 32),
    Case(nn.Sigmoid(), (28, 28, 1), 256),
    Case(nn.Softplus(), IMAGE, 32),
    Case(nn.ELU(), IMAGE, 32),
    Case(nn.SELU(), IMAGE, 32),
    Case(nn.SmoothELU(), IMAGE, 32),
    Case(nn.GELU(), IMAGE, 32),
    Case(nn.SiLU(), IMAGE, 32),
    Case(nn.Maxout(2), IMAGE, 32),
    Case(nn.Softmax(), (32, 96), 32),
    Case(nn.Bias(), IMAGE, 32),
    Case(nn.Gain(), IMAGE, 32),
    Case(nn.Scale(0.5), IMAGE, 32),
    Case(nn.Dropout(0.5), IMAGE, 32),
    Case(nn.NoiseInjection(), IMAGE, 32),
    Case(nn.PhaseShuffle(2), (2048, 64), 16),
    Case(nn.Pad(3), (64, 64, 64), 4),
    Case(nn.Crop(28, 28), IMAGE, 32),
    Case(nn.AvgPool(2), IMAGE, 32),
    Case(nn.MaxPool(2), IMAGE, 32),
    Case(nn.GlobalAvgPool(), (8, 8, 128), 96),
    Case(nn.UpsampleNearest(2), (16, 16, 128), 32),
    Case(nn.UpsampleBilinear(2), (16, 16, 128), 32),
    Case(nn.UpFirDn2d((1, 3, 3, 1), 2, 1, ((2, 1), (2, 1))), (16, 16, 128), 32),
    Case(nn.UpFirDn2d((1, 3, 3, 1), 1, 2, 1), IMAGE, 32),
    Case(nn.SpaceToDepth(2), IMAGE, 32),
    Case(nn.DepthToSpace(2), (16, 16, 256), 32),
    Case(nn.MinibatchStddev(4), (4, 4, 512), 32),
    Case(nn.MinibatchDiscrimination(32, 16), (256,), 32),
    Case(nn.Attention(), ((256, 16), (64, 16), (64, 64)), 8),
    Case(nn.Embedding(10, 128), (), 64),
    Case(nn.ProjectionHead(10), ((128,), ()), 64),
    Case(nn.Add(), (IMAGE, IMAGE), 32),
    Case(nn.Concatenate(), (IMAGE, IMAGE), 32),
]

PASSES = "each of its elementwise operations is a pass over memory of its own"
EXPONENTIALS = "exponentials, logarithms and divisions, not copies, bound it"
NARROW = "products with 25 to 150 terms, and patches in runs of one to three channels"
SMALL = "some microseconds for each call from Python; the arrays are small"
BAND = "four factors in five of its band matrices are zeros"
MASKS = "masks are widened to float32 before they multiply"
#: Why verbs of a layer run below `LOW`.
REASONS = {
    **dict.fromkeys(["Conv2d", "Conv1d", "Conv3d", "ConvTranspose2d"], NARROW),
    **dict.fromkeys(["BatchNorm", "LayerNorm", "InstanceNorm", "GroupNorm"], PASSES),
    **dict.fromkeys(["PixelNorm", "ConditionalBatchNorm", "AdaIN"], PASSES),
    **dict.fromkeys(["Sigmoid", "Softplus", "ELU", "SELU", "SmoothELU"], EXPONENTIALS),
    **dict.fromkeys(["SiLU", "Softmax", "Attention"], EXPONENTIALS),
    "GELU": "the complementary error function is a sum of 24 polynomials",
    **dict.fromkeys(["Maxout", "MaxPool"], MASKS),
    **dict.fromkeys(["AvgPool", "NoiseInjection", "Gain"], PASSES),
    **dict.fromkeys(["UpsampleBilinear", "UpFirDn2d"], BAND),
    "Dropout": "its random numbers are integer products, ten rounds each",
    "MinibatchDiscrimination": EXPONENTIALS,
    **dict.fromkeys(["Embedding", "ProjectionHead"], SMALL),
}


class Rates(NamedTuple):
    """Of one thread of this machine."""

    copy: float  # GB/s, read and written
    gemm: float  # GFLOP/s


def machine() -> Rates:
    """Copies of 64 MiB, and products of 1024 × 1024."""
    a = np.ones((2**24,), np.float32)
    b = np.empty_like(a)
    m = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    copy = 2 * a.nbytes / seconds(lambda: np.copyto(b, a)) / 1e9
    return Rates(copy, 2 * 1024**3 / seconds(lambda: m @ m) / 1e9)


def seconds(f: Callable[[], Any]) -> float:
    """Median of runs."""
    f()
    times: list[float] = []
    spent = 0.0
    while len(times) < LEAST or (spent < SECONDS and len(times) < MOST):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
        spent += times[-1]
    return statistics.median(times)


def drawn(shape: Any, samples: int, rng: np.random.Generator) -> Any:
    """Samples of `shape`, or a tuple of such; labels are integers of shape ()."""
    if shape and isinstance(shape[0], tuple):
        return tuple(drawn(each, samples, rng) for each in shape)
    if not shape:
        return rng.integers(0, 10, samples)
    return rng.normal(size=(samples, *shape)).astype(np.float32)


def like(y: Any, rng: np.random.Generator) -> Any:
    """Another tree of numbers of y's shape; labels have no tangent."""
    return tree.map(
        lambda a: (
            rng.normal(size=a.shape).astype(a.dtype) if a.dtype.kind == "f" else None
        ),
        y,
    )


def moved(*trees: Any) -> int:
    """Bytes of the distinct arrays in them."""
    arrays = {id(a): a.nbytes for a in tree.leaves(trees) if hasattr(a, "nbytes")}
    return sum(arrays.values())


def unit(layer: nn.Layer, params: Any, x: Any, y: Any) -> float:
    """Multiplications and additions of one sweep."""
    image = x[0] if isinstance(x, tuple) else x
    layer, params = getattr(layer, "layer", layer), getattr(params, "layer", params)
    if isinstance(layer, nn.ModulatedConv2d):
        smaller = min(image[..., 0].size, y[..., 0].size)
        return 2.0 * smaller * params.W.size
    if isinstance(layer, nn.Attention):
        queries, keys, values = x
        width = queries.shape[-1] + values.shape[-1]
        return 2.0 * queries[..., 0].size * keys.shape[1] * width
    return cost.unit(layer, params, image.shape, getattr(y, "shape", ()))


def verbs(case: Case) -> dict[str, tuple[Callable[[], Any], int, float]]:
    """By name: the call, the bytes that it must move, and its operations."""
    rng, layer = np.random.default_rng(0), case.layer
    ctx = nn.Context(stream=Stream(0, "layers"))
    params = tree.astype(layer.init(rng, case.shape)[0], np.float32)
    x = drawn(case.shape, case.samples, rng)
    y, cache = layer.forward(params, x, ctx)
    dy, tx, tdy = like(y, rng), like(x, rng), like(y, rng)
    ty, tcache = layer.jvp(params, cache, tx)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    second = (params, cache, dcache, tcache, tdy)
    one = unit(layer, params, x, y)
    return {
        "forward": (
            lambda: layer.forward(params, x, ctx),
            moved(params, x, y, cache),
            one,
        ),
        "backward, inputs": (
            lambda: layer.backward(params, cache, dy, "inputs"),
            moved(params, cache, dy, dx, dcache),
            one,
        ),
        "backward": (
            lambda: layer.backward(params, cache, dy),
            moved(params, cache, dy, dx, dparams, dcache),
            2 * one,
        ),
        "jvp": (
            lambda: layer.jvp(params, cache, tx),
            moved(params, cache, tx, ty, tcache),
            one,
        ),
        "backward_jvp": (
            lambda: layer.backward_jvp(*second),
            moved(second, layer.backward_jvp(*second)),
            3 * one,
        ),
    }


def measure(case: Case, rates: Rates) -> list[dict[str, Any]]:
    """One record a verb."""
    found = []
    for name, (call, size, operations) in verbs(case).items():
        took = seconds(call)
        bound = max(size / rates.copy, operations / rates.gemm) / 1e9
        record = {
            "layer": type(case.layer).__name__,
            "shape": case.shape,
            "samples": case.samples,
            "verb": name,
            "milliseconds": 1e3 * took,
            "bound_by": "GEMM"
            if operations / rates.gemm > size / rates.copy
            else "copy",
            "rate": bound / took,
        }
        found.append(record)
    return found


def main() -> None:
    """Measure the chosen layers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layer", help="one of them; all when left out")
    parser.add_argument("--json", type=Path, help="write the result to this new file")
    options = parser.parse_args()
    refuse_existing(options.json)
    keep_freed_memory()
    results = []
    with threadpool_limits(1, "blas"):
        rates = machine()
        print(f"copy {rates.copy:.1f} GB/s, GEMM {rates.gemm:.0f} GFLOP/s, one thread")
        for case in CASES:
            name = type(case.layer).__name__
            if options.layer in (None, name):
                found = measure(case, rates)
                results += found
                shares = "  ".join(f"{r['rate']:5.0%}" for r in found)
                print(f"{name:24} {case.shape!s:28} {shares}", flush=True)
    low = [r for r in results if r["rate"] < LOW]
    print(f"{len(results)} verbs, {len(low)} below {LOW:.0%}")
    for r in low:
        print(
            f"  {r['layer']:24} {r['verb']:17} {r['shape']!s:26} {r['rate']:4.0%} "
            f"of {r['bound_by']}  {r['milliseconds']:.2f} ms"
        )
    for name in dict.fromkeys(r["layer"] for r in low):
        print(f"  {name}: {REASONS.get(name, 'no reason known')}")
    write(options.json, "layers", [{"machine": rates._asdict()}, *results])


if __name__ == "__main__":
    main()
