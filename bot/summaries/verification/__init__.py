"""Verification: check that the article supports each sentence of a language model.

Not here: calls of a model (`bot.summaries.llm`).
"""
