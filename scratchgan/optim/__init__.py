"""Optimisers, schedules and averages: pure functions on trees."""

from scratchgan.optim.adam import Adam
from scratchgan.optim.base import LearningRate, Optimizer
from scratchgan.optim.ema import EMA
from scratchgan.optim.lazy import lazy
from scratchgan.optim.rmsprop import RMSProp
from scratchgan.optim.schedules import HalfLife, LinearDecay, falling
from scratchgan.optim.sgd import SGD

__all__ = [
    "EMA",
    "SGD",
    "Adam",
    "HalfLife",
    "LearningRate",
    "LinearDecay",
    "Optimizer",
    "RMSProp",
    "falling",
    "lazy",
]
