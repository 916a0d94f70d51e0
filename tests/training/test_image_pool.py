import numpy as np

from scratchgan.rng import Stream
from scratchgan.training.image_pool import empty_pool, exchange

N, P = 3, 4


def numbered(step):
    """Images that say which step and row they come from."""
    return np.array([[10.0 * step + row] for row in range(N)])


def run(steps, u):
    """What is shown in each step, and the last pool."""
    pool, shown = empty_pool(N, P, (1,)), []
    for step in range(steps):
        seen, pool = exchange(pool, numbered(step), step, u(step))
        shown.append(seen)
    return shown, pool


def test_while_it_fills_every_image_is_shown_and_kept():
    shown, pool = run(P, lambda step: np.full(N, 0.9))
    for step, seen in enumerate(shown):
        np.testing.assert_array_equal(seen, numbered(step))
        np.testing.assert_array_equal(pool[:, step], numbered(step))


def test_the_coin_decides_and_its_rest_says_which():
    _, full = run(P, lambda step: np.zeros(N))
    # heads below one half; above it, (2u − 1) P is 0 to 3
    u = np.array([0.49, 0.5, 0.99])
    seen, after = exchange(full, numbered(9), P, u)
    np.testing.assert_array_equal(seen[:, 0], [90, 1, 32])
    np.testing.assert_array_equal(after[0], full[0])
    np.testing.assert_array_equal(after[1, :, 0], [91, 11, 21, 31])
    np.testing.assert_array_equal(after[2, :, 0], [2, 12, 22, 92])


def test_nothing_is_written_to_what_was_given():
    _, full = run(P, lambda step: np.zeros(N))
    before, x = full.copy(), numbered(9)
    exchange(full, x, P, np.full(N, 0.9))
    np.testing.assert_array_equal(full, before)
    np.testing.assert_array_equal(x, numbered(9))


def test_images_keep_their_dtype_whatever_the_pool_has():
    _, full = run(P, lambda step: np.zeros(N))
    seen, after = exchange(full, numbered(9).astype(np.float32), P, np.full(N, 0.9))
    assert seen.dtype == np.float32
    assert after.dtype == full.dtype == np.float64


def test_rows_keep_to_themselves():
    """What a row shows is always one of its own, so that rows can be cut apart."""
    stream = Stream(0, "pool")
    shown, pool = run(60, lambda step: stream.uniform(step, (N,)))
    for seen in shown:
        np.testing.assert_array_equal(seen[:, 0] % 10, np.arange(N))
    np.testing.assert_array_equal(pool[..., 0] % 10, np.arange(N)[:, None] * np.ones(P))


def test_half_of_what_is_shown_is_old_and_stays_two_pools_of_updates():
    """The mean age of the pool: a place is taken with probability 1/(2P) an update."""
    stream, steps = Stream(1, "pool"), 4000
    shown, _ = run(steps, lambda step: stream.uniform(step, (N,)))
    ages = np.array([step - seen[:, 0] // 10 for step, seen in enumerate(shown)])
    old = ages[P:] > 0
    share = old.mean()
    assert abs(share - 0.5) < 4 * 0.5 / np.sqrt(old.size)
    stayed = ages[P:][old]
    # geometric with mean 2P, and as large a deviation
    assert abs(stayed.mean() - 2 * P) < 4 * 2 * P / np.sqrt(stayed.size)


def test_no_pool_shows_what_is_new():
    x = numbered(0)
    seen, pool = exchange(empty_pool(N, 0, (1,)), x, 5, np.full(N, 0.9))
    np.testing.assert_array_equal(seen, x)
    assert pool.size == 0
