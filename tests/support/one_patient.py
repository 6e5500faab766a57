"""One stored patient to try things on."""

from __future__ import annotations

from datetime import UTC, datetime

from scheduler.actions.import_plan import import_plan
from scheduler.store.unit_of_work import Store
from tests.support.plan_text import plan_file

MORNING = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""04:00 in New York on the first day of `THREE_A_DAY`."""

THREE_A_DAY = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"
      [[regimen.phase]]
      dose = "100 ug"
      times = ["07:00", "15:00", "23:00"]
      start = 2026-12-01
"""

DEPOT = """
    [[regimen]]
    id = "lar"
    product = "octreotide-lar"
    setting = "clinic"
      [[regimen.phase]]
      dose = "20 mg"
      every = "4 wk"
      times = ["10:00"]
      start = 2026-12-01
"""


def add_patient(
    store: Store, body: str = THREE_A_DAY, *, name: str = "Zoe Marsh", moment: datetime = MORNING
) -> str:
    """Import a plan at ``moment`` and return the patient's id."""
    return import_plan(store, plan_file(body, name=name), moment, as_new=True).patient_id
