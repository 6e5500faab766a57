"""What a person does, one function each, one transaction each.

Whoever records, moves or imports also brings the patient's reminders up to date, in the same
transaction: a dose recorded at 07:59 is not reminded of at 08:00.
"""
