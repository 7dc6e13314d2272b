"""Detect sentences of an article that address a language model (prompt injection).

Such sentences are removed from the request and from the text used for verification. The prompt also
states that the article is data.

Two levels exist, because articles about artificial intelligence contain similar sentences: all possible
injections are removed from requests, but only certain ones from extracts.
"""

from __future__ import annotations

from typing import Final

import regex

from watchers.text.lazy_pattern import LazyPattern

_POSSIBLE_INJECTION: Final = LazyPattern(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|direction|context|message)s?\b"
    r"|\b(?:system|developer|hidden) (?:prompt|message|instruction)s?\b|\bprompt injection\b|\bjailbreak"
    r"|\byou (?:are|act as|must act as) (?:now |an? )?(?:ai|assistant|language model|chat ?bot|summari[sz]er)\b"
    r"|\b(?:as|dear|attention|note to|hey|hello) (?:an? |the |all )?(?:ai|assistant|language model|llm|chat ?bot|summari[sz]er|summari[sz]ation)\b"
    r"|\b(?:ai|language model|llm|assistant|chat ?bot|summari[sz]er)s?\b.{0,30}\b(?:must|should|shall|has to|have to|reading this|please)\b"
    r"|\b(?:in|of|for) (?:your|the) (?:summary|answer|response|output|reply)\b.{0,30}\b(?:say|write|include|add|state|mention|instead)\b"
    r"|\b(?:say|state|write|include|add|mention|output|respond|reply|answer|print|repeat)\b.{0,60}\b(?:in (?:your|the) (?:summary|answer|response|output|reply)|instead of (?:a|the) summary|only with|exactly (?:this|the following))\b"
    r"|<\|?/?(?:im_start|im_end|system|assistant|user|inst|s)\|?>|\[/?INST\]|###? ?(?:instruction|system|assistant)"
    r"|\b(?:ignorier|vergiss|missachte)\w*\b.{0,40}\b(?:anweisung|vorgabe|regel)|\bignor(?:e[zr]?|a|ar)\b.{0,40}\b(?:instruc|consign|istruz)|\b(?:игнорируй|забудь|ігноруй)\w*\b.{0,40}\b(?:инструкц|указани|інструкц|вказівк)"
    r"|(?:忽略|无视|無視).{0,20}(?:指令|指示|说明|命令)|指示を無視",
    regex.IGNORECASE,
)
_CERTAIN_INJECTION: Final = LazyPattern(
    r"\b(?:ignore|disregard|forget|override)\b.{0,20}\b(?:previous|prior|above|earlier|all|your|system)\b.{0,20}\b(?:instruction|prompt|guideline|message)s?\b"
    r"|\b(?:say|state|write|include|add|mention|output|respond|reply)\b.{0,60}\b(?:in (?:your|the) (?:summary|answer|response|output|reply)\b|instead of (?:a|the) summary\b)"
    r"|\b(?:note to|attention|dear|hey)\b.{0,12}\b(?:ai|llm|language model|chat ?bot|summari[sz]er)s?\b"
    r"|<\|?/?(?:im_start|im_end)\|?>|\[/?INST\]|###? ?(?:instruction|system|assistant)"
    r"|\b(?:ignorier|vergiss|missachte)\w*\b.{0,40}\banweisung|\bignor(?:e[zr]?|a|ar)\b.{0,40}\b(?:instruc|consign|istruz)|\b(?:игнорируй|забудь|ігноруй)\w*\b.{0,40}\b(?:инструкц|указани|інструкц|вказівк)"
    r"|(?:忽略|无视|無視).{0,20}(?:指令|指示)|指示を無視",
    regex.IGNORECASE,
)


def is_certain_injection(sentence: str) -> bool:
    """Return True if ``sentence`` is an instruction to a language model."""
    return _CERTAIN_INJECTION.search(sentence) is not None


def is_possible_injection(sentence: str) -> bool:
    """Return True if ``sentence`` may be an instruction to a language model."""
    return _POSSIBLE_INJECTION.search(sentence) is not None
