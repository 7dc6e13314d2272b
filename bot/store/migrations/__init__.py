"""Alembic environment (`env.py`) and one module per revision (`versions/`).

Not here: current tables (`bot.store.tables`); never change a released revision.
"""
