"""Orders in words: from ``octreotide 100 mcg SC three times daily`` to the table of a plan file.

Read in this order: :mod:`grammar` and :mod:`refused` (the words), :mod:`clauses` (where each part of an order
ends), :mod:`statement` (what a part states), :mod:`names` and :mod:`product` (which product is meant),
:mod:`step` (from what is stated to a phase), :mod:`questions` and :mod:`answers` (what is left open),
:mod:`reading` (all of it), :mod:`read_back` (the words to confirm).
"""
