"""200 pages of many layouts, languages and scripts, made anew from a seed: no crash, nothing invented."""

import random
from datetime import UTC, datetime
from html import escape

import pytest

from bot.summaries import summarize
from watchers import parse_query
from watchers.text.article import read_article

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STOPS = {"zh": "。", "ja": "。", "hi": "।", "th": " ", "ar": ".", "hy": "։", "my": "။"}
LETTERS = {
    "en": "abcdefghilmnoprstuvwy",
    "de": "abdefghiklmnoprstuäöüß",
    "fr": "abcdeéèçlmnoprstuvœ",
    "ru": "абвгдежзиклмнопрстуфя",
    "uk": "абвгґдеєжиіїклмнопрст",
    "el": "αβγδεζηθικλμνοπρστυω",
    "ar": "ابتثجحخدرسشصطعغفقكلمن",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "hi": "अआइईकखगघचजटडतदनपबमयरलवस",
    "th": "กขคงจชดตถทนบปพมยรลวสห",
    "zh": "的一是在不了有和人这中大为上个国我以要他",
    "ja": "あいうえおかきくけこ日本人大学国会年月",
    "ko": "가나다라마바사아자차카타파하정부국회",
    "ka": "აბგდევზთიკლმნოპრსტუ",
    "hy": "աբգդեզէըթիլխծկհձղճմ",
    "my": "ကခဂဃငစဆဇညတထဒနပဖဗမယရလဝ",
}
SOUP = [
    "<b>",
    "</i>",
    "<p",
    "<<",
    "&#0;",
    "&bogus;",
    "<!--",
    "<svg>",
    "</div></div>",
    "<a href='",
]
FURNITURE = [
    "Photo: Somebody / Agency",
    "By Ana Kos",
    "Read more: Something else",
    "We use cookies, accept all cookies in your settings.",
    "Advertisement",
    "Share this article",
    "12 June 2026",
]


class Maker:
    """Makes pages that are all different and always the same."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.language = self.dice.choice(list(LETTERS))

    def word(self) -> str:
        return "".join(self.dice.choices(LETTERS[self.language], k=self.dice.randint(2, 9)))

    def sentence(self) -> str:
        gap = "" if self.language in {"zh", "ja", "th", "my"} else " "
        words = [self.word() for _ in range(self.dice.randint(3, 24))]
        words[0] = words[0].capitalize()
        if self.dice.random() < 0.15:
            words.insert(1, f"“{gap.join(words[:3])}”")
        if self.dice.random() < 0.2:
            words.append(str(self.dice.randint(0, 9_999)))
        return gap.join(words) + STOPS.get(self.language, ".")

    def paragraph(self, most: int = 6) -> str:
        gap = "" if self.language in {"zh", "ja"} else " "
        return gap.join(self.sentence() for _ in range(self.dice.randint(1, most)))

    def page(self) -> str:
        kind = self.dice.choice(["article", "one", "list", "live", "soup", "table", "long", "none"])
        title = escape(self.sentence()[:60])
        body = getattr(self, f"_{kind}")()
        return (
            f"<!doctype html><html lang={self.language}><head><title>{title}</title></head><body>"
            f"<nav><a href=/>{self.word()}</a></nav><article><h1>{title}</h1>{body}</article>"
            f"<footer>© 2026 {self.word()}</footer></body></html>"
        )

    def _article(self) -> str:
        parts = [f"<p>{self.paragraph()}</p>" for _ in range(self.dice.randint(2, 20))]
        parts += [f"<p>{line}</p>" for line in self.dice.sample(FURNITURE, 3)]
        self.dice.shuffle(parts)
        return "".join(parts)

    def _one(self) -> str:
        return f"<p>{self.sentence()}</p>"

    def _list(self) -> str:
        return "<ul>" + "".join(f"<li>{self.sentence()}" for _ in range(30)) + "</ul>"

    def _live(self) -> str:
        posts = (f"<h3>{n}:0{n % 6}</h3><p>{self.paragraph(3)}</p>" for n in range(24))
        return "".join(posts)

    def _soup(self) -> str:
        pieces = [self.dice.choice(SOUP) if n % 3 else self.sentence() for n in range(120)]
        return "".join(pieces)

    def _table(self) -> str:
        return "<table>" + f"<tr><td>{self.word()}<td>{self.sentence()}</tr>" * 12 + "</table>"

    def _long(self) -> str:
        return "".join(f"<p>{self.paragraph()}</p>" for _ in range(120))

    def _none(self) -> str:
        return ""


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_a_made_page_is_summed_up_in_its_own_words(first):
    for seed in range(first, first + 20):
        page = Maker(seed).page()
        article = read_article(page.encode(), "utf-8", "https://a.example/x", NOW)
        text = "\n".join(article.draft.paragraphs)
        made = summarize(text, article.draft.title, 3, parse_query("a OR б OR 的"))
        whole = " ".join(f"{article.draft.title}\n{text}".split())
        assert len(made.sentences) <= 3
        assert len(made.sentences) <= made.total
        assert all(sentence in whole for sentence in made.sentences), seed
        assert not any(line in made.sentences for line in FURNITURE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "count"),
    [
        ("x", 1_000_000),
        ("word ", 200_000),
        ("Some words here. ", 60_000),
        ("Some words here\n", 60_000),
        ("“", 1_000_000),
        ("Photo ", 160_000),
        ("we use cookies to accept ", 40_000),
        ("1 234 567 ", 100_000),
        ("国", 1_000_000),
        ("ก ", 500_000),
        ("a\u0301", 500_000),
        ("( ", 500_000),
        ("A ", 500_000),
        (", ", 500_000),
        ("— ", 300_000),
        ("\n", 1_000_000),
        ("\u200b", 500_000),
        ("“a “b “c ", 100_000),
        ("\ud800 text. ", 80_000),
        ("🚨 Breaking. ", 80_000),
        ("<p>text</p>", 90_000),
        ("from 80 to ", 90_000),
    ],
    ids=ascii,
)
def test_a_megabyte_of_anything_has_a_short_summary(unit, count):
    made = summarize(unit * count, "A title", 3)
    assert sum(map(len, made.sentences)) < 2_200
