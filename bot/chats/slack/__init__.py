"""Slack: workspaces, each with its own sender, by Socket Mode or signed HTTP."""

from bot.chats.slack.chat import SlackChat
from bot.chats.slack.service import Slack, SlackOptions

__all__ = ["Slack", "SlackChat", "SlackOptions"]
