"""A plan file with every table, in parts that a test can spoil one at a time."""

from __future__ import annotations

ROOT = "version = 1"
PATIENT = '[patient]\nname = "Zoe Marsh"\nzone = "America/New_York"'
JOURNEY = '[[patient.travel]]\nzone = "Europe/Paris"\nfrom = 2026-12-10\nuntil = 2026-12-24'
REGIMEN = '[[regimen]]\nid = "octreotide"\nproduct = "octreotide-sc"'
PHASE = '[[regimen.phase]]\ndose = "100 ug"\ntimes = ["07:00", "15:00"]\nstart = 2026-12-01'
LAR = '[[regimen]]\nid = "lar"\nproduct = "octreotide-lar"'
LAR_PHASE = (
    '[[regimen.phase]]\ndose = "20 mg"\nevery = "4 wk"\ntimes = ["10:00"]\nstart = 2026-12-01\ndoses = 2'
)
HOLD = '[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-05\nuntil = 2026-12-09'
MOVE = '[[move]]\ndose = "lar#2"\nto = 2026-12-30T10:00:00'
GIVEN = '[[administration]]\ndose = "octreotide@2026-12-01/1"\nat = 2026-12-01T07:05:00'
WHOLE = "\n".join([ROOT, PATIENT, JOURNEY, REGIMEN, PHASE, LAR, LAR_PHASE, HOLD, MOVE, GIVEN])
