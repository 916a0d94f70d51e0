"""Path-length steps, Adam included, beside PyTorch's double backward.

    pip install -e '.[bench]'
    python benchmarks/path_length_step.py [--json FILE]

The lazy regularisation step of StyleGAN2's generator, through its synthesis block for
32 or 64 pixels: for random images y, the gradient of a penalty on ‖∇_w ⟨G(w), y⟩‖ in
the block's parameters, in four sweeps. The features that go in are given, and there is
no noise, so that both sides can be compared. PyTorch runs channels first and last. See
`side_by_side`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from cases import BETA1, BETA2, LEARNING_RATE, adam, no_draw, parameters, rows, sharded
from r1_step import largest_gap
from side_by_side import Benchmark, Step, main

from scratchgan import tree
from scratchgan.layers import INFERENCE, Graph
from scratchgan.networks.stylegan2 import synthesis_block
from scratchgan.penalties import OnInput, PathLength, penalty_gradient
from scratchgan.penalties.path_length import random_images
from scratchgan.training.system import Draw, Objective, Outcome, Player

TARGET, W_DIM = 0.5, 512


class PathCase(NamedTuple):
    """A block with inputs x, image and w, its channels, the side of x, the batch."""

    block: Graph
    channels: int
    side: int
    batch: int

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of one sample of x, image and w."""
        side = (self.side, self.side)
        return (*side, self.channels), (*side, 3), (W_DIM,)


CASES = {
    "32 pixels": PathCase(synthesis_block(256, 128), 256, 16, 16),
    "64 pixels": PathCase(synthesis_block(128, 64), 128, 32, 16),
}


def given(case: PathCase, dtype: Any) -> tuple[list[np.ndarray], np.ndarray]:
    """Inputs, and the random images y."""
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(case.batch, *s)).astype(dtype) for s in case.shapes]
    shape = (case.batch, 2 * case.side, 2 * case.side, 3)
    return inputs, random_images(shape, rng.normal(size=shape).astype(dtype))


def objective(case: PathCase, inputs: list[np.ndarray], y: np.ndarray) -> Objective:
    """The penalty on given inputs, or on a shard of them."""

    def found(params: Any, draw: Draw) -> Outcome:
        part = rows(draw, case.batch)
        step = penalty_gradient(
            case.block,
            params["player"],
            tuple(a[part] for a in inputs),
            OnInput(2, PathLength(TARGET)),
            dy=(None, y[part]),
            ctx=INFERENCE,
        )
        return Outcome(step.value.loss, {}, step.dparams, params["player"])

    return found


@contextmanager
def ours(case: PathCase) -> Iterator[Step]:
    """Gradient and update."""
    optimizer = adam()
    params = parameters(case.block, case.shapes, np.float32)
    state = optimizer.init(params)
    player = Player(case.block, case.shapes, optimizer)
    whole = objective(case, *given(case, np.float32))
    with sharded(player, whole, case.batch) as gradient:

        def step() -> None:
            nonlocal params, state
            outcome = gradient({"player": params}, no_draw())
            params, state = optimizer.update(params, outcome.dparams, state)

        yield step


def torch_loss(net: Any, inputs: list[Any], y: Any) -> Any:
    """The penalty through a double backward."""
    import torch

    x, image, w = inputs
    w = w.detach().requires_grad_(True)
    _, made = net(x, image, w)
    (g,) = torch.autograd.grad((made * y).sum(), w, create_graph=True)
    lengths = g.square().sum(1).sqrt()
    return 2 * (lengths - TARGET).square().mean()


def torch_side(case: PathCase, dtype: Any, layout: str) -> tuple[Any, list[Any], Any]:
    """Module, inputs and y."""
    from style_twin import style_twin
    from twin import in_layout

    params = parameters(case.block, case.shapes, dtype)
    net = in_layout(style_twin(case.block, params, dtype), layout)
    inputs, y = given(case, dtype)
    return net, [in_layout(a, layout) for a in inputs], in_layout(y, layout)


@contextmanager
def pytorch(case: PathCase, layout: str) -> Iterator[Step]:
    """The same step in PyTorch."""
    import torch

    net, inputs, y = torch_side(case, np.float32, layout)
    fused = torch.optim.Adam(
        net.parameters(), LEARNING_RATE, betas=(BETA1, BETA2), fused=True
    )

    def step() -> None:
        fused.zero_grad(set_to_none=True)
        torch_loss(net, inputs, y).backward()
        fused.step()

    yield step


def agree(case: PathCase) -> float:
    """Largest relative difference of a parameter's gradient, in float64."""
    from twin import gradients

    small = case._replace(batch=2)
    params = parameters(case.block, case.shapes, np.float64)
    whole = objective(small, *given(small, np.float64))
    found = whole({"player": params}, no_draw()).dparams
    net, inputs, y = torch_side(small, np.float64, "first")
    torch_loss(net, inputs, y).backward()
    noiseless = {n: p for n, p in tree.named(params) if not n.endswith("strength")}
    return largest_gap(found, noiseless, gradients(net))


def six_units(case: PathCase) -> float:
    """GFLOP: forward, backward, jvp; then one input and two weight gradients."""
    params, _ = case.block.init(np.random.default_rng(0), case.shapes)
    places = {"conv1": case.side**2, "conv2": 4 * case.side**2, "rgb": 4 * case.side**2}
    flop = sum(2 * n * params[name].W.size for name, n in places.items())
    return 6 * case.batch * flop / 1e9


BENCHMARK = Benchmark(
    "path_length_step",
    CASES,
    {
        "scratchgan": ours,
        "pytorch first": lambda case: pytorch(case, "first"),
        "pytorch last": lambda case: pytorch(case, "last"),
    },
    agree,
    six_units,
)

if __name__ == "__main__":
    main(BENCHMARK, __doc__)
