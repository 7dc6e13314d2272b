"""Exclude words from a topic: /less N, and the "Less like this" button of an alert.

The user sees every change of a topic and can undo it.

/less 5    ──► words of the item that other items of the topic lack ──► [Without football] … [No]
[football] ──► the topic is replaced by "sanctions -football" ──► [Undo]
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from bot.conversation.cards.card import Action, Button, Card, Line, dim, line, make_card, strong
from bot.conversation.commands.subscriptions import SubscriptionCommands
from bot.conversation.durations import pluralise
from bot.conversation.item_search import ItemSearch
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    read_query,
    select_by_topic_ids,
    subscriptions_of_chat,
    unreadable_topic_error,
)
from bot.errors import UserError
from bot.models import ChatItem, Subscription, TopicMatch
from bot.store import Database
from bot.summaries.terms import Terms
from watchers import Item, Query, QuerySyntaxError, Span
from watchers.stories.signature import extract_names
from watchers.stories.terms import TermReader
from watchers.text.clean import truncate
from watchers.text.tokens import normalize_word, split_words
from watchers.topics.exclusion import exclude_term, make_exclusion_label

_MAX_PROPOSALS: Final = 4
_MAX_OTHER_ITEMS: Final = 100
_MAX_LABEL_LENGTH: Final = 200

# An article states its subject at its beginning.
_MAX_TEXT_LENGTH: Final = 2_000
_MIN_WORD_LENGTH: Final = 3
# A word in a larger share of the other items is not distinctive.
_MAX_SHARE_OF_OTHERS: Final = 0.25
_TITLE_WEIGHT, _LEAD_WEIGHT, _TEXT_WEIGHT = 4, 2, 1
_MAX_COUNT_IN_TEXT: Final = 3
# Longer words get no higher weight.
_MAX_WEIGHTED_LENGTH: Final = 12
_NAME_WEIGHT: Final = 1.5
# Calendar words occur in articles on all subjects.
_CALENDAR_TEXT: Final = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december today yesterday tomorrow week month year"
)
_CALENDAR_WORDS: Final = frozenset(_CALENDAR_TEXT.split())


@dataclass(frozen=True, slots=True)
class ExclusionProposal:
    """A word to exclude, the label of the resulting topic, and how many other items it loses."""

    word: str
    label: str
    dropped_count: int


class LessLikeThisCommands:
    """The command that excludes words from a topic. ``resolve_item`` finds items by number."""

    def __init__(
        self,
        database: Database,
        search: ItemSearch,
        subscriptions: SubscriptionCommands,
        resolve_item: Callable[[CommandRequest], Awaitable[ChatItem]],
    ) -> None:
        self._database = database
        self._search = search
        self._subscriptions = subscriptions
        self._resolve_item = resolve_item

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "less",
                self.less,
                "exclude words that are typical of an item",
                "[N]",
                requires_admin=True,
                accepts_reply_to_alert=True,
            ),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {
            "less": self.less,
            "less_topic": self.less_topic,
            "leave_out": self.exclude_word,
            "put_back": self.undo,
        }

    async def less(self, request: CommandRequest) -> list[Card]:
        """Propose words of an item to exclude; ask for the topic if the item matched several."""
        shown = await self._resolve_item(request)
        if not shown.reasons:
            raise UserError("you no longer follow the topics of this alert")
        if len(shown.reasons) == 1:
            return [await self._proposal_card(request, shown, shown.reasons[0])]
        buttons = tuple(
            Button(reason.label, Action("less_topic", f"{shown.number} {reason.topic_id}"))
            for reason in shown.reasons
        )
        none = Button("None", Action("dismiss"))
        return [
            make_card("Less of it for which topic?", buttons=(*buttons, none), is_question=True)
        ]

    async def less_topic(self, request: CommandRequest) -> list[Card]:
        """Propose words for the topic of a button: the number of the item and a topic ID."""
        number, _, topic_id = request.argument.partition(" ")
        shown = await self._resolve_item(replace(request, argument=number))
        for reason in shown.reasons:
            if str(reason.topic_id) == topic_id:
                return [await self._proposal_card(request, shown, reason)]
        raise UserError("you no longer follow this topic")

    async def exclude_word(self, request: CommandRequest) -> list[Card]:
        """Exclude the word of a button from its topic."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        topic_id, _, word = request.argument.partition(" ")
        before = select_by_topic_ids(subscriptions, topic_id)[0]
        if before.query is None:
            raise unreadable_topic_error(before.label)
        try:
            query = exclude_term(before.query, word)
        except QuerySyntaxError as error:
            raise UserError(f"this word cannot be excluded: {error}") from error
        label = make_exclusion_label(query, before.label, word)
        return [await self._replace_topic(chat_id, before, query, label)]

    async def undo(self, request: CommandRequest) -> list[Card]:
        """Restore the topic of a button: topic ID, label and canonical query, one per line."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        topic_id, _, former_topic = request.argument.partition("\n")
        label, _, canonical = former_topic.partition("\n")
        before = select_by_topic_ids(subscriptions, topic_id)[0]
        # Buttons of older versions have no canonical query.
        query = read_query(canonical or label)
        return [await self._replace_topic(chat_id, before, query, label)]

    async def _replace_topic(
        self, chat_id: int, before: Subscription, query: Query, label: str
    ) -> Card:
        def make_undo(topic_id: int) -> Button:
            argument = f"{topic_id}\n{before.label}\n{before.query or ''}"
            return Button("Undo", Action("put_back", argument))

        return await self._subscriptions.replace_topic(chat_id, before, query, label, make_undo)

    async def _proposal_card(
        self, request: CommandRequest, shown: ChatItem, reason: TopicMatch
    ) -> Card:
        if reason.query is None:
            raise unreadable_topic_error(reason.label)
        # One more, because the item itself is usually among the hits.
        hits = await self._search.find(
            reason.query, limit=_MAX_OTHER_ITEMS + 1, chat=request.ref.key
        )
        others = [hit.item for hit in hits if hit.item_id != shown.item_id][:_MAX_OTHER_ITEMS]
        # The comparison with a hundred articles would block the event loop.
        proposals = await asyncio.to_thread(
            _make_proposals, shown.item, reason, reason.query, others
        )
        if not proposals:
            return make_card(
                line(
                    "No single word separates this item from the other items of ",
                    strong(reason.label),
                    ".",
                ),
                line(dim("/edit changes a topic, /mute mutes it for a while.")),
            )
        lines: list[Line] = [
            line("Exclude items with one of these words from ", strong(reason.label), "?")
        ]
        for proposal in proposals:
            loss = f"  loses {proposal.dropped_count} of {pluralise(len(others), 'other item')}"
            label = strong(truncate(proposal.label, _MAX_LABEL_LENGTH))
            lines.append(line("• ", label, dim(loss if others else "")))
        buttons = [
            Button(
                f"Without {proposal.word}",
                Action("leave_out", f"{reason.topic_id} {proposal.word}"),
            )
            for proposal in proposals
        ]
        no = Button("No", Action("dismiss"))
        return make_card(*lines, buttons=(*buttons, no), is_question=True)


def _make_proposals(
    item: Item, reason: TopicMatch, query: Query, others: Sequence[Item]
) -> list[ExclusionProposal]:
    words = distinctive_words(item, query, reason.spans, others, limit=_MAX_PROPOSALS)
    proposals: list[ExclusionProposal] = []
    for word in words:
        try:
            narrowed = exclude_term(query, word)
        except QuerySyntaxError:
            # The topic already has the maximum length or number of terms.
            continue
        dropped_count = sum(narrowed.match(other) is None for other in others)
        label = make_exclusion_label(narrowed, reason.label, word)
        proposals.append(ExclusionProposal(word, label, dropped_count))
    return proposals


# ── words that are typical of one item among the items of its topic ─────────────────────────────────


def distinctive_words(
    item: Item, query: Query, spans: Sequence[Span], others: Sequence[Item], *, limit: int
) -> list[str]:
    """Return words of ``item`` that few of ``others`` contain, most distinctive first.

    Words that matched (``spans``) and words that the query cannot exclude are omitted. Slow with many
    other items: run it in a thread.
    """
    reader = Terms.of_text(f"{item.title} {item.lead}", item.language)
    matched_text = " ".join(_span_texts(item, spans))
    matched_terms = set(reader.of(matched_text))
    counts, words = _count_terms(item, reader, set(matched_text))
    item_counts = Counter(
        term for other in others for term in set(reader.of(f"{other.title} {_beginning(other)}"))
    )
    other_count = len(others)
    names = {normalize_word(name) for name in extract_names(item.title, _beginning(item))}
    scores = {
        term: count
        * _word_weight(words[term], names)
        * (math.log((other_count + 1) / (item_counts[term] + 0.5)) if other_count else 1)
        for term, count in counts.items()
        if term not in matched_terms and item_counts[term] <= other_count * _MAX_SHARE_OF_OTHERS
    }
    result: list[str] = []
    # The sort is stable: among equal scores, the first term in the title wins.
    for term in sorted(scores, key=lambda term: -scores[term]):
        word = words[term]
        if _can_be_excluded(query, item, word):
            result.append(word)
        if len(result) == limit:
            break
    return result


def _count_terms(
    item: Item, reader: Terms, matched_characters: AbstractSet[str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Return the weighted count of each term of the item, and its most frequent word form."""
    counts: Counter[str] = Counter()
    word_forms: dict[str, Counter[str]] = {}
    for text, weight in (
        (item.title, _TITLE_WEIGHT),
        (item.lead, _LEAD_WEIGHT),
        (item.text[:_MAX_TEXT_LENGTH], _TEXT_WEIGHT),
    ):
        text_counts: Counter[str] = Counter()
        for term, word in _terms(text, item.language, reader, matched_characters):
            text_counts[term] += 1
            word_forms.setdefault(term, Counter())[word] += weight
        max_count = _MAX_COUNT_IN_TEXT if weight == _TEXT_WEIGHT else 1
        for term, count in text_counts.items():
            counts[term] += weight * min(count, max_count)
    words = {term: forms.most_common(1)[0][0] for term, forms in word_forms.items()}
    return counts, words


def _word_weight(word: str, names: AbstractSet[str]) -> float:
    """Return a higher weight for names and for long words.

    Frequent words of a language are short (Zipf's law of abbreviation), so long words say more.
    """
    is_long_word = word.isalpha() and len(word) >= _MIN_WORD_LENGTH
    length = math.log2(min(len(word), _MAX_WEIGHTED_LENGTH)) if is_long_word else 1.0
    return length * (_NAME_WEIGHT if word in names else 1.0)


def _terms(
    text: str, language: str | None, reader: Terms, matched_characters: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    has_spaces, term_reader = False, TermReader()
    for token in split_words(text):
        for term in reader.of(token):
            has_spaces = True
            word = normalize_word(token)
            is_informative = (
                len(token) >= _MIN_WORD_LENGTH
                and not token.isdigit()
                and word not in _CALENDAR_WORDS
            )
            if is_informative and term_reader.read_terms([word], language):
                yield term, word
    if not has_spaces:
        # In scripts without spaces, pairs of characters take the place of words.
        yield from ((term, term) for term in reader.of(text) if matched_characters.isdisjoint(term))


def _span_texts(item: Item, spans: Iterable[Span]) -> Iterator[str]:
    for span in spans:
        yield getattr(item, span.field)[span.start : span.end]


def _beginning(item: Item) -> str:
    return f"{item.lead} {item.text[:_MAX_TEXT_LENGTH]}"


def _can_be_excluded(query: Query, item: Item, word: str) -> bool:
    """Return True if the query without ``word`` is valid and no longer matches the item."""
    try:
        return exclude_term(query, word).match(item) is None
    except QuerySyntaxError:
        return False
