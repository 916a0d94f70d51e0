"""Layers: one idea a file, five verbs each (see `base`)."""

from scratchgan.layers.activations import Sigmoid, Softplus, Tanh
from scratchgan.layers.affine import Bias, Gain, Scale
from scratchgan.layers.attention import Attention, SelfAttention
from scratchgan.layers.augment import Augment
from scratchgan.layers.base import INFERENCE, TRAINING, Context, DoubleBackward, Layer
from scratchgan.layers.batch_norm import BatchNorm
from scratchgan.layers.conditional_norm import AdaIN, ConditionalBatchNorm
from scratchgan.layers.constant import Constant
from scratchgan.layers.conv import Conv1d, Conv2d, Conv3d
from scratchgan.layers.conv_transpose import (
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from scratchgan.layers.dense import Dense
from scratchgan.layers.each_frame import EachFrame
from scratchgan.layers.elu import ELU, SELU, SmoothELU
from scratchgan.layers.embedding import Embedding
from scratchgan.layers.equalized import Equalized
from scratchgan.layers.gelu import GELU, SiLU
from scratchgan.layers.graph import Composite, Graph, Node
from scratchgan.layers.joining import Add, Concatenate, Parallel
from scratchgan.layers.label_affine import LabelAffine
from scratchgan.layers.leaky_relu import LeakyReLU, ReLU
from scratchgan.layers.maxout import Maxout
from scratchgan.layers.minibatch_discrimination import MinibatchDiscrimination
from scratchgan.layers.minibatch_stddev import MinibatchStddev
from scratchgan.layers.mixed_precision import MixedPrecision
from scratchgan.layers.modulated_conv import ModulatedConv2d
from scratchgan.layers.noise import Dropout, NoiseInjection
from scratchgan.layers.pad import Pad
from scratchgan.layers.phase_shuffle import PhaseShuffle
from scratchgan.layers.pixel_norm import PixelNorm
from scratchgan.layers.pool import AvgPool, GlobalAvgPool, MaxPool
from scratchgan.layers.projection_head import ProjectionHead
from scratchgan.layers.residual import Residual
from scratchgan.layers.sample_norm import GroupNorm, InstanceNorm, LayerNorm
from scratchgan.layers.select import Select
from scratchgan.layers.sequential import Sequential
from scratchgan.layers.shaping import Crop, Flatten, Repeat, Reshape
from scratchgan.layers.softmax import Softmax
from scratchgan.layers.space_to_depth import DepthToSpace, SpaceToDepth
from scratchgan.layers.spectral_norm import SpectralNorm
from scratchgan.layers.style_affine import StyleAffine
from scratchgan.layers.upfirdn2d import UpFirDn2d
from scratchgan.layers.upsample import UpsampleBilinear, UpsampleNearest
from scratchgan.layers.weight_norm import WeightNorm

__all__ = [
    "ELU",
    "GELU",
    "INFERENCE",
    "SELU",
    "TRAINING",
    "AdaIN",
    "Add",
    "Attention",
    "Augment",
    "AvgPool",
    "BatchNorm",
    "Bias",
    "Composite",
    "Concatenate",
    "ConditionalBatchNorm",
    "Constant",
    "Context",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Crop",
    "Dense",
    "DepthToSpace",
    "DoubleBackward",
    "Dropout",
    "EachFrame",
    "Embedding",
    "Equalized",
    "Flatten",
    "Gain",
    "GlobalAvgPool",
    "Graph",
    "GroupNorm",
    "InstanceNorm",
    "LabelAffine",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "MaxPool",
    "Maxout",
    "MinibatchDiscrimination",
    "MinibatchStddev",
    "MixedPrecision",
    "ModulatedConv2d",
    "Node",
    "NoiseInjection",
    "Pad",
    "Parallel",
    "PhaseShuffle",
    "PixelNorm",
    "ProjectionHead",
    "ReLU",
    "Repeat",
    "Reshape",
    "Residual",
    "Scale",
    "Select",
    "SelfAttention",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothELU",
    "Softmax",
    "Softplus",
    "SpaceToDepth",
    "SpectralNorm",
    "StyleAffine",
    "Tanh",
    "UpFirDn2d",
    "UpsampleBilinear",
    "UpsampleNearest",
    "WeightNorm",
]
