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

DEPOT = (
    '[[regimen]]\nid = "depot"\nproduct = "lanreotide"\nsetting = "clinic"\n'
    'window = { before = "2 d", after = "1 wk" }\nstop = { at = 2027-06-01T12:00:00, reason = "moved away" }'
)
DEPOT_PHASE = '[[regimen.phase]]\ndose = "120 mg"\nevery = "1 mo"\ntimes = ["09:00"]\nstart = 2027-01-15'
WEEKLY = '[[regimen]]\nid = "weekly"\nproduct = "custom"\nname = "Peginterferon"\nroute = "subcutaneous"'
WEEKLY_PHASE = (
    '[[regimen.phase]]\ndose = "90 ug"\nevery = "2 wk"\nweekdays = ["mon", "thu"]\ntimes = ["08:00"]\n'
    'start = 2026-12-07\nuntil = { regimen = "hourly", dose = 30, plus = "1 wk" }'
)
CYCLED = '[[regimen]]\nid = "cycled"\nproduct = "custom"\nname = "Capecitabine"\nroute = "oral"'
CYCLED_PHASE = (
    '[[regimen.phase]]\ndose = "1500 mg"\ncycle = { length = "28 d", on = ["1-14"] }\n'
    'times = ["08:00", "20:00"]\nstart = 2026-12-02\nfor = "12 wk"'
)
HOURLY = '[[regimen]]\nid = "hourly"\nproduct = "custom"\nname = "Loperamide"\nroute = "oral"'
HOURLY_PHASE = '[[regimen.phase]]\ndose = "4 mg"\nevery = "8 h"\nstart = 2026-12-03T07:30:00\ndoses = 40'
RESCUE = '[[regimen]]\nid = "rescue"\nproduct = "octreotide-sc"'
RESCUE_PHASE = (
    '[[regimen.phase]]\ndose = "50 ug"\nas_needed = { max_per_day = 4, min_gap = "4 h" }\nstart = 2026-12-04'
)
REST = '[[rest]]\nsite = "thigh-left"\nfrom = 2026-12-05\nuntil = 2026-12-20\nreason = "lump"'
CLINIC = '[clinic]\nopen = ["mon", "tue", "thu"]\nholidays = "US-NY"\nclosed = [2027-01-04]'
SURGERY = "[[surgery]]\non = 2027-01-05\ndental = true"
SUPPLY = (
    '[[supply]]\nregimen = "depot"\nlabel = "lot 7"\nout = 2026-12-05T08:00:00\nback = 2026-12-05T20:00:00\n'
    "opened = 2026-12-06T08:00:00"
)
CONFIRMED = '[[confirmed]]\nregimen = "depot"\ncode = "dup-la-ssa"\nreason = "ordered by the team"'

_PLAIN = [ROOT, PATIENT, JOURNEY, REGIMEN, PHASE, LAR, LAR_PHASE, HOLD, MOVE, GIVEN]
_TIMINGS = [DEPOT, DEPOT_PHASE, WEEKLY, WEEKLY_PHASE, CYCLED, CYCLED_PHASE, HOURLY, HOURLY_PHASE]
_CHECKED = [SURGERY, SUPPLY, CONFIRMED]
WHOLE = "\n".join([*_PLAIN, *_TIMINGS, RESCUE, RESCUE_PHASE, REST, CLINIC, *_CHECKED])
