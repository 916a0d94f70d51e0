"""WGAN-GP critic steps, Adam included, beside PyTorch's autograd and JAX's.

    pip install -e '.[bench]'
    python benchmarks/critic_step.py [--case mnist] [--json FILE]

PyTorch runs in four forms, channels first or last, the three batches apart or as one,
with its fused Adam; JAX as one jitted function, channels last. See `side_by_side`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from cases import (
    BETA1,
    BETA2,
    CASES,
    GP_WEIGHT,
    LEARNING_RATE,
    Case,
    adam,
    no_draw,
    parameters,
    rows,
    samples,
    sharded,
)
from side_by_side import Benchmark, Step, main

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.losses import Wasserstein
from scratchgan.penalties import GradientPenalty, interpolate
from scratchgan.training.steps import discriminator_step
from scratchgan.training.system import Draw, Objective, Outcome, Player

FORMS = [
    f"pytorch {layout} {batches}"
    for layout in ("first", "last")
    for batches in ("apart", "joint")
]


def objective(case: Case, given: list[np.ndarray]) -> Objective:
    """The critic's loss and penalty on the given samples, or on a shard of them."""

    def found(params: Any, draw: Draw) -> Outcome:
        x_real, x_fake, eps = (a[rows(draw, case.batch)] for a in given)
        x_hat = interpolate(x_real, x_fake, eps)
        penalty = GradientPenalty(GP_WEIGHT)
        step = discriminator_step(
            case.critic,
            params["player"],
            x_real,
            x_fake,
            Wasserstein(),
            penalty,
            x_hat,
            draw.context("critic"),
        )
        return Outcome(step.loss, {}, step.dparams, step.params)

    return found


@contextmanager
def ours(case: Case, shards: int = 0) -> Iterator[Step]:
    """Gradient and update."""
    optimizer = adam()
    params = parameters(case.critic, case.shape, np.float32)
    state = optimizer.init(params)
    player = Player(case.critic, case.shape, optimizer)
    whole = objective(case, samples(case, np.float32))
    with sharded(player, whole, case.batch, shards) as gradient:

        def step() -> None:
            nonlocal params, state
            outcome = gradient({"player": params}, no_draw())
            params, state = optimizer.update(params, outcome.dparams, state)

        yield step


def torch_loss(net: Any, given: list[Any], joint: bool) -> Any:
    """Loss and penalty of the critic, the penalty through a double backward."""
    import torch

    x_real, x_fake, eps = given
    eps = eps.reshape(-1, *(1,) * (x_real.ndim - 1))
    x_hat = (eps * x_real + (1 - eps) * x_fake).requires_grad_(True)
    if joint:
        whole = net(torch.cat([x_real, x_fake, x_hat]))
        real, fake, hat = whole.chunk(3)
    else:
        real, fake, hat = net(x_real), net(x_fake), net(x_hat)
    (g,) = torch.autograd.grad(hat.sum(), x_hat, create_graph=True)
    penalty = GP_WEIGHT * ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return fake.mean() - real.mean() + penalty


@contextmanager
def pytorch(case: Case, form: str) -> Iterator[Step]:
    """The same step in PyTorch."""
    import torch
    from twin import in_layout, twin

    layout, batches = form.split()[1:]
    net = in_layout(
        twin(case.critic, parameters(case.critic, case.shape, np.float32)), layout
    )
    given = [in_layout(a, layout) for a in samples(case, np.float32)]
    fused = torch.optim.Adam(
        net.parameters(), LEARNING_RATE, betas=(BETA1, BETA2), fused=True
    )

    def step() -> None:
        fused.zero_grad(set_to_none=True)
        torch_loss(net, given, batches == "joint").backward()
        fused.step()

    yield step


def jax_loss(critic: nn.Layer, params: Any, given: Any) -> Any:
    """Loss and penalty of the critic, the penalty through a gradient's gradient."""
    import jax
    import jax.numpy as jnp
    from jax_twin import apply

    x_real, x_fake, eps = given
    eps = eps.reshape(-1, *(1,) * (x_real.ndim - 1))
    x_hat = eps * x_real + (1 - eps) * x_fake
    scores = [apply(critic, params, x).mean() for x in (x_real, x_fake)]
    g = jax.grad(lambda x: apply(critic, params, x).sum())(x_hat)
    norms = jnp.sqrt((g.reshape(len(g), -1) ** 2).sum(1))
    return scores[1] - scores[0] + GP_WEIGHT * ((norms - 1) ** 2).mean()


@contextmanager
def jax_jit(case: Case) -> Iterator[Step]:
    """The same step in JAX, gradient and Adam one compiled function."""
    import jax
    import jax.numpy as jnp

    params = jax.tree.map(jnp.asarray, parameters(case.critic, case.shape, np.float32))
    given = [jnp.asarray(a) for a in samples(case, np.float32)]
    zeros = jax.tree.map(jnp.zeros_like, params)

    @jax.jit
    def update(params: Any, m: Any, s: Any, t: Any) -> Any:
        g = jax.grad(lambda p: jax_loss(case.critic, p, given))(params)
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, g)
        s = jax.tree.map(lambda s, g: BETA2 * s + (1 - BETA2) * g * g, s, g)
        lr = LEARNING_RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        new = jax.tree.map(lambda p, m, s: p - lr * m / jnp.sqrt(s), params, m, s)
        return new, m, s, t + 1

    state = (params, zeros, zeros, jnp.float32(1))

    def step() -> None:
        nonlocal state
        state = jax.block_until_ready(update(*state))

    yield step


def agree(case: Case) -> float:
    """Largest relative difference of a parameter's gradient, in float64."""
    from twin import channels_first, gradients, twin

    small = case._replace(batch=4)
    given = samples(small, np.float64)
    params = parameters(case.critic, case.shape, np.float64)
    found = tree.leaves(objective(small, given)({"player": params}, no_draw()).dparams)
    others = []
    theirs = twin(case.critic, params)
    for joint in (False, True):
        theirs.zero_grad()
        torch_loss(theirs, [channels_first(a) for a in given], joint).backward()
        others.append(gradients(theirs))
    if small_jax := jax_gradients(case, params, given):
        others.append(small_jax)
    worst = 0.0
    for other in others:
        for a, b in zip(found, other, strict=True):
            scale = max(float(np.abs(b).max()), 1e-3)  # the last bias has gradient 0
            worst = max(worst, float(np.abs(a - b).max()) / scale)
    assert worst <= 1e-10, f"gradients differ by {worst:.1e}"
    return worst


def jax_gradients(case: Case, params: Any, given: list[np.ndarray]) -> list[Any]:
    """Gradients of JAX in float64; none where it is not installed."""
    try:
        import jax
    except ImportError:
        return []
    with jax.enable_x64(True):
        g = jax.grad(lambda p: jax_loss(case.critic, p, given))(params)
        return [np.asarray(leaf) for leaf in jax.tree.leaves(g)]


def ten_units(case: Case) -> float:
    """Multiplications and additions of a step, in GFLOP: ten sweeps of B samples."""
    return 10 * case.batch * linear_flop(case.critic, case.shape) / 1e9


def linear_flop(network: nn.Layer, shape: tuple[int, ...]) -> float:
    """Of the linear maps of one sweep of one sample."""
    counted = []

    def visit(layer: nn.Layer, shape: Any) -> Any:
        if isinstance(layer, nn.Sequential):
            for part in layer.layers:
                shape = visit(part, shape)
            return shape
        if isinstance(layer, nn.Residual):
            if layer.shortcut is not None:
                visit(layer.shortcut, shape)
            return visit(layer.body, shape)
        params, out = layer.init(np.random.default_rng(0), shape)
        layer = getattr(layer, "layer", layer)  # of equalised learning rate
        if isinstance(layer, nn.Conv2d | nn.Dense):
            counted.append(2 * int(np.prod(out[:-1])) * params.W.size)
        if isinstance(layer, nn.ConvTranspose2d):
            counted.append(2 * int(np.prod(shape[:-1])) * params.W.size)
        return out

    visit(network, shape)
    return float(sum(counted))


def form_of(name: str) -> Any:
    """The side of one form of PyTorch."""
    return lambda case: pytorch(case, name)


BENCHMARK = Benchmark(
    "critic_step",
    CASES,
    {"scratchgan": ours, **{name: form_of(name) for name in FORMS}, "jax": jax_jit},
    agree,
    ten_units,
)

if __name__ == "__main__":
    main(BENCHMARK, __doc__)
