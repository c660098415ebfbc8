import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.service_cost import service_cost

COSTS = np.array([80_000.0, 120_000, 40_000])
# Human resources, data processing, room maintenance; machining and assembly.
USAGE = np.array([[0, 0.20, 0.10, 0.40, 0.30], [0.08, 0, 0.07, 0.30, 0.55], [0, 0, 0, 0.50, 0.50]])


@pytest.mark.parametrize(
    ("method", "machining", "assembly"),
    [
        ("reciprocal", 107_276.42, 132_723.58),
        ("step", 105_521.74, 134_478.26),
        ("direct", 108_067.23, 131_932.77),
    ],
)
def test_published_case(method, machining, assembly):
    assert service_cost(COSTS, USAGE, method) == pytest.approx([machining, assembly], abs=0.005)


def test_reciprocal_is_the_default():
    assert service_cost(COSTS, USAGE).tolist() == service_cost(COSTS, USAGE, "reciprocal").tolist()


def test_simultaneous_equations_of_two_departments():
    # Y = 7260 + .3 Z, Z = 4000 + .2 Y give 9000 and 5800.
    usage = np.array([[0, 0.2, 0.8, 0], [0.3, 0, 0, 0.7]])
    assert service_cost(np.array([7260.0, 4000.0]), usage) == pytest.approx([0.8 * 9000, 0.7 * 5800])


def test_own_costs_of_operating_departments_are_added():
    own = np.concatenate((COSTS, [1000.0, 2000.0]))
    assert service_cost(own, USAGE, "step") == pytest.approx(
        np.array([1000, 2000]) + service_cost(COSTS, USAGE, "step")
    )


def test_step_depends_on_the_order_given():
    order = [1, 0, 2]
    usage = USAGE[order][:, [*order, 3, 4]]
    assert service_cost(COSTS[order], usage, "step") != pytest.approx(service_cost(COSTS, USAGE, "step"), abs=1)
    assert service_cost(COSTS[order], usage) == pytest.approx(service_cost(COSTS, USAGE))


@st.composite
def networks(draw):
    services, operating = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    whole = st.integers(0, 50)
    usage = np.array(
        draw(
            st.lists(
                st.lists(whole, min_size=services + operating, max_size=services + operating),
                min_size=services,
                max_size=services,
            )
        ),
        dtype=float,
    )
    usage[:, -1] += 1
    costs = np.array(draw(st.lists(st.floats(-1e6, 1e6), min_size=services, max_size=services)))
    return costs, usage / usage.sum(axis=1, keepdims=True)


@settings(max_examples=60)
@given(networks(), st.sampled_from(["reciprocal", "step", "direct"]))
def test_nothing_is_lost(network, method):
    costs, usage = network
    assert service_cost(costs, usage, method).sum() == pytest.approx(costs.sum(), rel=1e-9, abs=1e-6)


@settings(max_examples=60)
@given(networks())
def test_reciprocal_is_the_limit_of_repeated_redistribution(network):
    costs, usage = network
    held, arrived = costs, np.zeros(usage.shape[1] - costs.size)
    for _ in range(20_000):
        passed = held @ usage
        held, arrived = passed[: costs.size], arrived + passed[costs.size :]
        if np.abs(held).sum() < 1e-9:
            break
    assert service_cost(costs, usage) == pytest.approx(arrived, rel=1e-8, abs=1e-5)


@pytest.mark.parametrize("method", ["reciprocal", "direct"])
def test_a_ring_that_serves_only_itself_is_refused(method):
    usage = np.array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 1]])[:2]
    with pytest.raises(OutOfRange, match="no operating department") as caught:
        service_cost(np.array([1.0, 2.0]), usage, method)
    assert caught.value.rows == [0, 1]


def test_step_refuses_a_department_that_serves_only_closed_ones():
    with pytest.raises(OutOfRange, match="another order") as caught:
        service_cost(np.array([1.0, 2.0]), np.array([[0, 0.5, 0.5], [1.0, 0, 0]]), "step")
    assert caught.value.rows == [1]


def test_bad_input_is_named():
    with pytest.raises(OutOfRange, match="sum to 1") as caught:
        service_cost(COSTS, USAGE * [[1], [1.1], [1]])
    assert caught.value.rows == [1]
    with pytest.raises(OutOfRange, match="not negative"):
        service_cost(COSTS, USAGE + [[0, 0, 0, 0.5, -0.5]] * 3)
    with pytest.raises(InvalidInput, match="2 costs for 3 service and 2 operating"):
        service_cost(COSTS[:2], USAGE)
    with pytest.raises(InvalidInput, match="a column for each"):
        service_cost(COSTS, USAGE[:, :3])
    with pytest.raises(InvalidInput, match="reciprocal"):
        service_cost(COSTS, USAGE, "iterative")
