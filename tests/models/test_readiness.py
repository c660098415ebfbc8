import numpy as np
import pytest

from cvm_xl.errors import OutOfRange
from cvm_xl.models.readiness import readiness

NAMES = ["Data", "Skills", "Culture"]


def assess(*scores, weights=(1, 1, 1)):
    return readiness(NAMES, np.array(scores, dtype=float), np.array(weights, dtype=float))


def test_index_weakest_link_and_next_level():
    answer = assess(3.5, 2, 4, weights=(2, 1, 1))
    assert answer["index"] == pytest.approx((7 + 2 + 4) / 4)
    assert (answer["weakest"], answer["next_level"]) == ("Skills", 3)
    assert assess(3.5, 2.5, 4)["next_level"] == 3
    assert assess(5, 5, 5)["next_level"] == 5
    assert assess(2, 2, 4)["weakest"] == "Data, Skills"


def test_scores_and_weights_outside_their_range():
    with pytest.raises(OutOfRange, match="from 1 to 5") as caught:
        assess(3, 6, 0)
    assert caught.value.rows == [1, 2]
    with pytest.raises(OutOfRange, match="at least one dimension"):
        assess(3, 3, 3, weights=(0, 0, 0))
