"""Operations on the whole database: backup, transfer, retention, statistics, chat data.

Not here: statements of a single aggregate.
"""
