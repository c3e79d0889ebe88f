"""Confidences rise with scores, stay in 0..1, and the shipped curves cover every dimension."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.calibration import Calibration, Curve, load_calibration
from pipeline.domain import Dimension

unit = st.floats(0, 1)


@given(unit, unit, st.floats(0.1, 5), st.floats(-4, 4))
def test_confidence_is_a_probability_that_rises_with_the_score(a, b, slope, offset):
    curves = Calibration({"pain": Curve(slope, offset)})
    low, high = sorted((a, b))
    first, second = (curves.confidence(Dimension.PAIN, s) for s in (low, high))
    assert 0 <= first <= second <= 1


def test_an_unlisted_dimension_keeps_its_scores():
    assert Calibration().confidence(Dimension.PAIN, 0.3) == 0.3


def test_every_dimension_has_a_shipped_curve():
    shipped = load_calibration()
    assert set(shipped.curves) == {d.value for d in Dimension}
    assert all(0 < c.threshold < 1 and c.slope > 0 for c in shipped.curves.values())
