"""Layers that couple the batch, in parts: drawn sizes, and sweeps that do not agree."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_cases import CASES, subject

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import ContractError, Subject
from scratchgan.gradcheck.parts import check_parts
from scratchgan.layers.group import ALONE, Group

COUPLING = [c for c in CASES if c.layer.couples_batch and c.ctx.training]
IDS = [case.name for case in COUPLING]
every_coupling = pytest.mark.parametrize("case", COUPLING, ids=IDS)


def test_there_are_layers_that_couple_the_batch():
    names = {type(case.layer).__name__ for case in COUPLING}
    assert names >= {
        "BatchNorm",
        "ConditionalBatchNorm",
        "MinibatchDiscrimination",
        "MinibatchStddev",
        "Residual",
    }


@every_coupling
@pytest.mark.parametrize(("batch", "size"), [(12, 3), (8, 4), (8, 8)])
def test_more_parts_than_two(case, batch, size):
    check_parts(subject(case), batch, size)


@given(st.integers(1, 6), st.integers(1, 4), st.integers(2, 4), st.sampled_from([1, 2]))
def test_groups_of_samples_lie_across_parts_in_any_way(group, groups, size, features):
    """G samples of a group, M groups, and parts that divide neither."""
    batch = group * groups
    while batch % size:
        size -= 1
    check_parts(Subject(nn.MinibatchStddev(group, features), (3, 4)), batch, size)


class Deaf(nn.Layer):
    """A layer that does not hear the other parts in one verb."""

    def __init__(self, layer, verb):
        self.layer, self.verb = layer, verb

    @property
    def couples_batch(self):
        return self.layer.couples_batch

    def init(self, rng, in_shape):
        return self.layer.init(rng, in_shape)

    def heard(self, verb, cache):
        if verb != self.verb:
            return cache
        return tree.map(lambda a: ALONE if isinstance(a, Group) else a, cache)

    def forward(self, params, x, ctx=nn.TRAINING):
        if self.verb == "forward":
            y, _ = self.layer.forward(params, x, replace(ctx, group=ALONE))
            return y, self.layer.forward(params, x, ctx)[1]
        return self.layer.forward(params, x, ctx)

    def backward(self, params, cache, *rest):
        return self.layer.backward(params, self.heard("backward", cache), *rest)

    def jvp(self, params, cache, tx):
        return self.layer.jvp(params, self.heard("jvp", cache), tx)

    def backward_jvp(self, params, cache, *rest):
        return self.layer.backward_jvp(params, self.heard("backward_jvp", cache), *rest)

    def advance(self, params, cache):
        return self.layer.advance(params, cache)


@every_coupling
@pytest.mark.parametrize("verb", ["forward", "backward", "jvp", "backward_jvp"])
def test_a_verb_that_does_not_hear_the_others_is_caught(case, verb):
    check_parts(subject(case)._replace(layer=Deaf(case.layer, "none")))
    with pytest.raises((ContractError, ValueError)):
        check_parts(subject(case)._replace(layer=Deaf(case.layer, verb)))


class MovesByItsOwn(nn.BatchNorm):
    def advance(self, params, cache):
        ours = cache._replace(mean=cache.s.h.mean(0) + cache.mean)
        return super().advance(params, ours)


def test_state_that_moves_by_the_statistics_of_a_part_is_caught():
    with pytest.raises(ContractError, match="advance of 2 parts"):
        check_parts(Subject(MovesByItsOwn(), (3,)))
