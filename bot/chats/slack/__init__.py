"""Slack adapter: workspaces with one sender each, by Socket Mode or signed HTTP.

Not here: commands and texts of answers (`bot.conversation`).
"""

from bot.chats.slack.adapter import SlackAdapter
from bot.chats.slack.service import Slack, SlackOptions

__all__ = ["Slack", "SlackAdapter", "SlackOptions"]
