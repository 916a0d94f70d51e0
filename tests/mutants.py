"""A WGAN-GP by hand in plain NumPy: right, and wrong in each of the known ways.

Nothing here is scratchgan's: it is the code of somebody who asks whether it is right.
"""

from dataclasses import dataclass

import numpy as np
from perceptrons import add, backward, forward, scaled, squeezed

from scratchgan.gradcheck import Implementation


@dataclass(frozen=True)
class ByHand:
    """The implementation, with one defect or none."""

    defect: str = ""
    gp_weight: float = 10.0
    one_sided: bool = False

    def is_(self, *names):
        return self.defect in names

    # the critic

    def score(self, params, x):
        return forward(params, squeezed(x))[0][:, 0]

    def x_hat(self, x_real, x_fake, eps):
        if self.is_("one ε for the batch"):
            eps = np.full_like(eps, eps[0])
        if self.is_("one ε for the batch: ignored"):
            eps = np.ones_like(eps)
        if self.is_("one ε for the batch: mean"):
            eps = np.full_like(eps, eps.mean())
        eps = eps.reshape(-1, *(1,) * (x_real.ndim - 1))
        if self.is_("orientation"):
            return x_real + eps * (x_fake - x_real)
        if self.is_("ε squared"):
            eps = eps**2
        return eps * x_real + (1 - eps) * x_fake

    def interpolate(self, x_real, x_fake, rng):
        shape = (len(x_real),)
        if self.is_("one ε for the batch"):
            return self.x_hat(x_real, x_fake, np.repeat(rng.random(), len(x_real)))
        if self.is_("ε of each element"):
            eps = rng.random(x_real.shape)
            return eps * x_real + (1 - eps) * x_fake
        if self.is_("normal ε"):
            return self.x_hat(x_real, x_fake, rng.normal(size=shape))
        return self.x_hat(x_real, x_fake, rng.random(shape))

    def of_gradient(self, g):
        """P(g) and v = ∂P/∂g."""
        n, axes = len(g), tuple(range(1, g.ndim))
        if self.is_("norm over the wrong axis"):
            axes = (1,) if g.ndim > 2 else (0,)
        if self.is_("norm over the whole batch"):
            axes = tuple(range(g.ndim))
        norm = np.sqrt((g * g).sum(axis=axes, keepdims=True))
        unit = np.divide(g, norm, out=np.zeros_like(g), where=norm > 0)
        if self.is_("NaN at zero gradient"):
            unit = g / norm
        if self.is_("squared norm without root"):
            norm, unit = norm**2, 2 * g
        excess = norm - 1
        if self.one_sided and not self.is_("two-sided"):
            excess = np.maximum(excess, 0)
        count = 1 if self.is_("sum instead of mean") else norm.size
        value = self.gp_weight * (excess**2).sum() / count
        v = 2 * self.gp_weight * excess * unit / count
        if self.is_("mean before the square"):
            value = self.gp_weight * excess.mean() ** 2
            v = 2 * self.gp_weight * excess.mean() * unit / n
        if self.is_("weight left out of the gradient"):
            v = v / self.gp_weight
        return value, v

    def penalty(self, params, x_real, x_fake, eps):
        x = self.x_hat(x_real, x_fake, eps)
        y, trace = forward(params, squeezed(x))
        g, _, above = backward(params, trace, np.ones_like(y))
        value, v = self.of_gradient(g.reshape(x.shape))
        dparams = self.sweeps(params, trace, above, squeezed(v))
        if self.is_("penalty never differentiated"):
            dparams = scaled(dparams, 0.0)
        if self.is_("penalty never differentiated: None"):
            dparams = None
        if self.is_("wrong sign"):
            dparams = scaled(dparams, -1.0)
        if self.is_("wrong sign: penalty too"):
            value, dparams = -value, scaled(dparams, -1.0)
        if self.is_("biases left out"):
            dparams = [{"W": p["W"], "b": 0 * p["b"]} for p in dparams]
        return value, dparams

    def sweeps(self, params, trace, above, v):
        """Up along v, and down with what moves: ∂θ⟨v, g⟩."""
        tangents, tx = [], v
        for p, (_, f1, _) in zip(params, trace, strict=True):
            tangents.append((tx, tx @ p["W"]))
            tx = f1 * tangents[-1][1]
        grads, tdy = [], np.zeros_like(above[-1])
        for k in reversed(range(len(params))):
            (x, f1, f2), (tx, tz), dy = trace[k], tangents[k], above[k]
            born = 0.9 * f2 if self.is_("f″ off by a tenth") else f2
            tdz = born * tz * dy + f1 * tdy
            if self.is_("f″ sweep missing"):
                tdz = 0 * tdz
            if self.is_("reverse sweep missing", "reverse sweep missing: numpy-ml"):
                tdz = f2 * tz * dy
            inner = x.T @ tdz
            if self.is_("reverse sweep missing: numpy-ml"):
                inner = 0 * inner
            grads.append({"W": tx.T @ (f1 * dy) + inner, "b": tdz.sum(axis=0)})
            tdy = tdz @ params[k]["W"].T
            if self.is_("slope forgotten on the way down"):
                tdy = tdy / np.maximum(f1.mean(), 0.1)
        return grads[::-1]

    def adversarial(self, params, x_real, x_fake):
        sign = -1.0 if self.is_("wrong sign: of the loss") else 1.0
        grads, value = scaled(params, 0.0), 0.0
        for x, s in ((x_real, -sign), (x_fake, sign)):
            y, trace = forward(params, squeezed(x))
            dy = np.full_like(y, s / len(x))
            value += s * float(y.mean())
            grads = add(grads, backward(params, trace, dy)[1])
        if self.is_("wrong sign: of the loss's gradient"):
            grads = scaled(grads, -1.0)
        return value, grads

    def critic_loss(self, params, x_real, x_fake, eps):
        value, dparams = self.penalty(params, x_real, x_fake, eps)
        loss, grads = self.adversarial(params, x_real, x_fake)
        if dparams is None or self.is_("penalty never differentiated: in the loss"):
            return loss + value, grads
        return loss + value, add(grads, dparams)

    def critic_step(self, params, x_real, x_fake, eps, rate):
        batch = x_real, x_fake, eps
        if self.is_("extra optimiser step"):  # of the loss, then of the penalty
            loss = self.adversarial(params, x_real, x_fake)[1]
            params = add(params, loss, -rate)
            return add(params, self.penalty(params, *batch)[1], -rate)
        for _ in range(2 if self.is_("extra optimiser step: whole") else 1):
            params = add(params, self.critic_loss(params, *batch)[1], -rate)
        if self.is_("extra optimiser step: same gradient"):
            return add(params, self.critic_loss(params, *batch)[1], -rate)
        return params

    # the generator

    def generate(self, generator, z):
        return forward(generator, z)[0]

    def generator_gradient(self, generator, params, z):
        x_fake, trace = forward(generator, z)
        y, above = forward(params, x_fake)
        dx, _, _ = backward(params, above, np.full_like(y, -1 / len(z)))
        if self.is_("generator gradient not through the critic"):
            dx = np.full_like(x_fake, -1 / len(z))
        if self.is_("generator gradient not through the critic: zero"):
            dx = 0 * dx
        if self.is_("wrong sign: of the generator"):
            dx = -dx
        if self.is_("generator's sum"):
            dx = len(z) * dx
        return backward(generator, trace, dx)[1]

    def leak_to_generator(self, generator, params, x_real, z, eps):
        """∂P/∂x̂ = ∂⟨v, g⟩/∂x, v held, which is where the tangents' way down ends."""
        x_fake, trace = forward(generator, z)
        x = self.x_hat(x_real, x_fake, eps)
        y, above = forward(params, x)
        g, _, dys = backward(params, above, np.ones_like(y))
        _, v = self.of_gradient(g)
        dx = (1 - eps)[:, None] * self.second(params, above, dys, v)
        if self.is_("x̂ not treated as constant"):
            return backward(generator, trace, dx)[1]
        if self.is_("x̂ not treated as constant: nor x_fake"):
            y, above = forward(params, x_fake)
            dx = dx + backward(params, above, np.full_like(y, 1 / len(z)))[0]
            return backward(generator, trace, dx)[1]
        if self.is_("x_fake alone leaks"):
            y, above = forward(params, x_fake)
            dx = backward(params, above, np.full_like(y, 1 / len(z)))[0]
            return backward(generator, trace, dx)[1]
        return None

    @staticmethod
    def second(params, trace, above, v):
        """∂⟨v, g⟩/∂x, the Hessian of each sample's score times v."""
        tx, tangents = v, []
        for p, (_, f1, _) in zip(params, trace, strict=True):
            tangents.append(tx @ p["W"])
            tx = f1 * tangents[-1]
        tdy = np.zeros_like(above[-1])
        for k in reversed(range(len(params))):
            _, f1, f2 = trace[k]
            tdy = (f2 * tangents[k] * above[k] + f1 * tdy) @ params[k]["W"].T
        return tdy

    def implementation(self, **changes):
        names = Implementation.__dataclass_fields__
        return Implementation(**{**{n: getattr(self, n) for n in names}, **changes})
