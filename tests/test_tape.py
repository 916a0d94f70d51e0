"""The oracle's tape against closed forms: first and second gradients, by hand."""

import math

import numpy as np
import pytest
from oracle import tape
from oracle.tape import Var


def second(f, x, u):
    """f, ∂f/∂x and the gradient of ⟨u, ∂f/∂x⟩, for a scalar f of one array."""
    v = Var(x)
    y = tape.total(tape.reshape(f(v), (-1,)), (0,))
    (first,) = tape.gradients(y, [v])
    again = tape.total(tape.reshape(first * u, (-1,)), (0,))
    (twice,) = tape.gradients(again, [v])
    return y.value, first.value, np.zeros_like(x) if twice is None else twice.value


X = np.array([[0.3, -1.2, 2.0], [0.9, 0.1, -0.4]])
U = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])


@pytest.mark.parametrize(
    ("f", "f1", "f2"),
    [
        (tape.exp, np.exp, np.exp),
        (tape.tanh, lambda x: 1 - np.tanh(x) ** 2,
         lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)),
        (lambda x: x**3, lambda x: 3 * x**2, lambda x: 6 * x),
        (lambda x: tape.log(x**2 + 1), lambda x: 2 * x / (x**2 + 1),
         lambda x: 2 * (1 - x**2) / (x**2 + 1) ** 2),
        (lambda x: 1 / (2 - x / 5), lambda x: 0.2 / (2 - x / 5) ** 2,
         lambda x: 0.08 / (2 - x / 5) ** 3),
        (tape.erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-(x**2)),
         lambda x: -4 * x / math.sqrt(math.pi) * np.exp(-(x**2))),
        (lambda x: tape.absolute(x) * x, lambda x: 2 * np.abs(x),
         lambda x: 2 * np.sign(x)),
        (lambda x: tape.where(X > 0, x, x**2), lambda x: np.where(x > 0, 1, 2 * x),
         lambda x: np.where(x > 0, 0, 2)),
    ],
)  # fmt: skip
def test_elementwise_operations(f, f1, f2):
    _, first, twice = second(f, X, U)
    np.testing.assert_allclose(first, f1(X), rtol=1e-13)
    np.testing.assert_allclose(twice, f2(X) * U, rtol=1e-12, atol=1e-14)


def test_a_quadratic_form_by_matrix_products():
    """xᵀ A x: gradient (A + Aᵀ) x, Hessian A + Aᵀ."""
    A = np.random.default_rng(0).normal(size=(3, 3))
    x, u = X[:1].T, U[:1].T
    y, first, twice = second(lambda v: tape.transpose(v, (1, 0)) @ (A @ v), x, u)
    np.testing.assert_allclose(y, (x.T @ A @ x).item(), rtol=1e-13)
    np.testing.assert_allclose(first, (A + A.T) @ x, rtol=1e-13)
    np.testing.assert_allclose(twice, (A + A.T) @ u, rtol=1e-13)


def test_broadcasting_is_folded_back():
    row = np.array([1.0, 2.0, 3.0])
    v = Var(row)
    y = tape.total(tape.reshape(Var(X) * v * v, (-1,)), (0,))
    (first,) = tape.gradients(y, [v])
    np.testing.assert_allclose(first.value, 2 * row * X.sum(0), rtol=1e-13)


def test_gathering_and_scattering_are_adjoint_and_drop_what_is_beyond():
    index = np.array([[0, 5, 5], [6, 2, 0]])  # 6 is beyond X's six numbers
    taken = tape.gather(Var(X), index).value
    np.testing.assert_array_equal(taken, np.append(X, 0)[index])
    added = tape.scatter(Var(U), index, 6, (6,)).value
    assert np.vdot(taken, U) == pytest.approx(np.vdot(X.reshape(-1), added))
    joined = tape.concatenate([Var(X), Var(U)], 1).value
    np.testing.assert_array_equal(joined, np.concatenate([X, U], 1))


def test_what_y_does_not_depend_on_has_no_gradient():
    a, b = Var(X), Var(U)
    y = tape.total(a, (0, 1))
    assert tape.gradients(y, [a, b])[1] is None
