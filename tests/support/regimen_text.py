"""Regimens that many tests start from, as the plan file writes them."""

from __future__ import annotations

LAR = """
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
"""Without an end: 1 December 2026, 29 December, 26 January 2027, 23 February, 23 March, 20 April."""

LAR_20_THEN_30 = (
    LAR
    + """
  doses = 2
  [[regimen.phase]]
  dose = "30 mg"
  every = "4 wk"
  times = ["10:00"]
"""
)
"""Two doses of 20 mg, then 30 mg, all four weeks apart."""

THRICE = """
[[regimen]]
id = "octreotide"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "100 ug"
  times = ["07:00", "15:00", "23:00"]
  start = 2026-12-01
"""
"""Three times a day from 1 December 2026."""

EVEROLIMUS = """
[[regimen]]
id = "everolimus"
product = "everolimus"
  [[regimen.phase]]
  dose = "10 mg"
  times = ["08:00"]
  start = 2026-12-01
"""
"""Once a day from 1 December 2026."""

CABOZANTINIB = """
[[regimen]]
id = "cabozantinib"
product = "cabozantinib"
  [[regimen.phase]]
  dose = "60 mg"
  times = ["21:00"]
  start = 2026-12-01
"""
"""Once a day, in the evening, from 1 December 2026."""


def given(dose: str, at: str, site: str = "") -> str:
    """The table that says that ``dose`` was given at local time ``at``."""
    into = f'site = "{site}"\n' if site else ""
    return f'\n[[administration]]\ndose = "{dose}"\nat = {at}\n{into}'


def not_given(dose: str, at: str) -> str:
    """The table that says that ``dose`` was not given."""
    return f'\n[[administration]]\ndose = "{dose}"\nstatus = "not-given"\nat = {at}\nreason = "ill"\n'


def moved(dose: str, to: str, reason: str = "nurse on leave") -> str:
    """The table that moves ``dose`` to local time ``to``."""
    return f'\n[[move]]\ndose = "{dose}"\nto = {to}\nreason = "{reason}"\n'


def held(regimen: str, first: str, last: str | None = None) -> str:
    """The table that withholds ``regimen`` from ``first`` to ``last``, or until further notice."""
    until = f"until = {last}\n" if last else ""
    return f'\n[[hold]]\nregimen = "{regimen}"\nfrom = {first}\n{until}reason = "surgery"\n'


def travelling(zone: str, first: str, last: str) -> str:
    """A journey; it stands before the regimens."""
    return f'\n[[patient.travel]]\nzone = "{zone}"\nfrom = {first}\nuntil = {last}\n'


def daily(*times: str, start: str = "2026-12-01", every: str = "1 d", more: str = "") -> str:
    """Short-acting octreotide, id ``octreotide``, with other keys of its phase or tables in ``more``."""
    listed = ", ".join(f'"{time}"' for time in times)
    return (
        '\n[[regimen]]\nid = "octreotide"\nproduct = "octreotide-sc"\n[[regimen.phase]]\n'
        f'dose = "100 ug"\nevery = "{every}"\ntimes = [{listed}]\nstart = {start}\n{more}'
    )


def resting(site: str, first: str, last: str | None = None) -> str:
    """The table that lets ``site`` rest from ``first`` to ``last``, or until further notice."""
    until = f"until = {last}\n" if last else ""
    return f'\n[[rest]]\nsite = "{site}"\nfrom = {first}\n{until}reason = "lump"\n'


def course(*phases: str, product: str = "octreotide-sc", keys: str = "") -> str:
    """Regimen ``a`` of these phases, each the lines of its table, with other ``keys`` of its own."""
    head = f'\n[[regimen]]\nid = "a"\nproduct = "{product}"\n{keys}\n'
    return head + "".join(f"[[regimen.phase]]\n{phase}\n" for phase in phases)
