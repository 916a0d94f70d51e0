"""Problems of kernels that read and write each number once."""

import hashlib
from typing import Any

import numpy as np

from on_gpu.problem import Numbers, Problem
from scratchgan import layers as nn
from scratchgan import penalties
from scratchgan.kernels.cuda import activation, modulation, penalty, philox
from scratchgan.kernels.cuda.activation import Activation
from scratchgan.rng import Stream

#: A feature map of StyleGAN2 at 256 pixels.
IMAGE = {"large": (8, 256, 256, 128), "small": (2, 4, 4, 8), "odd": (3, 5, 3, 7)}
#: A critic's input gradients.
GRADIENTS = {
    "DCGAN-64": {
        "large": (8192, 64, 64, 3),
        "small": (4, 8, 8, 4),
        "odd": (3, 5, 7, 3),
    },
    "StyleGAN2-256": {
        "large": (512, 256, 256, 3),
        "small": (2, 72, 64, 4),
        "odd": (2, 43, 33, 3),
    },
}
DRAWN = {"large": 2**27, "small": 64, "odd": 37}
LEAKY, SOFT = Activation("LeakyReLU", 0.2), Activation("Softplus")


def images(count: int, *, channels: bool = False, each: bool = False) -> Any:
    """So many arrays like an image; then (C,), or two of (N, C)."""

    def arrays(numbers: Numbers, size: str) -> tuple:
        shape = IMAGE[size]
        found = [numbers(*shape) for _ in range(count)]
        found += [numbers(shape[-1])] * channels
        return (*found, *(numbers(shape[0], shape[-1]) for _ in range(2 * each)))

    return arrays


def smooth_tangent(u: Any, dy: Any, tx: Any, tdy: Any) -> Any:
    """The layer's backward_jvp at u."""
    layer = nn.Softplus()
    _, cache = layer.forward((), u)
    return layer.backward_jvp((), cache, dy, tx, tdy)[0]


def gradients(which: str) -> Any:
    """Arguments of a penalty."""
    return lambda numbers, size: (numbers(*GRADIENTS[which][size]) * 0.01,)


def penalty_of(twin: Any, kernel: penalty.Penalty) -> dict[str, Any]:
    """Call and twin: v, and every sample's length."""

    def call(run: Any, g: Any) -> Any:
        found = penalty.value(run, g, kernel)
        return found.v, found.lengths

    def same(g: Any) -> Any:
        found = twin(g)
        return found.v, found.norm

    return {"call": call, "twin": same}


def mixed(numbers: Numbers, size: str) -> tuple:
    """x_real, x_fake and ε."""
    shape = GRADIENTS["StyleGAN2-256"][size]
    eps = np.random.default_rng(0).random(shape[0], np.float32)
    return numbers(*shape), numbers(*shape), eps


def draws(kind: str) -> dict[str, Any]:
    """Arguments, call and twin of random numbers: the third draw of a stream."""
    stream = Stream(0, "gpu")
    digest = hashlib.blake2b(b"0/gpu", digest_size=8).digest()
    key = int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")
    return {
        "arrays": lambda numbers, size: (np.array([3], np.uint64), DRAWN[size]),
        "call": lambda run, tick, n: getattr(philox, kind)(run, key, tick, (n,)),
        "twin": lambda tick, n: getattr(stream, kind)(int(tick[0]), (int(n),), float),
    }


PROBLEMS = (
    Problem(
        "activation",
        "bias and LeakyReLU",
        images(1, channels=True),
        lambda run, x, b: activation.forward(run, x, b, LEAKY),
        lambda x, b: (np.where(x + b >= 0, x + b, 0.2 * (x + b)), x + b),
    ),
    Problem(
        "activation",
        "LeakyReLU, backward",
        images(2),
        lambda run, u, dy: activation.backward(run, u, dy, LEAKY),
        lambda u, dy: np.where(u >= 0, dy, 0.2 * dy),
    ),
    Problem(
        "activation",
        "Softplus, backward_jvp",
        images(4),
        lambda run, *four: activation.backward_jvp(run, *four, SOFT),
        smooth_tangent,
    ),
    Problem(
        "modulation",
        "forward",
        images(1, each=True),
        lambda run, x, s, _: modulation.forward(run, x, s),
        lambda x, s, _: x * s[:, None, None],
    ),
    Problem(
        "modulation",
        "backward",
        images(2, each=True),
        lambda run, x, du, s, _: modulation.backward(run, x, s, du),
        lambda x, du, s, _: (du * s[:, None, None], (x * du).sum((1, 2))),
    ),
    Problem(
        "modulation",
        "backward_jvp",
        images(4, each=True),
        lambda run, x, du, tx, tdu, s, ts: modulation.backward_jvp(
            run, x, s, du, tx, ts, tdu
        ),
        lambda x, du, tx, tdu, s, ts: (
            s[:, None, None] * tdu + ts[:, None, None] * du,
            (x * tdu + tx * du).sum((1, 2)),
        ),
    ),
    Problem(
        "penalty",
        "WGAN-GP, DCGAN-64",
        gradients("DCGAN-64"),
        **penalty_of(penalties.GradientPenalty(), penalty.Penalty("about", 10.0)),
    ),
    Problem(
        "penalty",
        "R1, StyleGAN2-256",
        gradients("StyleGAN2-256"),
        **penalty_of(penalties.R1(), penalty.Penalty("square", 5.0)),
    ),
    Problem(
        "penalty",
        "interpolation",
        mixed,
        penalty.interpolate,
        penalties.interpolate,
    ),
    Problem("philox", "uniform", **draws("uniform")),
    Problem("philox", "normal", **draws("normal"), bound=""),
)
