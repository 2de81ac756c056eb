"""The moments that tables admit are those that studies compute."""

from inroads.study.market.targets import MOMENTS
from inroads.tables import schemas


def test_tables_and_studies_know_the_same_moments() -> None:
    assert set(schemas.MOMENTS) == set(MOMENTS)
