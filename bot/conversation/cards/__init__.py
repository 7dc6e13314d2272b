"""Cards: create the content of messages, without markup.

Not here: decisions and changes of the store (`bot.conversation.commands`).
"""
