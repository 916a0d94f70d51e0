"""Our steps beside JAX's: gradient and Adam one compiled function.

Its arrays are channels last, as ours, and the old state's memory is given to the new
one. JAX launches ahead of the device like the others, so that its regions are timed on
the host's clock, ours in turn with it the same way.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from on_gpu import agreement, clock, ours, place
from on_gpu.clock import Timed
from on_gpu.setting import Setting
from on_gpu.step_cases import StepCase, cases

PRECISIONS = {"float32": "highest", "tf32": "tensorfloat32"}


def missing(setting: Setting) -> str:
    """JAX that sees the GPU, and CuPy."""
    if why := place.without_module("jax") or place.without_gpu(setting):
        return why
    import jax

    there = setting.tiny or jax.default_backend() == "gpu"
    return "" if there else "JAX finds no GPU"


def items(setting: Setting) -> list[str]:
    """Cases."""
    return [f"{case}, jit" for case in cases(setting)]


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """Both sides in turn, after their gradients were compared."""
    import jax

    name, _ = item.split(", ")
    case, backend = cases(setting)[name], place.backend(setting)
    made: list[JaxStep] = []

    def gradient(which: StepCase) -> list[np.ndarray]:
        made[:] = [JaxStep(which)]
        return made[0].gradient()

    with jax.default_matmul_precision(PRECISIONS[setting.precision]):
        errors = agreement.require(
            name,
            setting,
            lambda which: ours.Step(which, backend, setting.precision).gradient(),
            gradient,
        )
    (theirs,) = made  # of the whole case, compiled at this precision
    step = ours.prepare(case, backend, setting.precision)

    def idle() -> None:
        place.synchronize(setting)
        theirs.wait()

    region = clock.on_host(idle)
    found = clock.in_turn(Timed(step, region), Timed(theirs, region))
    return {"errors": errors, "ours": step.kind, "form": "channels last", **found}


class JaxStep:
    """JAX's step.

    Parameters
    ----------
    case : StepCase
        Which.
    """

    def __init__(self, case: StepCase) -> None:
        import jax
        import jax.numpy as jnp
        from cases import parameters

        params = parameters(case.case.critic, case.case.shape, np.float32)
        params = jax.tree.map(jnp.asarray, params)
        zeros = (jax.tree.map(jnp.zeros_like, params) for _ in range(2))
        self.state = (params, *zeros, jnp.float32(1))
        self.given = [jnp.asarray(a) for a in case.given(np.float32)]
        self.update = jax.jit(updated(loss_of(case)), donate_argnums=(0, 1, 2, 3))

    def __call__(self) -> None:
        """Launch it."""
        self.state = self.update(*self.state, self.given)

    def wait(self) -> None:
        """Until it is over."""
        import jax

        jax.block_until_ready(self.state)

    def gradient(self) -> list[np.ndarray]:
        """Of the first step, by parameter: Adam's first moment over 1 − β₁."""
        import jax
        from cases import BETA1

        self()
        return [np.asarray(m) / (1 - BETA1) for m in jax.tree.leaves(self.state[1])]


def loss_of(case: StepCase) -> Callable[[Any, Any], Any]:
    """Loss and penalty, or R1 alone, as a function of parameters and samples."""
    import critic_step
    import jax
    import r1_step
    from jax_twin import apply

    from on_gpu import jax_style

    jax_style.register()
    critic = case.case.critic

    def r1(params: Any, given: Any) -> Any:
        g = jax.grad(lambda x: apply(critic, params, x).sum())(given[0])
        return r1_step.GAMMA / 2 * (g * g).sum() / len(g)

    def whole(params: Any, given: Any) -> Any:
        return critic_step.jax_loss(critic, params, given)

    return whole if case.kind == "critic" else r1


def updated(loss: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Adam's update by the gradient of `loss`."""
    import jax
    import jax.numpy as jnp
    from cases import BETA1, BETA2, LEARNING_RATE

    def update(params: Any, m: Any, s: Any, t: Any, given: Any) -> Any:
        g = jax.grad(loss)(params, given)
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, g)
        s = jax.tree.map(lambda s, g: BETA2 * s + (1 - BETA2) * g * g, s, g)
        rate = LEARNING_RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        new = jax.tree.map(
            lambda p, m, s: p - rate * m / (jnp.sqrt(s) + 1e-8), params, m, s
        )
        return new, m, s, t + 1

    return update
