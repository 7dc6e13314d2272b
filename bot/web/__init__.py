"""Web server: routes, health checks, metrics and the status page.

Not here: webhook handlers of platforms (`bot.chats`) and of hubs (`bot.ingest.websub`).
"""
