"""Graphs and what joins branches: the chain rule with explicit Jacobians."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import differenced, gradient, jacobian, prove, sweeps
from scratchgan import layers as nn


def styled(a, w):
    """StyleAffine of samples without pixels: g a + b with [g, b] = w."""
    g, b = np.split(w, 2, axis=-1)
    return g * a + b


#: a = tanh x, b = styled(a, w), y = b + x: x is read twice, w on the way.
NODES = {
    "a": (np.tanh, ("x",)),
    "b": (styled, ("a", "w")),
    "y": (lambda b, x: b + x, ("b", "x")),
}


@cache
def graph():
    net = nn.Graph(
        inputs=("x", "w"),
        nodes=(
            nn.Node("a", nn.Tanh(), ("x",)),
            nn.Node("b", nn.StyleAffine(), ("a", "w")),
            nn.Node("y", nn.Add(), ("b", "x")),
        ),
        outputs=("a", "b", "y"),
    )
    s = sweeps(net, ((3,), (6,)), batch=2)
    s.v = {"x": s.x[0], "w": s.x[1]}
    s.tv = {"x": s.tx[0], "w": s.tx[1]}
    for name, (f, reads) in NODES.items():
        s.v[name] = f(*(s.v[r] for r in reads))
        s.tv[name] = sum(J(s.v, name, r) @ s.tv[r].ravel() for r in reads)
        s.tv[name] = s.tv[name].reshape(s.v[name].shape)
    s.dv, s.tdv = collected(s)
    return s


def J(v, name, read):
    """Jᵢₐ, the Jacobian of node `name` in the value `read`, at the values v."""
    f, reads = NODES[name]
    return jacobian(lambda a: f(*(a if r == read else v[r] for r in reads)), v[read])


def collected(s):
    """The cotangents dv of all values, and their tangents, as the formulas say."""
    dv = {n: np.zeros(a.size) for n, a in s.v.items()}
    tdv = {n: np.zeros(a.size) for n, a in s.v.items()}
    for name, dy, tdy in zip(NODES, s.dy, s.tdy, strict=True):
        dv[name] += dy.ravel()
        tdv[name] += tdy.ravel()
    for name in reversed(NODES):
        for read in NODES[name][1]:

            def at(ε, name=name, read=read):
                v = {n: s.v[n] + ε * s.tv[n] for n in s.v}
                return J(v, name, read).T @ (dv[name] + ε * tdv[name])

            dv[read] += J(s.v, name, read).T @ dv[name]
            tdv[read] += differenced(at, 0.0, 1.0)
    return dv, tdv


def flattened(parts):
    return np.concatenate([np.ravel(part) for part in parts])


prove(
    "layers.graph",
    graph,
    {
        "vᵢ = fᵢ(v_a, v_b, …; θᵢ)": lambda s: (s.y[1], styled(s.y[0], s.x[1])),
        "vᵢ = fᵢ(…)": lambda s: (flattened(s.y), flattened(s.v[n] for n in NODES)),
        "dv_a += Jᵢₐᵀ dvᵢ": lambda s: (
            flattened(s.dx),
            flattened([s.dv["x"], s.dv["w"]]),
        ),
        "tvᵢ = Σₐ Jᵢₐ tv_a": lambda s: (
            flattened(s.ty),
            flattened(s.tv[n] for n in NODES),
        ),
        "tdv_a += d(Jᵢₐᵀ dvᵢ)": lambda s: (
            flattened(s.tdx),
            flattened([s.tdv["x"], s.tdv["w"]]),
        ),
    },
)


@cache
def joining():
    branches = nn.Parallel([nn.Tanh(), nn.Dense(3)])
    parts = sweeps(branches, (4,))
    W, b = parts.params["1"]
    parts.f = np.tanh, lambda x: x @ W + b
    return SimpleNamespace(
        runs=sweeps(nn.Concatenate(), ((2, 3), (2, 1), (2, 2))),
        add=sweeps(nn.Add(), ((2, 3), (2, 3), (2, 3))),
        parallel=parts,
    )


@cache
def framed():
    """Two frames of three numbers each, f = tanh(x W + b)."""
    s = sweeps(nn.EachFrame(nn.Sequential([nn.Dense(2), nn.Tanh()])), (2, 3), batch=2)
    W, b = s.params[0]
    s.f = lambda x, W=W, b=b: np.tanh(x @ W + b)
    s.W = W
    s.at = [s.x[:, t] for t in range(2)]
    s.J = [jacobian(s.f, x) for x in s.at]
    s.tJ = [
        lambda ε, t=t: (
            jacobian(s.f, s.x[:, t] + ε * s.tx[:, t]).T
            @ (s.dy + ε * s.tdy)[:, t].ravel()
        )
        for t in range(2)
    ]
    return s


def frames(a):
    """The frames of (N, T, …), each as a vector."""
    return [a[:, t].ravel() for t in range(a.shape[1])]


prove(
    "layers.each_frame",
    framed,
    {
        "y[t] = f(x[t]; θ)": lambda s: (
            flattened(frames(s.y)),
            flattened([s.f(x) for x in s.at]),
        ),
        "dx[t] = Jₜᵀ dy[t]": lambda s: (
            flattened(frames(s.dx)),
            flattened([J.T @ dy for J, dy in zip(s.J, frames(s.dy), strict=True)]),
        ),
        "dθ = Σₜ ∂⟨dy[t], f(x[t]; θ)⟩/∂θ": lambda s: (
            s.dparams[0].W,
            sum(
                gradient(lambda W, t=t: (s.dy[:, t] * s.f(s.at[t], W)).sum(), s.W)
                for t in range(2)
            ),
        ),
        "ty[t] = Jₜ tx[t]": lambda s: (
            flattened(frames(s.ty)),
            flattened([J @ tx for J, tx in zip(s.J, frames(s.tx), strict=True)]),
        ),
        "tdx[t] = d(Jₜᵀ dy[t])": lambda s: (
            flattened(frames(s.tdx)),
            flattened([differenced(moved, 0.0, 1.0) for moved in s.tJ]),
        ),
    },
)

prove(
    "layers.joining",
    joining,
    {
        "y = [x₁, …, xₖ]": lambda s: (
            np.moveaxis(s.runs.y, -1, 0),
            [c for x in s.runs.x for c in np.moveaxis(x, -1, 0)],
        ),
        "dxᵢ = the i-th run of dy's channels": lambda s: (
            flattened(s.runs.dx),
            flattened([s.runs.dy[..., a:b] for a, b in ((0, 3), (3, 4), (4, 6))]),
        ),
        "y = Σᵢ xᵢ": lambda s: (s.add.y, s.add.x[0] + s.add.x[1] + s.add.x[2]),
        "dxᵢ = dy": lambda s: (np.stack(s.add.dx), np.stack([s.add.dy] * 3)),
        "yᵢ = fᵢ(x)": lambda s: (
            flattened(s.parallel.y),
            flattened(f(s.parallel.x) for f in s.parallel.f),
        ),
        "dx = Σᵢ Jᵢᵀ dyᵢ": lambda s: (
            s.parallel.dx.ravel(),
            sum(
                jacobian(f, s.parallel.x).T @ dy.ravel()
                for f, dy in zip(s.parallel.f, s.parallel.dy, strict=True)
            ),
        ),
    },
)
