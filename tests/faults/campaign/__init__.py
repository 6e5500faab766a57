"""Faults by the thousand: daemons that are killed and stopped at random while people are to be told.

``python -m tests.faults.campaign``, or ``make faults``. Patients are admitted all the while (`clinic`), real
daemons tell of their doses (`fleet`) by a mail server that syncs what it takes (`ledger`), and somebody kills
them at moments nobody chose (`unrest`). At the end the ledger and the log are held against each other
(`verdict`).
"""
