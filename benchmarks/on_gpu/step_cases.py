"""Which steps are compared, at full size and in a rehearsal.

Critic steps of WGAN-GP, as `critic_step.py` has them, and the R1 step of StyleGAN2's
discriminator for 256 × 256 pixels, as `r1_step.py` has that for 64.
"""

from typing import Any, NamedTuple

import critic_step
import numpy as np
import r1_step
from cases import CASES, Case, samples

from on_gpu.setting import Setting
from scratchgan import networks
from scratchgan.networks.style_discriminator import style_discriminator
from scratchgan.training.system import Objective


class StepCase(NamedTuple):
    """A network and its samples, and which step of it: "critic" or "r1"."""

    kind: str
    case: Case

    def given(self, dtype: Any) -> list[np.ndarray]:
        """What the step is given: x_real, x_fake and ε, or x_real alone."""
        arrays = samples(self.case, dtype)
        return arrays if self.kind == "critic" else arrays[:1]

    def objective(self, given: list[Any]) -> Objective:
        """Ours, on these arrays, wherever they are."""
        if self.kind == "critic":
            return critic_step.objective(self.case, given)
        return r1_step.objective(self.case, given[0])

    def of(self, batch: int) -> "StepCase":
        """The same with so many samples."""
        return self._replace(case=self.case._replace(batch=batch))


FULL = {name: StepCase("critic", CASES[name]) for name in ("dcgan64", "resnet")}
FULL["stylegan2-256-r1"] = StepCase(
    "r1", Case(style_discriminator(256, 32768), (256, 256, 3), 16)
)
#: In place of those whose float64 on the host takes minutes.
SMALLER = {
    "stylegan2-256-r1": StepCase(
        "r1", Case(style_discriminator(64, 4096), (64, 64, 3), 4)
    )
}
FULL |= {name: StepCase("critic", CASES[name]) for name in ("mnist", "mlp")}

TINY = {
    "dcgan64": StepCase(
        "critic", Case(networks.dcgan_discriminator(4, False), (64, 64, 3), 4)
    ),
    "resnet": StepCase(
        "critic", Case(networks.cifar_resnet_critic(4, True), (32, 32, 3), 4)
    ),
    "stylegan2-256-r1": StepCase(
        "r1", Case(style_discriminator(16, 64), (16, 16, 3), 4)
    ),
    "mnist": StepCase("critic", Case(networks.mnist_discriminator(4), (28, 28, 1), 4)),
    "mlp": StepCase("critic", Case(networks.mlp(16, 3, 1), (2,), 8)),
}


def cases(setting: Setting) -> dict[str, StepCase]:
    """By name, the most important first."""
    return TINY if setting.tiny else FULL
