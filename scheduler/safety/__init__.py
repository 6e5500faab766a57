"""What a look at a whole plan notices, held against the label of the patient's market. Pure.

A rule takes a :class:`chart.Chart`, the plan laid out once, and yields findings. It tells and never changes a
dose, and where the market's file states no fact it says nothing.

Read in this order: :mod:`chart`, :mod:`notice` (how a finding is made), then one file for each rule, and
:mod:`plan_check` (all of them together).
"""
