"""Show the answer about an item in the message of its alert."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.conversation.cards.card import Action, Button, Card

BACK_VERB: Final = "item"
"""The action that restores an alert in place of an answer."""

DISMISS_VERB: Final = "dismiss"
"""The action that declines a question."""

_ALERT_HEADING_LINES: Final = 2
"""The lines of an alert that identify its item: title and source."""


def merge_into_item_card(item: Card, answer: Card, action: Action) -> Card:
    """Return ``answer`` to ``action`` below the ``item``, with the buttons of both.

    Title · source                      Title · source
    … the matched words …         ──►   the summary
    [Summary] [Why] [Mute]              [Less] [Why] [Mute]
    """
    has_heading = bool(answer.heading_lines)
    # An answer with its own heading replaces the excerpt; other answers are shown below the whole
    # alert.
    item_lines = item.lines[:_ALERT_HEADING_LINES] if has_heading else item.lines
    back = Action(BACK_VERB, action.item, action.item, action.chat)
    answer_buttons = tuple(_retarget(button, action) for button in answer.buttons)
    if answer.is_question:
        # "Back" takes the place of "No": both restore the alert.
        choices = (button for button in answer_buttons if button.action.verb != DISMISS_VERB)
        buttons = (*choices, Button("Back", back))
    else:
        item_buttons = (_retarget(button, action) for button in item.buttons)
        buttons = (
            *answer_buttons,
            *(
                # The pressed button now collapses its answer.
                Button("Less", back)
                if has_heading and button.action.verb == action.verb
                else button
                for button in item_buttons
            ),
        )
    lines = (*item_lines, *answer.lines[answer.heading_lines :])
    return replace(answer, lines=lines, buttons=buttons, heading_lines=0)


def _retarget(button: Button, action: Action) -> Button:
    return replace(button, action=replace(button.action, item=action.item, chat=action.chat))
