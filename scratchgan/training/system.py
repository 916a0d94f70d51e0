"""What a recipe describes and the trainer runs: players, phases and a way to sample.

A *player* is a network with its optimiser. A *phase* updates one player: its objective
is a pure function from the parameters of all players, and from a `Draw` of data and
random numbers, to a gradient. A training step runs every phase in order, each as often
as it says. What phases remember besides parameters, such as a pool of images or a mean
path length, is the system's *memory*: trees by name, which an objective reads from its
draw and returns anew. That is all the trainer knows, so that four networks, lazy
regularisation or a schedule of critic steps are descriptions in a recipe, not cases in
the loop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from scratchgan.data import Dataset
from scratchgan.layers import Layer
from scratchgan.optim import EMA, Optimizer
from scratchgan.rng import Stream
from scratchgan.training.draw import Draw
from scratchgan.training.styles import Styles
from scratchgan.types import Array, Tree


class Rows(dict[str, Any]):
    """What is remembered sample by sample: every array has the batch axis first.

    A part of a batch reads its own rows, and returns them (`parallel.shards`).
    """


class Outcome(NamedTuple):
    """What an objective found."""

    loss: float  #: what the player minimises, penalties included
    values: dict[str, float]  #: what is logged
    dparams: Tree  #: gradient of `loss` in the player's parameters
    params: Tree  #: the player's parameters, their running statistics moved on
    #: what is remembered from now on, by name; of parts of a batch, the mean, or Rows
    memory: Mapping[str, Tree] = MappingProxyType({})


#: Parameters of all players by name, and a draw, to a gradient for one of them.
Objective = Callable[[Mapping[str, Tree], Draw], Outcome]


def once(step: int) -> int:
    """Run a phase once in every step."""
    return 1


@dataclass(frozen=True)
class Player:
    """A network that learns.

    Parameters
    ----------
    network : Layer
        Its architecture.
    in_shape : tuple of int
        Shape of one input sample; of several inputs, the tuple of their shapes.
    optimizer : Optimizer
        How its parameters follow its gradient.
    ema : EMA, optional
        Average of its parameters, which samples are then drawn with.
    constrain : callable, optional
        Parameters to parameters, after an update (weight clipping).
    constrain_every : int
        Updates in one phase from one such constraint to the next.
    """

    network: Layer
    in_shape: Any
    optimizer: Optimizer
    ema: EMA | None = None
    constrain: Callable[[Tree], Tree] | None = None
    constrain_every: int = 1


@dataclass(frozen=True)
class Phase:
    """One kind of update.

    Parameters
    ----------
    name : str
        Also the name of its random streams.
    player : str
        Whose parameters it updates.
    objective : callable
        What that player minimises.
    repeats : callable
        Training step to the number of updates in it.
    batch_size : int, optional
        How many samples the objective draws, if it is a mean over them and takes the
        contexts of its forward passes from its `Draw`: it may then be computed in parts
        (`parallel.shards`). A draw may be of several times as many: packs, for example.
    averages : bool
        Whether the player's average follows this update.
    """

    name: str
    player: str
    objective: Objective
    repeats: Callable[[int], int] = once
    batch_size: int | None = None
    averages: bool = True


@dataclass(frozen=True)
class System:
    """Everything that a training run is made of, but its data.

    Parameters
    ----------
    players : mapping of str to Player
        By name.
    phases : tuple of Phase
        In the order of a step.
    generator : str
        The player that makes samples from latents.
    latent : callable
        ``(stream, tick, n) -> z``: the latents that samples are made from.
    make_phases : callable, optional
        Networks by player to the phases that train them: the same phases around other
        layers, such as a profile's.
    memory : mapping of str to Tree
        What is remembered at the start, by name.
    make : callable, optional
        ``(params, memory, z) -> samples`` from the generator's parameters, where that
        is not its forward pass at inference.
    styles : Styles, optional
        What can be done with a generator's latents besides: truncation, mixing and
        projection, where it is a style-based one.
    show : training.shows.Show, optional
        How samples are shown, where their shape does not tell.
    measure : callable, optional
        ``(state, data, seed) -> values``: what is known about a generator besides its
        losses; taken and logged with a sheet of samples that falls on a logged step.
    """

    players: Mapping[str, Player]
    phases: tuple[Phase, ...]
    generator: str
    latent: Callable[[Stream, int, int], Tree]
    make_phases: Callable[[Mapping[str, Layer]], tuple[Phase, ...]] | None = None
    memory: Mapping[str, Tree] = field(default_factory=dict)
    make: Callable[[Tree, Mapping[str, Tree], Tree], Array] | None = None
    styles: Styles | None = None
    show: Any = None
    measure: Callable[[Any, Dataset, int], Mapping[str, float]] | None = None

    def trained_by(self, networks: Mapping[str, Layer]) -> "System":
        """The same players, trained by the phases around other layers.

        Parameters
        ----------
        networks : mapping of str to Layer
            By player; they take the parameters of the player's own network.

        Raises
        ------
        ValueError
            If the system does not tell how its phases are made from networks.
        """
        if self.make_phases is None:
            raise ValueError("system: expected make_phases, received none")
        made = {phase.name: phase for phase in self.make_phases(networks)}
        return replace(self, phases=tuple(made[each.name] for each in self.phases))
