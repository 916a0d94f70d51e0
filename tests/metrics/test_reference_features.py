"""Agreement with torch-fidelity, prdc and SciPy on the same features."""

import numpy as np
import pytest
from torch_fidelity_modules import fidelity

from scratchgan.metrics import (
    RBF,
    Moments,
    Polynomial,
    bootstrap_interval,
    density_coverage,
    frechet_distance,
    inception_score,
    kernel_distance,
    memorisation,
    mmd2,
    nearest_distances,
    precision_recall,
)
from scratchgan.metrics.memorisation import mann_whitney

RTOL = 1e-6


def tensor(x):
    import torch

    return torch.from_numpy(np.ascontiguousarray(x))


def pair(n=300, m=300, d=20, seed=0, dtype=np.float64):
    """Correlated features of two distributions, not centred."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(2, d, d)) / np.sqrt(d)
    x = rng.normal(size=(n, d)) @ mixed[0] + 1
    y = rng.normal(size=(m, d)) @ (mixed[0] + 0.3 * mixed[1]) + 1.2
    return x.astype(dtype), y.astype(dtype)


@pytest.mark.parametrize("shape", [(300, 250, 20), (1000, 1000, 128), (40, 60, 100)])
def test_frechet_distance_is_torch_fidelitys(shape):
    """The last shape has fewer samples than dimensions: singular covariances."""
    metric_fid = fidelity("metric_fid")
    x, y = pair(*shape)
    theirs = metric_fid.fid_statistics_to_metric(
        *(metric_fid.fid_features_to_statistics(tensor(z)) for z in (x, y)), False
    )[metric_fid.KEY_METRIC_FID]
    assert frechet_distance(x, y) == pytest.approx(theirs, rel=RTOL)
    streamed = Moments.of_batches(np.array_split(x, 7))
    assert frechet_distance(streamed, y) == pytest.approx(theirs, rel=RTOL)


def test_frechet_distance_is_that_of_scipys_square_root():
    linalg = pytest.importorskip("scipy.linalg")
    x, y = pair()
    s1, s2 = (np.cov(z, rowvar=False) for z in (x, y))
    apart = x.mean(axis=0) - y.mean(axis=0)
    root = linalg.sqrtm(s1 @ s2)
    expected = apart @ apart + np.trace(s1 + s2 - 2 * root.real)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        (Polynomial(), {"kid_kernel": "poly"}),
        (
            Polynomial(4, 0.5, 0.2),
            {
                "kid_kernel": "poly",
                "kid_kernel_poly_degree": 4,
                "kid_kernel_poly_coef0": 0.5,
                "kid_kernel_poly_gamma": 0.2,
            },
        ),
        (RBF(3.0), {"kid_kernel": "rbf", "kid_kernel_rbf_sigma": 3.0}),
    ],
)
def test_mmd_is_torch_fidelitys(kernel, options, unbiased):
    metric_kid = fidelity("metric_kid")
    x, y = pair()
    k = {"poly": metric_kid.kernel_poly, "rbf": metric_kid.kernel_rbf}
    gram = k[options["kid_kernel"]]
    theirs = metric_kid.mmd2(
        *(gram(*each, **options) for each in ((x, x), (x, y), (y, y))),
        mmd_est="unbiased" if unbiased else "biased",
    )
    assert mmd2(x, y, kernel, unbiased) == pytest.approx(theirs, rel=RTOL)


def test_kernel_distance_is_torch_fidelitys():
    """A subset of all samples, and the mean and deviation over subsets of theirs."""
    metric_kid = fidelity("metric_kid")
    x, y = pair()

    def theirs(subsets, size):
        found = metric_kid.kid_features_to_metric(
            tensor(x),
            tensor(y),
            kid_subsets=subsets,
            kid_subset_size=size,
            verbose=False,
            rng_seed=7,
        )
        return (
            found[metric_kid.KEY_METRIC_KID_MEAN],
            found[metric_kid.KEY_METRIC_KID_STD],
        )

    assert kernel_distance(x, y, 4, 300).mean == pytest.approx(
        theirs(1, 300)[0], rel=RTOL
    )
    # their draws, our estimate
    rng = np.random.RandomState(7)
    values = [
        mmd2(*(z[rng.choice(300, 100, replace=False)] for z in (x, y)))
        for _ in range(20)
    ]
    mean, std = theirs(20, 100)
    assert (np.mean(values), np.std(values)) == pytest.approx((mean, std), rel=RTOL)
    # our draws: the same law, each mean with its own error
    ours = kernel_distance(x, y, 200, 100)
    assert abs(ours.mean - mean) < 4 * std * np.sqrt(1 / 20 + 1 / 200)
    assert ours.std == pytest.approx(std, rel=0.6)


@pytest.mark.parametrize(("samples", "splits"), [(1000, 10), (103, 4), (50, 1)])
def test_inception_score_is_torch_fidelitys(samples, splits):
    metric_isc = fidelity("metric_isc")
    logits = 2 * np.random.default_rng(samples).normal(size=(samples, 10))
    theirs = metric_isc.isc_features_to_metric(tensor(logits), splits, shuffle=False)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = inception_score(p, splits)
    expected = theirs[metric_isc.KEY_METRIC_ISC_MEAN], theirs["inception_score_std"]
    assert (found.mean, found.std) == pytest.approx(expected, rel=RTOL, abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_precision_and_recall_are_torch_fidelitys(k):
    """Closed balls; its first argument is the generated set."""
    metric_prc = fidelity("metric_prc")
    x, y = pair(300, 220, 6)
    theirs = metric_prc.calculate_precision_recall_full(tensor(y), tensor(x), k)
    found = precision_recall(x, y, k)
    # shares of 220 and 300 samples, which it keeps in float32
    assert (found.precision, found.recall) == pytest.approx(theirs, rel=RTOL)
    assert 0.1 < min(theirs) < max(theirs) < 1


@pytest.mark.parametrize("k", [1, 3, 5])
def test_all_four_are_those_of_prdc(k, capsys):
    """Open balls for all four."""
    prdc = pytest.importorskip("prdc")
    for x, y in (pair(300, 220, 6), grid(300), pair(150, 200, 64, dtype=np.float32)):
        theirs = prdc.compute_prdc(x, y, nearest_k=k)
        capsys.readouterr()  # it prints the numbers of samples
        first = precision_recall(x, y, k, closed=False)
        second = density_coverage(x, y, k)
        assert {**vars(first), **vars(second)} == pytest.approx(theirs, rel=RTOL)
        assert theirs["coverage"] > 0.05


def grid(n):
    """Points whose distances tie, and whose products are exact in floating point."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 16, (n, 2)) * 1.0, rng.integers(0, 16, (n, 2)) + 2.0


def test_nearest_distances_are_scipys():
    spatial = pytest.importorskip("scipy.spatial")
    x, y = pair(200, 300, 8)
    for k in (1, 4):
        expected, _ = spatial.cKDTree(y).query(x, k=[k])
        np.testing.assert_allclose(
            nearest_distances(x, y, k), expected[:, 0], rtol=1e-12
        )


def test_memorisation_is_scipys_test_of_the_distances():
    stats = pytest.importorskip("scipy.stats")
    spatial = pytest.importorskip("scipy.spatial")
    training, held_out = pair(300, 150, 5)
    generated = np.concatenate([training[:40], held_out[:60] + 0.01])  # with ties at 0
    near, usual = (spatial.cKDTree(training).query(z)[0] for z in (generated, held_out))
    theirs = stats.mannwhitneyu(
        near, usual, alternative="less", method="asymptotic", use_continuity=False
    )
    found = memorisation(generated, training, held_out)
    assert found.further == pytest.approx(theirs.statistic / (100 * 150), rel=1e-12)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.mean_ratio == pytest.approx(near.mean() / usual.mean(), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_ranks_with_ties_are_scipys(seed):
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 9, 40), rng.integers(1, 12, 25)
    further, z = mann_whitney(a, b)
    theirs = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=False)
    assert further == pytest.approx(theirs.statistic / 1000, rel=1e-14)
    assert 2 * stats.norm.sf(abs(z)) == pytest.approx(theirs.pvalue, rel=1e-12)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_percentile_intervals_are_scipys(level):
    """Of the same draws: SciPy takes a distribution that it did not draw."""
    stats = pytest.importorskip("scipy.stats")
    x, values = np.random.default_rng(0).exponential(size=30), []

    def statistic(z):
        values.append(np.median(z))
        return values[-1]

    found = bootstrap_interval(statistic, x, draws=99, level=level)

    class Drawn:
        bootstrap_distribution = np.array(values[1:])

    theirs = stats.bootstrap(
        (x,),
        np.median,
        n_resamples=0,
        bootstrap_result=Drawn,
        method="percentile",
        confidence_level=level,
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(theirs), rel=1e-12)
