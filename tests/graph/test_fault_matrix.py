"""What the docs say comes of each operation under each fault is what comes of it."""

from __future__ import annotations

import pytest

from kiosk.tenant.serve import RunningTenant
from tests.graph.fault_matrix import FAULTS, ROWS, documented, outcome


def test_the_docs_have_every_operation_and_every_fault() -> None:
    shown = documented()
    assert list(shown) == list(ROWS)
    assert all(list(cells) == list(FAULTS) for cells in shown.values())


@pytest.mark.anyio
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ROWS)
async def test_it_ends_as_the_docs_say(tenant: RunningTenant, operation: str, fault: str) -> None:
    """If this is meant to be otherwise now: python -m tests.graph.fault_matrix."""
    assert await outcome(tenant, operation, fault) == documented()[operation][fault]


def test_no_outcome_is_a_change_that_was_denied() -> None:
    """An error other than OutcomeUnknown promises that nothing was changed."""
    assert not [cell for cells in documented().values() for cell in cells.values() if "CHANGED" in cell]
