from scratchgan import recipes
from scratchgan.training.repeats import Every, Times, WganTimes
from scratchgan.training.settings import build


def test_how_often():
    assert [Times(3)(step) for step in range(3)] == [3, 3, 3]
    assert [Every(2)(step) for step in range(4)] == [1, 0, 1, 0]


def test_the_wgan_authors_critic_trains_100_times_at_first_and_now_and_then():
    """main.py: ``gen_iterations < 25 or gen_iterations % 500 == 0``."""
    repeats = WganTimes(5)
    often = [step for step in range(1501) if repeats(step) == 100]
    assert often == [*range(25), 500, 1000, 1500]
    assert {repeats(step) for step in range(1501)} == {5, 100}


def test_wgan_mnist_takes_that_schedule_if_told_to():
    recipe = recipes.get("wgan-mnist")
    for often, first in ((False, 5), (True, 100)):
        chosen = dict(recipe.small) | {"often_at_first": often}
        system = recipe.build(build(recipe.settings, chosen), (28, 28, 1))
        assert system.phases[0].repeats(0) == first
        assert system.phases[0].repeats(499) == 5
