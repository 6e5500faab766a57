"""How the domain says no."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]


class DosingError(ValueError):
    """A value that no dosing schedule can have. The message says which value and what is allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One reason why a plan cannot stand.

    ``path`` names the place as a plan file would: ``("hold", 0, "until")``. ``value`` is what stands
    there, ``text`` what is wrong with it and what is allowed.
    """

    path: Path
    value: object
    text: str


class PlanRefusedError(DosingError):
    """A plan that contradicts itself, with every reason."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(refusal.text for refusal in refusals))
        self.refusals = refusals
