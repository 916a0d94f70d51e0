"""Each check of the contract can fail: it catches a layer that breaks its promise."""

from dataclasses import dataclass

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan.gradcheck import ContractError, Subject, check_contract
from scratchgan.gradcheck.contract import CONTRACT
from scratchgan.layers.dense import DenseParams
from scratchgan.layers.group import ALONE


class AnnouncesAnotherShape(nn.Tanh):
    def init(self, rng, in_shape):
        return (), (*in_shape, 1)


class ForgetsATermForNone(nn.Tanh):
    def backward_jvp(self, params, cache, dcache, tcache, tdy=None, wrt="all"):
        if tdy is None:
            return None, ()
        return super().backward_jvp(params, cache, dcache, tcache, tdy, wrt)


class IgnoresWrt(nn.Dense):
    def backward(self, params, cache, dy, wrt="all"):
        return super().backward(params, cache, dy, "all")


class WritesIntoItsInput(nn.Tanh):
    def forward(self, params, x, ctx=nn.TRAINING):
        x *= 1.5
        return super().forward(params, x, ctx)


class WritesIntoATrace(nn.Dense):
    def jvp(self, params, cache, tx):
        cache += 1e-3
        return super().jvp(params, cache, tx)


class Promotes(nn.Tanh):
    def f1(self, kept):
        return np.float64(1) - kept * kept


class SumsInFloat16(nn.Dense):
    def _db(self, dy):
        total = np.zeros_like(dy[0])
        for row in dy:
            total += row
        return total


class ReadsMemoryInItsOrder(nn.Tanh):
    def forward(self, params, x, ctx=nn.TRAINING):
        base = x if x.base is None else x.base
        return super().forward(params, base.reshape(-1)[: x.size].reshape(x.shape), ctx)


class DividesByTheOtherSamples(nn.Dense):
    def _db(self, dy):
        with np.errstate(invalid="ignore", divide="ignore"):
            return dy.sum(0) / (len(dy) - 1.0) * (len(dy) - 1.0)


class CachesTheBatchLast(nn.Tanh):
    def f(self, x):
        y, kept = super().f(x)
        return y, np.moveaxis(kept, 0, -1)

    def f1(self, kept):
        return super().f1(np.moveaxis(kept, -1, 0))

    def f2(self, kept):
        return super().f2(np.moveaxis(kept, -1, 0))


class CouplesInSecret(nn.BatchNorm):
    @property
    def couples_batch(self):
        return False


class AgreesInThreeVerbsOnly(nn.BatchNorm):
    def backward_jvp(self, params, cache, *traces):
        return super().backward_jvp(params, cache._replace(group=ALONE), *traces)


class IsNotSymmetric(nn.Tanh):
    def backward_jvp(self, params, cache, dcache, tcache, tdy=None, wrt="all"):
        tdx, _ = super().backward_jvp(params, cache, dcache, tcache, tdy, wrt)
        return tdx + 0.1 * np.roll(tcache, 1, axis=-1), ()


@dataclass(frozen=True)
class WrongGradientShape(nn.Dense):
    def backward(self, params, cache, dy, wrt="all"):
        dx, dparams, dcache = super().backward(params, cache, dy, wrt)
        if dparams is not None:
            dparams = DenseParams(dparams.W.T, dparams.b)
        return dx, dparams, dcache


BROKEN = [
    ("shapes", AnnouncesAnotherShape(), (3,)),
    ("shapes", WrongGradientShape(4), (3,)),
    ("structural zeros", ForgetsATermForNone(), (3,)),
    ("wrt", IgnoresWrt(4), (3,)),
    ("purity", WritesIntoItsInput(), (3,)),
    ("purity", WritesIntoATrace(4), (3,)),
    ("float32", Promotes(), (3,)),
    ("float16", SumsInFloat16(4), (3,)),
    ("strides", ReadsMemoryInItsOrder(), (3,)),
    ("batches", DividesByTheOtherSamples(4), (3,)),
    ("cutting", CachesTheBatchLast(), (4, 5)),
    ("coupling", CouplesInSecret(), (3,)),
    ("parts", AgreesInThreeVerbsOnly(), (3,)),
    ("symmetry", IsNotSymmetric(), (3,)),
]


@pytest.mark.parametrize(
    ("check", "layer", "shape"), BROKEN, ids=[type(b[1]).__name__ for b in BROKEN]
)
def test_a_broken_promise_is_caught_by_its_own_check(check, layer, shape):
    subject = Subject(layer, shape)
    with pytest.raises((ContractError, ValueError)):
        CONTRACT[check](subject)


def test_every_check_is_tried():
    assert {check for check, _, _ in BROKEN} == CONTRACT.keys()


def test_a_message_says_what_was_expected_and_what_came():
    with pytest.raises(ContractError, match=r"dx: expected float32, got \['float64'\]"):
        check_contract(Subject(Promotes(), (3,)))
    check_contract(Subject(nn.Tanh(), (3,)))
