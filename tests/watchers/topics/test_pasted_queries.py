"""Queries as they are written for other services: each has the same meaning here, or is refused.

A row of ACCEPTED has the service, the query, the same query in the topic language, and a part of the
notes that state a reading which differs between services. A row of REFUSED has a part of the problem,
which names the operator, and of the hint.
"""

import pytest

from watchers import parse_query
from watchers.topics import QuerySyntaxError

ACCEPTED = [
    ("Factiva", "barley near10 export", "barley NEAR/9 export", "“near10” is read as NEAR/9"),
    ("Factiva", "by=Jane Roe and barley", 'author:"jane roe" AND barley', "one phrase"),
    ("Factiva", "hd=port fees and la=de", "title:port-fees AND lang:de", "one phrase"),
    ("Factiva", "barley w/10 (frost or hail)", "barley NEAR/9 (frost OR hail)", "NEAR/9"),
    ("Factiva", '"barley export" and not malt', '"barley export" -malt', "“not” is read as NOT"),
    (
        "Factiva",
        "port fees AND (ferry or tram)",
        "port AND fees AND (ferry OR tram)",
        "all of the words",
    ),
    ("LexisNexis", "headline(barley w/3 frost)", "title:(barley NEAR/2 frost)", "NEAR/2"),
    ("LexisNexis", "barley PRE/3 export!", "barley ONEAR/2 export*", "export*"),
    ("LexisNexis", "NOCAPS(aid) and relief", '="aid" AND relief', "exactly these letters"),
    ("LexisNexis", "barley and not (malt or rye)", "barley -malt -rye", "“not” is read as NOT"),
    ("LexisNexis", "publication(gazette) and barley", "source:gazette AND barley", "source:(…)"),
    ("LexisNexis", "barley AND-NOT malt", "barley -malt", ""),
    ("LexisNexis", "barley BUT NOT malt", "barley -malt", "“BUT” before NOT is left out"),
    (
        "LexisNexis",
        "frost w/25 barley w/25 export",
        "frost NEAR/24 barley NEAR/24 export",
        "NEAR/24",
    ),
    (
        "LexisNexis",
        'rye OR "malt house" AND barley',
        'rye OR ("malt house" AND barley)',
        "before OR",
    ),
    ("Dow Jones", "barley adj2 export", "barley ONEAR/1 export", "in this order"),
    ("Meltwater", "barley ONEAR/5 export", "barley ONEAR/5 export", ""),
    (
        "Meltwater",
        'title:"barley export" AND country:us',
        'title:"barley export" AND country:us',
        "",
    ),
    ("Meltwater", "inTitle:barley", "title:barley", ""),
    ("Meltwater", '("barley" OR "rye") NOT ("ryegrass")', '("barley" OR "rye") -"ryegrass"', ""),
    ("Cision", "cs(IT) AND outage", '="IT" AND outage', "exactly these letters"),
    ("Brandwatch", '"barley frost"~10', '"barley" NEAR/10 "frost"', ""),
    ("Brandwatch", "country:usa AND barley", "country:us AND barley", "country:us"),
    ("Brandwatch", "{WHO} AND barley", '="WHO" AND barley', "exactly these letters"),
    (
        "Brandwatch",
        "Port Authority OR {PA}",
        'port AND authority OR ="PA"',
        "“Port Authority” is read",
    ),
    ("Brandwatch", "links:example.com AND barley", "source:example.com AND barley", "example.com"),
    ("Talkwalker", "+barley +frost -malt", "barley AND frost -malt", ""),
    ("Talkwalker", 'domainurl:"http://example.com/"', "source:example.com", "source example.com"),
    ("Talkwalker", "barley AND sourcecountry:us", "barley AND country:us", ""),
    ("Google Alerts", "barley | rye", "barley OR rye", ""),
    (
        "Google Alerts",
        "barley frost OR hail",
        "(barley AND frost) OR hail",
        "(barley AND frost) OR hail",
    ),
    ("Google Alerts", "allintitle: barley frost", "title:(barley frost)", "all words after it"),
    ("Google Alerts", "barley site:.edu", "barley source:edu", ""),
    ("Google Alerts", "barley site:*.gov", "barley source:gov", ""),
    (
        "Google Alerts",
        "barley site:a.example OR site:b.example",
        "barley source:a.example OR source:b.example",
        "AND is evaluated before OR",
    ),
    ("Google Alerts", "barley AROUND(3) frost", "barley NEAR/3 frost", ""),
    (
        "Google Alerts",
        "barley -site:a.example -site:b.example",
        "barley -source:a.example -source:b.example",
        "",
    ),
    (
        "Google News",
        'intitle:barley source:"daily planet"',
        'title:barley source:"daily planet"',
        "",
    ),
    ("Bing", "inbody:barley", "body:barley", ""),
    ("Bing", "barley || frost", "barley OR frost", ""),
    ("Gmail", "barley AROUND 5 frost", "barley NEAR/5 frost", "“AROUND 5” is read as NEAR/5"),
    ("NetBase", "barley NEAR 5 frost", "barley NEAR/5 frost", "“NEAR 5” is read as NEAR/5"),
    ("plain", "barley within 5 words of frost", "barley NEAR/5 frost", "“within 5 words of”"),
    ("Cochrane", "barley NEXT/3 frost", "barley ONEAR/3 frost", "“NEXT/3”"),
    ("SharePoint", "barley ONEAR(n=5) frost", "barley ONEAR/5 frost", ""),
    ("SharePoint", "title: barley and body: frost", "title:barley AND body:frost", "AND"),
    ("Dialog", "barley(3N)frost", "barley NEAR/3 frost", "“(3N)”"),
    ("Dialog", "barley(W)frost", "barley ONEAR/0 frost", "“(W)”"),
    ("Ovid", "barley adj3 frost", "barley ONEAR/2 frost", "“adj3”"),
    ("ProQuest", "barley P/4 export", "barley ONEAR/4 export", "“P/4”"),
    ("ProQuest", "barley N/4 export", "barley NEAR/4 export", "“N/4”"),
    (
        "EBSCO",
        "barley N5 frost",
        "barley n5 frost",
        "“N5” is read as a word. For a distance, write NEAR/5",
    ),
    (
        "EBSCO",
        "AU summit AND barley",
        "AU AND summit AND barley",
        "For the field, write author:name",
    ),
    ("Westlaw", "barley & frost", "barley AND frost", ""),
    ("Westlaw", "TI(barley) & frost", "title:barley AND frost", "title:(…)"),
    ("Westlaw", "frost! /3 field!", "frost* NEAR/2 field*", "“/3” is read as NEAR/2"),
    ("X", "#HarvestDay lang:en", "harvest-day lang:en", "write tag:HarvestDay"),
    ("X", "(barley OR rye) (frost OR hail)", "(barley OR rye) AND (frost OR hail)", ""),
    ("Elasticsearch", "title:(quick OR slow) AND barley", "title:(quick OR slow) AND barley", ""),
    (
        "Elasticsearch",
        "barley || frost && rye",
        "barley OR (frost AND rye)",
        "barley OR (frost AND rye)",
    ),
    ("Lucene", "+(barley frost) -rye", "barley AND frost -rye", ""),
    (
        "Solr",
        "barley AND source:(alpha beta)",
        "barley AND source:(alpha OR beta)",
        "either of the two",
    ),
    ("GDELT", 'near10:"barley frost rye"', '"barley frost rye"~10', "“near10:”"),
    ("GDELT", "barley domainis:example.org", "barley source:example.org", ""),
    ("GDELT", "sourcelang:fra barley", "lang:fr barley", ""),
    ("NewsAPI", "barley AND (frost OR hail) NOT rye", "barley AND (frost OR hail) -rye", ""),
    ("Feedly", '"barley" AND ("frost" OR "hail")', '"barley" AND ("frost" OR "hail")', ""),
    ("Inoreader", "url:example.com barley", "source:example.com barley", "source example.com"),
    ("LinkedIn", '"tram driver" AND (Graz OR Linz)', '"tram driver" AND (graz OR linz)', ""),
    ("PostgreSQL", "barley & !rye", "barley -rye", ""),
    ("Scopus", "barley PRE/3 frost", "barley ONEAR/2 frost", "“PRE/3”"),
    ("plain", "barley without rye", "barley without rye", "“without” is read as a word"),
    ("plain", "either barley or rye", "barley, rye", "“either” is left out"),
    ("plain", "news about barley", "barley", "“news” and “about” are left out"),
    ("plain", "please send me updates on the port fees", "port fees", "left out of the request"),
    ("plain", "tell me all about barley, please", "barley", "left out of the request"),
    ("plain", "is there news about barley?", "barley", "left out of the request"),
    ("plain", "noticias sobre trigo", "trigo", "left out of the request"),
    ("plain", "What's new in shipping?", "new NEAR/4 shipping", "left out of the question"),
    ("plain", "- barley\n- port fees", "barley, port fees", "a topic of its own"),
    ("plain", "• barley • port fees", "barley, port fees", ""),
    ("plain", "1) barley 2) port fees", "barley, port fees", "a topic of its own"),
    ("plain", "a) barley\nb) rye", "barley, rye", "a topic of its own"),
    ("plain", "Peru–Chile border", "peru-chile border", ""),
    ("plain", "barley, rye;", "barley, rye", ""),
    ("plain", '"barley OR rye"', '"barley or rye"', "In quotes, “OR” is read as a word"),
    ("plain", '"barley" but not rye', '"barley" -rye', "“but” before NOT is left out"),
]

REFUSED = [
    ("Factiva", "date after 1/1/2026 and barley", "“date”", "Remove the date"),
    ("Nexis", "barley and date is today", "“date”", "Remove the date"),
    ("Signal", '"barley" NOT WITHIN 5 "rye"', "“NOT WITHIN 5”", "Exclude a phrase"),
    ("Factiva", "fds=ABCD", "“fds=”", "source:name"),
    ("Factiva", "hlp=(frost) and barley", "“hlp=”", "title:word"),
    ("Factiva", "barley AND wc<500", "“wc<500”", "length"),
    ("Factiva", "col*r", "a * in the middle", "each spelling"),
    ("LexisNexis", "atl5(frost)", "“atl5(…)”", "Remove it"),
    ("LexisNexis", "barley NOT W/5 rye", "“NOT W/5”", "Exclude a phrase"),
    ("LexisNexis", "date(geq (1/1/2026)) and rye", "“date(…)”", "Remove the date"),
    ("LexisNexis", "barley W/SENT frost", "“W/SENT”", "NEAR/12"),
    ("LexisNexis", "PLURAL(loan)", "“PLURAL(…)”", "PLURAL AND"),
    ("Meltwater", "@harbour AND barley", "“@”", "author:name"),
    ("Meltwater", 'url:"example.com/news"', "“/news”", "source:example.com"),
    ("Cision", 'tk_source:"Gazette"', "tk_source:", "source:name"),
    ("Brandwatch", "{a OR b} AND barley", "“{…}” with an operator", "(a OR b)"),
    ("Brandwatch", "raw:#barley", "raw:", "exact letters"),
    ("Brandwatch", "authorFollowers:[10 TO 50] AND rye", "square brackets", "remove a range"),
    ("Brandwatch", "engagementType:RETWEET AND rye", "engagementtype:", "Remove it"),
    ("Talkwalker", "barley SENTENCE frost", "“SENTENCE”", "NEAR/12"),
    ("Talkwalker", "sentiment:negative AND rye", "sentiment:", "Remove it"),
    ("NetBase", "barley NOT NEAR/5 rye", "“NOT NEAR/5”", "Exclude a phrase"),
    ("Google Alerts", "barley 2020..2026", "“..”", "Remove the range"),
    ("Google Alerts", "source:a.example,b.example", "a comma after source:", "source:(a OR b)"),
    ("Google News", "barley when:7d", "when:", "Remove the date"),
    ("Gmail", "older_than:1y barley", "older_than:", "Remove the date"),
    ("Bing", "barley near:5 frost", "near:", "NEAR/5"),
    ("PubMed", "barley[tiab] AND frost[mh]", "square brackets", "title:word"),
    ("Westlaw", "barley +s frost", "“s” (the same sentence)", "NEAR/12"),
    ("Westlaw", "barley /p frost", "“/p”", "NEAR/50"),
    ("ProQuest", 'su.exact("barley")', "“su.exact(…)”", "tag:word"),
    ("ProQuest", "barley XNOT rye", "“XNOT”", "-b to exclude"),
    ("EBSCO", "TI barley AND AB frost", "“TI”", "title:word"),
    ("EBSCO", 'SU "barley"', "“SU”", "tag:word"),
    ("EBSCO", "TX barley AND frost", "“TX”", "body:word"),
    ("EBSCO", "barley AND col#r", "“#” (a wildcard", "each spelling"),
    ("Ovid", "barley.ti,ab.", "“.ti,ab.”", "title:word"),
    ("Ovid", "(barley adj3 frost).tw.", "“.tw.”", "title:word"),
    ("Cochrane", "barley NEXT frost", "“NEXT”", "ONEAR/0"),
    ("Scopus", "TITLE-ABS-KEY(barley AND frost)", "“TITLE-ABS-KEY(…)”", "title:(…)"),
    ("Web of Science", "TS=(barley AND frost)", "“ts=”", "Write only the words"),
    ("Splunk", "index=main barley", "“index=”", "title:"),
    ("Solr", '{!complexphrase}"barley"', "“{…}” with an operator", "(a OR b)"),
    ("Sphinx", "barley MAYBE frost", "“MAYBE”", "required words"),
    ("Elasticsearch", "barley~1", "~ must follow", "all its forms"),
    ("Elasticsearch", "barley^4 frost", "^2", "Remove the ^"),
    ("Elasticsearch", "_exists_:title", "_exists_:", "fields are"),
    ("Lucene", "[a TO b]", "square brackets", "remove a range"),
    ("SQL", "barley LIKE frost", "“LIKE”", "sanct*"),
    ("X", "to:harbour barley", "to:", "Remove it"),
    ("X", "conversation_id:12", "conversation_id:", "Remove it"),
    ("GDELT", 'imagetag:"barley"', "imagetag:", "Remove it"),
    ("HTML", "&quot;barley&quot; AND rye", "“&quot;”", "the character itself"),
    ("URL", "%22barley%22%20AND%20rye", "“%22”", "the characters themselves"),
    ("Yandex", "barley ИЛИ rye", "“ИЛИ”", "Write OR"),
    ("plain", "barley / rye", "“/” can mean", "a OR b"),
    ("plain", "the OR barley", "“the” occurs in nearly every item", "north korea"),
    ("plain", "barley AND not", "something is missing", "Add a word"),
]


@pytest.mark.parametrize(("service", "typed", "native", "note"), ACCEPTED)
def test_a_pasted_query_has_the_same_meaning(service, typed, native, note):
    query = parse_query(typed)
    assert query == parse_query(native), service
    assert note in " ".join(query.notes)
    assert parse_query(str(query)) == query


@pytest.mark.parametrize(("service", "typed", "problem", "hint"), REFUSED)
def test_a_pasted_query_is_refused_by_the_name_of_its_operator(service, typed, problem, hint):
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(typed)
    assert problem in caught.value.problem, service
    assert hint in caught.value.hint


def test_words_side_by_side_have_no_note_without_an_operator():
    assert not parse_query("port fees -ferry").notes
    assert not parse_query("news of the world").notes
    assert not parse_query("Day of the jackal").notes
