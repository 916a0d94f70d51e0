"""The whole suite: `check_gradient_penalty`."""

from dataclasses import replace

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.conformance.critic import (
    check_critic_loss,
    check_critic_step,
    check_dead_critic,
    check_interpolation,
)
from scratchgan.gradcheck.conformance.differences import KinkError
from scratchgan.gradcheck.conformance.generator import (
    Players,
    check_generator,
    check_leak,
)
from scratchgan.gradcheck.conformance.implementation import Implementation
from scratchgan.gradcheck.conformance.penalty import check_penalty_code
from scratchgan.gradcheck.conformance.report import Conformance, Notes
from scratchgan.gradcheck.conformance.setting import Setting, straddling
from scratchgan.types import Array, Tree

#: Steps of the differences, one after the other until none meets a kink.
STEPS = (1e-3, 1e-3, 1e-3, 2e-4, 2e-4, 2e-4, 2e-4, 2e-4)


def check_gradient_penalty(
    code: Implementation,
    params: Tree,
    x_real: Array,
    x_fake: Array,
    *,
    generator_params: Tree = None,
    z: Array | None = None,
    gp_weight: float = 10.0,
    one_sided: bool = False,
    seed: int = 0,
    tolerance: float = 1e-5,
) -> Conformance:
    """Find the known defects of a gradient penalty in anyone's code.

    Parameters
    ----------
    code : Implementation
        The code, as callables.
    params : Tree
        Random parameters of a small critic, best with smooth activations, in float64.
        They are scaled until input gradients lie on both sides of one.
    x_real, x_fake : Array
        A few samples of each kind, ``(N, …)``, N ≥ 3.
    generator_params : Tree, optional
        Needed with `generate`, and with the two callables that use it.
    z : Array, optional
        Latents, ``(N, …)``; needed with `generate`.
    gp_weight : float
        λ of the code.
    one_sided : bool
        Whether the code leaves norms below one unpunished.
    seed : int
        Of ε and of the directions along which gradients are compared.
    tolerance : float
        Relative error up to which two numbers count as equal.

    Returns
    -------
    Conformance
        Named defects; ``str()`` of it is a report, ``.passed`` the verdict.

    Raises
    ------
    ValueError
        If an argument does not fit, if one sample's score depends on the others, or if
        the scores have kinks wherever they are differenced.
    """
    _require(params, x_real, x_fake, gp_weight)
    _require_generator(code, generator_params, z, len(x_real))
    for attempt, step in enumerate(STEPS):
        try:
            setting = Setting(
                code, params, x_real, x_fake, gp_weight, one_sided,
                seed + attempt, step, tolerance,
            )  # fmt: skip
            return _check(setting, generator_params, z)
        except KinkError:
            continue
    raise ValueError(
        "score: expected a function that differences can follow, received kinks near "
        "every sample: give fewer samples, a narrower critic or smooth activations"
    )


def _check(setting: Setting, generator_params: Tree, z: Array | None) -> Conformance:
    _require_samples_apart(setting)
    generated = None
    if setting.code.generate is not None and z is not None:
        generated = setting.code.generate(generator_params, z)
    setting = replace(setting, params=straddling(setting, generated))
    notes = Notes()
    batch = check_penalty_code(setting, notes)
    check_interpolation(setting, notes, seen=batch.x_real is setting.x_real)
    check_dead_critic(setting, notes)
    loss = check_critic_loss(setting, notes, batch)
    check_critic_step(setting, notes, batch, loss)
    players = None
    if generated is not None and z is not None:
        players = Players(setting, generator_params, z)
    check_generator(setting, notes, players)
    check_leak(setting, notes, players, batch.reading)
    return notes.result()


def _require(params: Tree, x_real: Array, x_fake: Array, gp_weight: float) -> None:
    if x_real.shape != x_fake.shape:
        raise ValueError(
            f"x_fake: expected the shape of x_real {x_real.shape}, "
            f"received {x_fake.shape}"
        )
    if len(x_real) < 3 or x_real[0].size < 2:
        raise ValueError(
            "x_real: expected at least 3 samples of at least 2 elements, "
            f"received shape {x_real.shape}"
        )
    if gp_weight <= 0:
        raise ValueError(f"gp_weight: expected > 0, received {gp_weight}")
    named = {"x_real": x_real, "x_fake": x_fake}
    for name, array in [*named.items(), *tree.named(tree.learned(params))]:
        if getattr(array, "dtype", None) != np.float64:
            kind = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"{name}: expected a float64 array, received {kind}")


def _require_generator(
    code: Implementation, generator_params: Tree, z: Array | None, n: int
) -> None:
    if code.generate is None:
        for name in ("generator_gradient", "leak_to_generator"):
            if getattr(code, name) is not None:
                raise ValueError(
                    f"generate: expected together with {name}, received None"
                )
        return
    if generator_params is None or z is None or len(z) != n:
        shape = None if z is None else z.shape
        raise ValueError(
            f"z, generator_params: expected {n} latents and the parameters that "
            f"`generate` takes, received {shape} and {type(generator_params).__name__}"
        )


def _require_samples_apart(setting: Setting) -> None:
    """No sample's score may depend on its batch, as with batch normalisation."""
    x = setting.x_real
    together = setting.code.scores(setting.params, x)
    alone = [
        float(setting.code.scores(setting.params, x[i : i + 1])[0]) for i in (0, 1)
    ]
    if not np.allclose(together[:2], alone, rtol=1e-7, atol=1e-9):
        raise ValueError(
            "score: expected each sample's score to depend on that sample alone, "
            f"received {together[0]:.6g} in a batch and {alone[0]:.6g} alone: a critic "
            "with batch normalisation has no gradient of one sample's own"
        )
