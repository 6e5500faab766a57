"""Ready-made courses by a label or a publication, one file of ``data/protocols`` for each.

Read in this order: :mod:`protocol` (what a protocol asks and says), :mod:`answers` (from what a person types
to a value), :mod:`filling` (from answers to the tables of a plan file), :mod:`protocol_file` and
:mod:`reading` (from a file to a protocol), :mod:`protocols` (finding one).

A protocol fixes the rhythm and the order of things. It never fixes a dose that is the prescriber's to order.
"""
