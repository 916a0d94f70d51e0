"""In what numbers a run's networks compute: `--precision`.

Parameters, losses, penalties and optimisers are float32 in any case, and sums are.

    float32     products of float32
    tf32        products round their operands to 10 bits of mantissa
    bfloat16    and to 7 bits
    float16     the networks' arrays are float16: `layers.mixed_precision`

The second and third are what a GPU's tensor cores do, chosen where products are
computed (`kernels.cuda.device.computing_in`). The last is mathematics of our own, the
same on every backend; with NumPy, which has no fast float16, it is slow.
"""

from dataclasses import replace

from scratchgan.backend import NUMPY, Backend
from scratchgan.layers import Graph, Layer, MixedPrecision, Node
from scratchgan.training.system import System

#: What is typed, and what products of float32 are computed in.
PRECISIONS = {
    "float32": "float32",
    "tf32": "tf32",
    "bfloat16": "bf16",
    "float16": "float32",
}
OF_DEVICES = ("tf32", "bfloat16")


def require_precision(name: str, backend: Backend) -> None:
    """Raise ValueError unless a backend can compute in the precision called `name`."""
    if name not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise ValueError(f"--precision: expected {known}, received {name!r}")
    if not rounds(name, backend):
        known = ", ".join(each for each in PRECISIONS if each not in OF_DEVICES)
        raise ValueError(f"--precision: expected {known} with NumPy, received {name!r}")


def rounds(name: str, backend: Backend) -> bool:
    """Whether a backend rounds as the precision called `name` says."""
    return name not in OF_DEVICES or backend.name != NUMPY.name


def in_precision(system: System, name: str) -> System:
    """`system`, trained by networks that compute in the precision called `name`.

    Its players are what they were: samples are made in float32.
    """
    if name != "float16":
        return system
    players = system.players.items()
    return system.trained_by({name: _half(each.network) for name, each in players})


def _half(network: Layer) -> Layer:
    """The network in float16; of a graph every node, since phases ask for nodes."""
    if not isinstance(network, Graph):
        return MixedPrecision(network)
    nodes = tuple(
        Node(each.name, MixedPrecision(each.layer), each.inputs)
        for each in network.nodes
    )
    return replace(network, nodes=nodes)
