"""What was ordered, what happened and what was said to whom, on SQLite or PostgreSQL.

The only room that imports SQLAlchemy. Rows become immutable values here and no row, session or
connection leaves it.
"""
