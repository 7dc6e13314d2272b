"""Language model: client, prompt, budget of calls and protection against prompt injection.

Not here: the checks of its output (`bot.summaries.verification`).
"""
