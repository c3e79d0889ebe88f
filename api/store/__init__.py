"""ALL SQL and all blobs of the service, the same statements on SQLite and PostgreSQL.

One file a noun: its functions take a connection and return plain records, never rows. Nobody here
commits: `engine.Database.unit_of_work` does. The tables are drawn in `tables.py`. Trap: a blob is
no part of a transaction, so `files.py` and `doomed.py` say in which order the two are written.
"""
