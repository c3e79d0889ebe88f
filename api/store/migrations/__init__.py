"""The schema's history, run by `api/store/migrate.py`; there is no alembic.ini and no env.py."""
