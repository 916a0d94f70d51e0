"""The fastest way is taken, and ways are timed once a problem."""

from scratchgan.kernels.cuda.choice import Choices


def test_the_fastest_way_is_taken_from_then_on():
    asked = []
    took = {"patches": 3e-6, "implicit": 2e-6}
    ways = {name: lambda name=name: name for name in took}

    def seconds(way):
        asked.append(way())
        return took[way()]

    choices = Choices(seconds)
    assert choices.fastest("not to be timed", ways, may_try=False) == "patches"
    assert not asked
    for _ in range(2):
        assert choices.fastest("one", ways, may_try=True) == "implicit"
    assert asked == ["patches", "implicit"]
    assert choices.fastest("one", ways, may_try=False) == "implicit"
    assert choices.fastest("only", {"patches": lambda: 1}, may_try=True) == 1
    took["implicit"] = 4e-6
    assert choices.fastest("two", ways, may_try=True) == "patches"
    assert choices.table() == (
        "one: implicit 2.0 µs, patches 3.0 µs\ntwo: patches 3.0 µs, implicit 4.0 µs"
    )
