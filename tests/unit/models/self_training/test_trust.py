"""Which guesses at a missing label are learned."""

from streamlr.models.self_training import trust

SURE = 0.75


def seen(right: int, wrong: int, guess: int = 1) -> trust.State:
    """Return trust after so many sure guesses, the wrong ones last."""
    state = trust.init(0.6, 2)
    for label in [guess] * right + [1 - guess] * wrong:
        trust.see(state, guess, SURE, label)
    return state


def test_nothing_is_trusted_before_labels_bear_it_out() -> None:
    assert not trust.holds(seen(0, 0), 1, SURE)
    assert not trust.holds(seen(1, 0), 1, 0.99)  # two of three
    assert trust.holds(seen(2, 0), 1, SURE)


def test_each_class_is_trusted_by_itself() -> None:
    state = seen(9, 0)
    assert trust.holds(state, 1, SURE)
    assert not trust.holds(state, 0, SURE)


def test_trust_is_lost_after_a_few_wrong_guesses_and_comes_back() -> None:
    state = seen(100, 5)
    assert not trust.holds(state, 1, SURE)
    for _ in range(10):
        trust.see(state, 1, SURE, 1)
    assert trust.holds(state, 1, SURE)


def test_a_guess_that_is_not_sure_counts_for_nothing() -> None:
    state = seen(9, 0)
    before = state.made.tolist()
    trust.see(state, 1, 0.59, 0)
    trust.see(state, trust.NO_GUESS, 0.0, 0)
    assert state.made.tolist() == before
    assert not trust.holds(state, 1, 0.59)
    assert not trust.holds(state, trust.NO_GUESS, 1.0)


def test_those_that_hold_are_counted() -> None:
    state = seen(9, 0)
    for chance in (SURE, 0.5, SURE):
        trust.holds(state, 1, chance)
    assert state.taught[0] == 2
