"""An answer in the place of the message whose button was pressed, beneath the item it is about.

Title · source                      Title · source
… the words that matched …    ──►   the summary
[Summary] [Why] [Mute]              [Less] [Why] [Mute]
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.card import Action, Button, Card

BACK = "item"
"""The verb that brings the item back as it was told."""

_ITEM = 2  # lines of an alert that say which item it is: its title, its origin


def in_place(item: Card, answer: Card, action: Action) -> Card:
    """``answer`` to ``action`` beneath the ``item``, with the buttons of both."""
    above = item.lines[:_ITEM] if answer.heading else item.lines
    back = Action(BACK, action.item, action.item, action.chat)
    own = tuple(_about(button, action) for button in answer.buttons)
    if answer.asks:
        kept = tuple(button for button in own if button.action.verb != "dismiss")
        buttons = (*kept, Button("Back", back))
    else:
        others = (
            Button("Less", back) if answer.heading and other.action.verb == action.verb else other
            for other in (_about(button, action) for button in item.buttons)
        )
        buttons = (*own, *others)
    lines = (*above, *answer.lines[answer.heading :])
    return replace(answer, lines=lines, buttons=buttons, heading=0)


def _about(button: Button, action: Action) -> Button:
    about = replace(button.action, item=action.item, chat=action.chat)
    return replace(button, action=about)
