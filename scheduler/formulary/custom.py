"""A product of the patient's own, of which the formulary knows nothing."""

from __future__ import annotations

from scheduler.dosing.product import ContactTeam, Product, Route

CUSTOM_ID = "custom"
"""What a plan file writes in place of a formulary id. No entry may have it."""


def custom_product(name: str, route: Route) -> Product:
    """A product with no sites and no rule for late doses, counted on the grid."""
    missed = ContactTeam(source=None)
    return Product(id=CUSTOM_ID, name=name, route=route, is_depot=False, sites=(), missed=missed)
