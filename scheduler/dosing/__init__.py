"""What is given and when. Pure: no clock, no files, no framework; the moment is an argument.

Read in this order: :mod:`dose`, :mod:`date_pattern`, :mod:`timing`, :mod:`product`, :mod:`regimen`,
:mod:`plan`, :mod:`timezone`, :mod:`recurrence` (the grid), :mod:`dose_chain` (counting from what was given),
:mod:`as_needed`, :mod:`expansion`, :mod:`status`, :mod:`plan_findings`, :mod:`explanation`.
"""
