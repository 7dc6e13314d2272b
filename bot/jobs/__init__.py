"""Background jobs that create outbox rows or delete old rows.

Not here: the loop that runs a job (`bot.runtime.worker`) and SQL (`bot.store`).
"""
