import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.channels import channel_mix, touch_points

COST, EFFECT = np.array([[1.0, 5.0]]), np.array([[0.5, 0.9]])


def mix(volume=(100, 200), cost=COST, effect=EFFECT, need=(60, 100), capacity=None, channels=("Web", "Rep")):
    capacity = None if capacity is None else np.array(capacity, dtype=float)
    tiers = [f"T{i}" for i in range(len(volume))]
    return channel_mix(
        np.array(volume, dtype=float), cost, effect, np.array(need, dtype=float), capacity, tiers, channels
    )


def test_as_much_of_the_dear_channel_as_the_need_takes():
    # 0.5 w + 0.9 r >= 60 with w + r = 100: r = 25.
    table = mix()
    assert list(table) == ["tier", "Web", "Rep", "cost"]
    assert table["Web"] == pytest.approx([75, 200])
    assert table["Rep"] == pytest.approx([25, 0])
    assert table["cost"] == pytest.approx([200, 200])


def test_capacity_moves_volume_to_where_it_costs_least():
    costs = np.array([[1.0, 5.0], [1.0, 3.0]])
    table = mix(cost=costs, capacity=(250, 100))
    assert table["Web"] == pytest.approx([75, 175])
    assert table["cost"].sum() == pytest.approx(75 + 125 + 175 + 75)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_no_other_mix_is_cheaper(seed):
    rng = np.random.default_rng(seed)
    cost, effect, volume = rng.uniform(1, 10, (2, 3)), rng.uniform(0.1, 1, (2, 3)), rng.uniform(10, 100, 2)
    others = rng.dirichlet(np.ones(3), (2, 2000)) * volume[:, None, None]
    need = 0.5 * (others[:, 0] * effect).sum(axis=1) + 0.5 * volume * effect.max(axis=1)
    capacity = others.sum(axis=0).max(axis=0)
    table = mix(volume, cost, effect, need, capacity, ["a", "b", "c"])
    best = np.column_stack([table[name] for name in "abc"])
    assert best.sum(axis=1) == pytest.approx(volume)
    assert ((best * effect).sum(axis=1) >= need - 1e-6).all()
    assert (best.sum(axis=0) <= capacity + 1e-6).all()
    assert table["cost"] == pytest.approx((best * cost).sum(axis=1))
    met = ((others * effect[:, None]).sum(axis=2) >= need[:, None]).all(axis=0)
    met &= (others.sum(axis=0) <= capacity).all(axis=1)
    costs = (others * cost[:, None]).sum(axis=(0, 2))
    assert not met.any() or table["cost"].sum() <= costs[met].min() + 1e-6


def test_needs_that_cannot_be_met_are_named():
    with pytest.raises(NotAvailable, match=r"T1 needs 190, but all its volume .* gives 180"):
        mix(need=(60, 190))
    with pytest.raises(NotAvailable, match="the channels take 250 in all, the tiers have 300"):
        mix(capacity=(150, 100))
    with pytest.raises(NotAvailable, match="effective channels are too small"):
        mix(need=(80, 150), capacity=(300, 50))


@pytest.mark.parametrize(
    ("change", "error", "argument"),
    [
        ({"need": (1,)}, InvalidInput, "need"),
        ({"capacity": (1,)}, InvalidInput, "capacity"),
        ({"cost": np.ones((3, 2))}, InvalidInput, "cost_to_serve"),
        ({"effect": np.array([[1, np.nan]])}, InvalidInput, "effectiveness"),
        ({"channels": ("Web", "web")}, InvalidInput, "cost_to_serve"),
        ({"channels": ("Web", "cost")}, InvalidInput, "cost_to_serve"),
        ({"volume": (-1, 5)}, OutOfRange, "tier_volume"),
    ],
)
def test_mix_arguments(change, error, argument):
    with pytest.raises(error) as caught:
        mix(**change)
    assert caught.value.argument == argument


def column(*values):
    return np.array(values, dtype=float)


def test_touch_points():
    half = column(*[0.5] * 5)
    table = touch_points(column(*[100] * 5), half, half, column(*[0.4] * 4, 0), column(5, 0, 10, 5, 0))
    assert table["expected_value"] == pytest.approx([5, 10, 0, 5, 0])
    assert table["return"][[0, 2, 3]] == pytest.approx([1, 0, 1])
    assert np.isnan(table["return"][[1, 4]]).all()
    # What brings something for nothing is first, equals share a rank, nothing for nothing is as good as a return of 0.
    assert table["rank"].tolist() == [2, 1, 4, 2, 4]
    with pytest.raises(OutOfRange, match="share") as caught:
        touch_points(column(1), column(0.5), column(1.5), column(1), column(1))
    assert caught.value.argument == "capture"
