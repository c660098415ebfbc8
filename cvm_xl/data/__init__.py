"""Sales that outgrow a sheet: the lines stay where they are, and what is asked for is computed there.

Everything is an Ibis expression, so that DuckDB (in this process, the default), PostgreSQL and Spark compute the same.
Nothing but this package knows Ibis; it is imported when something is opened, not before.
"""
