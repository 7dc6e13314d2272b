"""How the pages look: paper and brass by day, slate and brass by night; and what they may load."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #faf8f4; --card: #ffffff; --line: #e7e2d8; --ink: #24262a; --dim: #6a665e;
  --brass: #96681c; --good: #3a7a4a; --warn: #96681c; --bad: #ad3a2c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --card: #1c1f23; --line: #2d3137; --ink: #e5e3dd; --dim: #9c9a93;
    --brass: #d8a95c; --good: #82c091; --warn: #d8a95c; --bad: #f08d80;
  }
}
* { box-sizing: border-box; }
body {
  background: var(--paper); color: var(--ink); margin: 0; padding: 1.5rem 1rem 3rem;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main, header, footer { margin: 0 auto; max-width: 66rem; }
header { align-items: center; display: flex; gap: .8rem; }
header svg { color: var(--brass); flex: none; height: 2.2rem; width: 2.2rem; }
h1 { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; line-height: 1.2; margin: 0; }
h2 { font-size: .95rem; font-weight: 650; margin: 0 0 .5rem; }
p { margin: 0; } a { color: var(--brass); }
.verdict { color: var(--dim); } .verdict b { font-weight: 600; }
.dim, time { color: var(--dim); } .good { color: var(--good); }
.warn { color: var(--warn); } .bad { color: var(--bad); }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
.cards, section { margin-top: 1.25rem; }
.card, section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; }
.card { padding: .75rem 1rem .8rem; } section { padding: 1rem 1.1rem 1.1rem; }
.card b { display: block; font-size: 1.55rem; font-weight: 600; letter-spacing: -.02em; line-height: 1.25; }
.card span { display: block; font-size: .86rem; }
.two { display: grid; gap: 0 1.25rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 56rem) { @media (max-width: 30rem) { .card:last-child { grid-column: 1 / -1; } }
.two { align-items: start; grid-template-columns: repeat(2, minmax(0, 1fr)); } }
ul { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--line); display: grid; gap: 0 .65rem; padding: .5rem 0;
  grid-template-columns: .6rem minmax(0, 1fr) auto; }
ul:first-of-type > li:first-child { border-top: 0; } li:last-child { padding-bottom: 0; }
li i { background: currentColor; border-radius: 50%; height: .55rem; margin-top: .48rem; width: .55rem; }
li strong { font-weight: 500; overflow-wrap: anywhere; }
li small { color: var(--dim); display: block; font-size: .86rem; overflow-wrap: anywhere; }
li small.bad { color: var(--bad); }
li time { font-size: .86rem; padding-top: .1rem; text-align: right; white-space: nowrap; }
details { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .5rem; }
summary { color: var(--dim); cursor: pointer; font-size: .9rem; }
figure { margin: 0; } figure svg { display: block; height: auto; width: 100%; }
figcaption { color: var(--dim); font-size: .86rem; margin-top: .5rem; }
polyline { fill: none; stroke: var(--brass); stroke-linejoin: round; stroke-width: 1.6;
  vector-effect: non-scaling-stroke; }
polygon { fill: var(--brass); opacity: .12; } circle { fill: var(--brass); }
line { stroke: var(--line); vector-effect: non-scaling-stroke; }
figure text { fill: var(--dim); font-size: 9px; }
@media (max-width: 30rem) {
  .card:last-child { grid-column: 1 / -1; } figure text { font-size: 14px; }
}
footer { color: var(--dim); font-size: .86rem; margin-top: 1.5rem; }
form { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem; }
input, button { border: 1px solid var(--line); border-radius: .5rem; font: inherit; padding: .5rem .8rem; }
input { background: var(--paper); color: var(--ink); flex: 1 1 14rem; min-width: 0; }
button { background: var(--brass); border-color: var(--brass); color: var(--card); cursor: pointer; }
:focus-visible { outline: 2px solid var(--brass); outline-offset: 2px; }
.door { margin: 12vh auto 0; max-width: 28rem; }
"""

ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    "%3Cpath fill='%23b8862f' d='M12 2a2 2 0 0 0-2 2 7 7 0 0 0-5 6.7V16l-2 3h18l-2-3v-5.3A7 7 0 0 0"
    " 14 4a2 2 0 0 0-2-2zm-2.6 18a2.7 2.7 0 0 0 5.2 0z'/%3E%3C/svg%3E"
)
"""A bell."""

BELL: Final = (
    "M12 2a2 2 0 0 0-2 2 7 7 0 0 0-5 6.7V16l-2 3h18l-2-3v-5.3A7 7 0 0 0 14 4a2 2 0 0 0-2-2z"
    "m-2.6 18a2.7 2.7 0 0 0 5.2 0z"
)
"""The same, to draw on the page: in 24 by 24."""

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The Content-Security-Policy of the pages: this one style, no script, nothing from elsewhere."""
