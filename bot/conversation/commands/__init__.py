"""Chat commands: one class per group of commands, with its buttons.

Not here: registration (`bot.conversation.wiring`) and shared cards.
"""
