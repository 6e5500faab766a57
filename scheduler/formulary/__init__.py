"""The sourced facts on products, one file of ``data/formulary`` for each product and market.

Read in this order: :mod:`entry` (what is known of a product), :mod:`late_dose` (a rule in words),
:mod:`entry_file` (what a file must look like), :mod:`reading` (from a file to an entry),
:mod:`formulary` (finding an entry), :mod:`custom` (a product of the patient's own).
"""
