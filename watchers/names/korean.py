"""Tell the endings of a Korean name from the rest of another word.

Particles and many nouns follow a name without a space: 러시아군이 (Russia + army + particle). A short name
is also the start of other words (수단 is Sudan, and "means"), so only listed endings may follow it.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_PARTICLES: Final = (
    "이 가 은 는 을 를 의 에 에서 에게 에도 에는 에서도 에서는 에서의 와 과 와의 과의 와는 과는 도 로 으로 로의 으로의"
    " 만 만의 만이 까지 부터 이나 나 보다 처럼 라 이라 라는 이라는 라며 이라며 라고 이라고 이다 다 서 엔 에선 으로부터"
    " 로부터 에겐 에의 뿐 마저 조차 이며 며 이고 고 여서 이어서 였다 이었다"
)
_NOUNS: Final = (
    "인 군 측 산 계 어 발 행 내 판 식 령 제 전 팀 파 민 국적 정부 의원 대사 대사관 대통령 총리 외교부 국방부 여행 전쟁 사태"
    " 법인 대표팀 산업 시장 경제 언론 매체 본토 국민 기업 은행 법원 의회 당국 출신 주재 방문 대선 총선 공습 침공"
)
_PLURAL: Final = "들"

_SAFE_NAMES: Final = frozenset(["미국", "중국", "일본", "북한", "영국", "독일", "한국", "호주"])
_MIN_SAFE_SYLLABLES: Final = 3
_MAX_SAFE_ENDING: Final = 6

# The first is also Christ and "Greece, too", the second "IT".
_UNSAFE_NAMES: Final = frozenset(
    ["그리스", "아이티", "모나코", "바레인", "니제르", "가이아나", "도미니카"]
)

# The first is also "means", the others are the stems of "arrogant" and "to dry": a noun must follow.
_NAMES_BEFORE_NOUNS: Final = frozenset(["수단", "오만", "말리"])


def can_follow_korean_name(name: str, ending: str) -> bool:
    """Return True if ``ending`` may follow ``name`` in one word."""
    if name in _NAMES_BEFORE_NOUNS:
        return ending in _endings() and ending not in _PARTICLES.split()
    is_safe = name in _SAFE_NAMES or (
        len(name) >= _MIN_SAFE_SYLLABLES and name not in _UNSAFE_NAMES
    )
    return (is_safe and len(ending) <= _MAX_SAFE_ENDING) or ending in _endings()


def with_particles(word: str) -> frozenset[str]:
    """Return a word alone and with each particle."""
    return frozenset(word + particle for particle in ("", *_PARTICLES.split()))


@cache
def _endings() -> frozenset[str]:
    """Return a noun, a plural and a particle in this order, each of them optional."""
    nouns = ["", *_NOUNS.split()]
    stems = [*nouns, *(noun + _PLURAL for noun in nouns)]
    return frozenset(stem + particle for stem in stems for particle in ("", *_PARTICLES.split()))
