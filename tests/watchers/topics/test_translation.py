"""Queries of other services: each has the same meaning here, or is refused with what to write."""

import pytest

from watchers import Item, parse_query
from watchers.topics import QuerySyntaxError

SAME_MEANING = [
    ("allintitle:or", "title:or", ""),
    # LexisNexis, Cision, Factiva: w/n counts the position of the second word.
    ("minister w/5 resign", "minister NEAR/4 resign", "“w/5” is read as NEAR/4"),
    ("“oat milk” W/3 “coffee”", '"oat milk" NEAR/2 "coffee"', "“W/3” is read as NEAR/2"),
    ("grid pre/3 failure", "grid ONEAR/2 failure", "in this order"),
    ("Rugby League adj5 final", "rugby-league ONEAR/4 final", "“adj5”"),
    ("nickel adj price", "nickel ONEAR/0 price", "no other word between"),
    ("nickel near5 mining royalties", "nickel NEAR/4 mining-royalties", "“near5”"),
    ("airbus 350/N20/rolls royce", "airbus-350 NEAR/19 rolls-royce", "“/N20/”"),
    ("tenant /4 evict", "tenant NEAR/3 evict", "“/4”"),
    # Brandwatch, Meltwater, ProQuest count the words between.
    ("wind NEAR/2f turbine", "wind ONEAR/2 turbine", "ONEAR/2"),
    ("wind near/6 turbine", "wind NEAR/6 turbine", "NEAR/6"),
    ("wind onear/6 turbine", "wind ONEAR/6 turbine", "ONEAR/6"),
    ("(wind OR solar) N3 farm", "(wind OR solar) NEAR/3 farm", "“N3”"),
    ("(wind OR solar) W3 farm", "(wind OR solar) ONEAR/3 farm", "“W3”"),
    ("wind NEAR:3 turbine", "wind NEAR/3 turbine", ""),
    ("wind NEAR(3) turbine", "wind NEAR/3 turbine", ""),
    ('"wind farm"~5', '"wind" NEAR/5 "farm"', ""),
    ('"wind farm" AROUND(5) protest', '"wind farm" NEAR/5 protest', ""),
    ("NEAR3(wind turbine)", "(wind turbine)~3", "“NEAR3”"),
    ('(near15:"wind turbine") sourcelang:deu', '"wind turbine"~15 AND lang:de', "“near15:”"),
    # Exact capitals.
    ("budget AND !NASA", 'budget AND ="NASA"', "To exclude a word, write -NASA"),
    ('(!"ESA" OR satellite) AND launch', '(="ESA" OR satellite) AND launch', "exactly these"),
    ("cs(“LEAD”) AND paint", '="LEAD" AND paint', "exactly these letters"),
    ("allcaps(rico) AND trial", '="RICO" AND trial', "exactly these letters"),
    ("caps(Orange Business)", '="Orange Business"', "exactly these letters"),
    ("British Gas OR {BG}", 'British Gas OR ="BG"', '="BG"'),
    ("!football goal", "goal -football", ""),
    # Fields.
    ("hd=lithium", "title:lithium", "“hd=” is read as title:"),
    ("hd=(strike or walkout) and la=fr", "title:(strike OR walkout) AND lang:fr", "“la=”"),
    ("headline(“iced tea”)", 'title:"iced tea"', "title:(…)"),
    ("TITLE(merger) AND byline(Doe)", "title:merger AND author:doe", "author:(…)"),
    ('intitle:"data leak"', 'title:"data leak"', ""),
    ("allintitle:cargo ship OR ferry", "title:(cargo AND ship) OR ferry", "all words after it"),
    ("language:english port strike", "lang:en port strike", ""),
    ("strike AND country:France", "strike AND country:fr", "country:fr"),
    ('tk_location:"United Kingdom" AND rail', "country:gb AND rail", "country:gb"),
    ("rail country:uk", "rail country:gb", ""),
    # Sites.
    ('ferry site:"http://www.example.org/"', "ferry source:example.org", "example.org"),
    ("ferry site:https://www.example.org", "ferry source:example.org", "example.org"),
    (
        'site:"www.example.org" site:"example.net"',
        "source:example.org OR source:example.net",
        "either",
    ),
    ("rail lang:fr lang:de", "rail AND (lang:fr OR lang:de)", "either"),
    (
        "rail AND url:(example.com OR example.net)",
        "rail AND source:(example.com OR example.net)",
        "source example.com",
    ),
    ("rail inurl:example.com", "rail source:example.com", "source example.com"),
    # Wildcards.
    ("pollut! AND river", "pollut* AND river", "words that begin with “pollut”"),
    ('reactor NOT "reactor core*"', 'reactor -("reactor" ONEAR/0 core*)', "ONEAR/0"),
    ('"call * strike"', '"call" ONEAR/3 "strike"', "ONEAR/3"),
    # Operators.
    ("internet and (health or medicine)", "internet AND (health OR medicine)", "“and” is read as"),
    ("ferry AND/OR ship", "ferry OR ship", "“AND/OR”"),
    ("ferry and/or ship", "ferry OR ship", "“and/or”"),
    ("ferry AND NOT ship", "ferry -ship", ""),
    ("(ferry or ship) and not cruise", "(ferry OR ship) -cruise", "“not” is read as NOT"),
    ("Iran or Israel", "Iran, Israel", "“or” is read as OR"),
    ("takeover or hostile bid", "takeover, hostile bid", "“or” is read as OR"),
    ("peru, chile or bolivia", "peru, chile, bolivia", "“or” is read as OR"),
    ("peru, chile, and bolivia", "peru, chile, bolivia", ""),
    ("commissioner and rulemaking", "commissioner NEAR/4 rulemaking", "close together"),
    # Names and plain text.
    ("Marks & Spencer", "Marks ONEAR/1 Spencer", "one name"),
    ("Johnson & Johnson", "Johnson ONEAR/1 Johnson", "one name"),
    ("Peru & Chile", "Peru AND Chile", ""),
    ("salt & vinegar", "salt AND vinegar", ""),
    ("Yahoo!", "yahoo", ""),
    ("Tesla?", "tesla", ""),
    ("what is new?", "what is new", ""),
    ("who is Kim Jong Un", "kim jong un", "left out of the question"),
    ("what is happening in the harbour of Odesa", "harbour NEAR/4 odesa", "left out"),
    ("1. copper 2. zinc price", "copper, zinc price", "a topic of its own"),
    ("copper\nzinc price\n", "copper, zinc price", "a topic of its own"),
    ("#CleanAir OR #OpenData", "clean-air OR open-data", ""),
]

REFUSED = [
    ("atleast5 lithium", "“atleast5”", "Remove it"),
    ("atleast10(lithium) and mine", "“atleast10(…)”", "Remove it"),
    ("lithium w/s mine", "“w/s” (the same sentence)", "NEAR/12"),
    ("lithium /p mine", "“/p” (the same paragraph", "NEAR/50"),
    ("lithium W/SEG mine", "“W/SEG”", "NEAR/50"),
    ("lithium same mine", "“same” can be a word or an operator", "NEAR/50"),
    ("rico NOT W/5 puerto", "“NOT W/5”", "Exclude a phrase"),
    ("lithium +5 mine", "“+5”", "ONEAR/4"),
    ("lithium % mine", "“%”", "ONEAR/1"),
    ('"salt lake" <near/5> mine', "“<…>”", "NEAR/5"),
    ("pollut! W/10 spill! OR river AND clean", "in different orders", "brackets"),
    ("mining near/500 royalties", "“near/500”", "NEAR/99"),
    ("wc>500 AND mine", "“wc>500”", "length"),
    ("mine AND length > 900", "“length > 900”", "length"),
    ("rst=abc and mine", "“rst=”", "source:name"),
    ("hlead(mine)", "“hlead(…)”", "title:word"),
    ("company(Orange)", "“company(…)”", "company AND"),
    ("subject:(mine) has:attachment", "subject:", "tag:word"),
    ("mine min_faves:10", "min_faves:", "Remove it"),
    ("mine -filter:replies", "filter:", "Remove it"),
    ("mine since:2026-01-01", "since:", "Remove the date"),
    ("after:2026-01-01 mine", "after:", "Remove the date"),
    ("raw:Word mine", "raw:", 'Write ="Word"'),
    ('repeat3:"mine"', "repeat3:", "Remove it"),
    ("inurl:harbour mine", "inurl:", "source:reuters.com"),
    ("mine site:example.org/mining", "“/mining”", "source:example.org"),
    ("https://example.org/news", "a web address", "source:example.org"),
    ('tk_location:"APAC" AND mine', "“APAC” is not a country code", "country:kr"),
    ("!Orange phone", "“!Orange”", "-Orange"),
    ("mine ~cheap", "“~” (similar words)", "Remove the ~"),
    ("mine~0.7", "“~0.7” (similar words)", "Remove the ~"),
    ("phone $50..$90", "“..” (a range of numbers)", "Remove the range"),
    ("{10 TO 20}", "(a range)", "Remove the curly"),
    ('"mine"[ti]', "square brackets", "title:word"),
    ("miner$2", "“$” (a number of endings)", "engineer*"),
    ("mine?", "“?” (a wildcard for one letter)", "mine*"),
    ("m?ne", "“?” (a wildcard for one letter)", "each spelling"),
    ("min*g pit", "a * in the middle of a word", "wom*"),
    ("@reporter mine", "“@”", "author:name"),
    ("Disney+", "“+”", "Remove it"),
    ("copper/cobalt", "“copper/cobalt” can mean", "copper OR cobalt"),
    ("Orange, not the fruit", "“not” after a comma", "apple -fruit"),
    ("copper not cobalt", "“not” can be a word or an operator", "NOT in capitals"),
    ("apple, orange, -juice", "a comma beside other operators", "AND or OR"),
    ('"copper" und "cobalt"', "“und”", "Write AND"),
    ("Kupfer ODER Kobalt", "“ODER”", "Write OR"),
    ('"copper" near "cobalt"', "“near”", "NEAR/4"),
    ("\\(copper\\)", "escape characters", "backslash"),
    ("title:/^Co+p/", "regular expressions", "sanct*"),
    ("the", "“the” occurs in nearly every item", "north korea"),
    ("a", "“a” occurs in nearly every item", "north korea"),
    ("allintitle:", "title: needs a value", "title:word"),
    ("who", "“who” occurs in nearly every item", "WHO"),
    ("lang:xx mine", "“xx” is not a language code", "lang:en"),
    ("country:zz mine", "“zz” is not a country code", "country:kr"),
]


@pytest.mark.parametrize(("typed", "native", "note"), SAME_MEANING)
def test_a_query_of_another_service_has_the_same_meaning(typed, native, note):
    query = parse_query(typed)
    assert query == parse_query(native)
    notes = " ".join(query.notes)
    assert note in notes
    assert parse_query(str(query)) == query
    # The canonical form needs no translation; it may still need to state the order of AND and OR.
    remaining = parse_query(str(query)).notes
    assert all(note.startswith("AND is evaluated before OR") for note in remaining)


@pytest.mark.parametrize(("typed", "problem", "hint"), REFUSED)
def test_an_operator_without_a_meaning_is_refused_by_its_name(typed, problem, hint):
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(typed)
    assert problem in caught.value.problem
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("topic", "text", "expected"),
    [
        ("minister w/5 resign", "minister a b c d resign", True),
        ("minister w/5 resign", "resign a b c d minister", True),
        ("minister w/5 resign", "minister a b c d e resign", False),
        ("minister pre/5 resign", "resign a minister", False),
        ("economy AND !GDP", "The economy grew: GDP is up", True),
        ("economy AND !GDP", "The economy grew: gdp is up", False),
        ("Johnson & Johnson", "Johnson & Johnson recalls powder", True),
        ("Johnson & Johnson", "Boris Johnson resigns", False),
        ("Iran or Israel", "Israel votes", True),
        ('"reactor core*"', "reactor cores melt", True),
        ('"reactor core*"', "core of the reactor", False),
    ],
)
def test_a_translated_query_matches_the_intended_texts_only(topic, text, expected):
    item = Item(key="k", title="A title", text=text)
    assert (parse_query(topic).match(item) is not None) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "oil AND gas",
        '"north korea" -football',
        "same sex marriage",
        "HIV/AIDS",
        "24/7 shop",
        "AC/DC",
        "w/5",
        "near5",
        "explosion at sea",
        "trick AND treat",
    ],
)
def test_native_topics_have_no_notes(typed):
    assert not parse_query(typed).notes
