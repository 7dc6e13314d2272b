import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.text.boilerplate import is_boilerplate_line, remove_boilerplate

PAGE_LINES = """
Read more: Floods cut off three valleys
READ MORE: Floods cut off three valleys
Read also: Why the bridge failed
Read next – Ministers meet in Oslo
Read the full story here
Read more about sanctions
Click here to read more
Read more »
→ Read more
* Related: How the oil cap works
Related:
Related stories
Related articles: three more on the vote
More related news
See also: A short history of the treaty
See also
See more
Watch now: the parade in two minutes
Watch more
Listen now
Learn more
Learn more: what a snapback is
Recommended
Recommended for you
Recommended reading: the panel's last report
More on this story
More on this: the veto explained
More from World
More from our correspondents
More about North Korea
Further reading
Also read: The price of shells
You may also like
You might also like: Five maps of the border
Most read
Most popular
Don't miss: tonight's live page
Up next: the evening bulletin
Trending now
Editors' picks
In case you missed it: the speech in full
Subscribe to our newsletter
Subscribe to our newsletter.
Subscribe to our free daily newsletter for the news that matters
Sign up for our newsletter
Sign up for our morning briefing
Sign up here
Subscribe now
Subscribe
Please subscribe to our channel
Log in to continue
Register for free
Get our newsletter every morning
Get the day's news in your inbox
Receive our newsletter by email
Share this
Share this article
Share this story on Facebook
Share on Twitter
Share via e-mail
Tweet this
Print this page
Email this article
Save article
Like this on Facebook
Follow us
Follow us on Telegram
Follow us @ourpaper
Follow @ourpaper on X
Like us on Facebook
Join us on WhatsApp
Join our Telegram channel
Download our app
Download the free app for iPhone
Support our journalism
Support independent journalism from 1 euro a week
Advertisement
ADVERTISEMENT
Story continues below advertisement
Sponsored content
Scroll to continue
Skip to main content
Back to top
Leave a comment
Comments
12 comments
Copyright 2024 The Example Post
© 2024 Example Media Ltd. All rights reserved.
All rights reserved
We use cookies to improve your visit
Accept all cookies
Lire aussi : Le vote en cinq questions
À lire également
Lesen Sie auch: Der Streit um das Öl
Mehr zum Thema
Lea también: El tratado, punto por punto
Te puede interesar
Leia mais: O acordo explicado
Leggi anche: Che cosa cambia
Lees ook: Drie vragen over het verdrag
Läs mer: Så fungerar taket
Czytaj też: Kto łamie embargo
Читайте также: Что известно о договоре
Подробнее: карта поставок
По теме
Читайте також: Що відомо про угоду
関連記事
延伸阅读：条约全文
相关新闻
관련 기사
اقرأ أيضا: ما نعرفه عن الاتفاق
""".strip().splitlines()

ARTICLE_LINES = """
Read more than once, the treaty still hides its price.
Related talks began in March.
Related parties must declare what they own, the court ruled.
More on the ground than in the capital, people doubt the promise.
More about the pact will emerge on Friday.
More from the talks is expected tonight.
More from habit than hope, the envoys met again.
Further from the front - in the western towns - life goes on.
Further on this road lies the border post.
See more of the same, the minister warned.
See also the letter that Paris sent in May, diplomats say.
Watch more closely than before, the panel urged its members.
Listen now or pay later, the central bank told lenders.
Learn more languages, the president told students.
Recommended doses were exceeded in two of three hospitals.
Recommended by the panel, the ban took effect at midnight.
Also on Friday, shells fell on the harbour.
Also in Pyongyang, workers took down the arches.
Most read the decision as a defeat for Moscow.
Most viewed the vote with suspicion.
Most popular among voters under thirty, she lost elsewhere.
Register of foreign agents gives police access to bank accounts.
Register of voters closes on Monday, updates will follow by e-mail.
Sign up now and you are in the army for ten years, recruits said.
Subscribe to that view and there is no way back, he said.
Subscribers left the state channel in thousands.
Get the army out first, then talk, the rebels said.
Receive no one without a visa, border guards were told.
Share this burden fairly, Rome told its neighbours.
Share on the exchange fell by 4 percent.
Shares on the Seoul exchange fell.
Like this year's summit, the last one ended without a text.
Like on earlier visits, Putin was met by Kim at the airport.
Save on heating, ministers urged households.
Print on demand has changed how leaflets reach the North.
Email this spring showed that the plan was known, prosecutors said.
Save this week's rains, the summer was dry.
Follow the money on its way to Pyongyang.
Follow us, the sailors shouted to the crew of the tanker.
Join us or stay out of the way, the general told villagers.
Find us a way out, hostages begged in a video.
Download the app or lose your benefits, the ministry told parents.
Support our troops, the posters say.
Support independent of party lines grew in the spring.
Advertisement spending fell by a tenth.
Sponsored talks in Doha broke off.
Skip to the vote, members cried.
Back to top form, the keeper saved two penalties.
Comments by the minister drew anger.
Comments came quickly.
Copyright law will change next year.
Copyright 1998 rules no longer fit, the court said.
We use cookies to bait the bears, a ranger said.
Accept all refugees, the mayor asked.
Up next year, the levy will rise again.
Up next is a vote in the lower house.
Trending down since May, prices fell again.
По теме санкций выступили трое.
Подробнее о договоре станет известно в пятницу.
Mehr zum Thema Öl will der Minister am Montag sagen.
Lire aussi les notes en bas de page est utile, dit le juge.
Don't miss the point, the envoy told reporters.
In case you missed it, the deadline has passed, he joked.
Editors' picks for the prize surprised nobody.
You may also like it or not, but the law stands, she said.
Get out of the newsletter business, investors told the firm.
Sign up for the draft, the leaflet in every inbox said.
Like us, they have lost sons, the widow said.
Follow us at your own risk, the convoy's leader said.
""".strip().splitlines()


@pytest.mark.parametrize("line", PAGE_LINES)
def test_a_line_of_the_page_is_boilerplate(line):
    assert is_boilerplate_line(line)


@pytest.mark.parametrize("line", ARTICLE_LINES)
def test_a_sentence_of_the_article_is_not_boilerplate(line):
    assert not is_boilerplate_line(line)


@pytest.mark.parametrize("line", PAGE_LINES)
def test_case_and_ornaments_do_not_matter(line):
    assert is_boilerplate_line(line.upper())
    assert is_boilerplate_line(f"*** {line} ***")
    assert is_boilerplate_line(f"[{line}]")


def test_both_lists_are_long_enough():
    assert len(PAGE_LINES) >= 40
    assert len(ARTICLE_LINES) >= 40


def test_a_long_paragraph_is_never_boilerplate():
    assert is_boilerplate_line("Read more: " + "a" * 200)
    assert not is_boilerplate_line("Read more: " + "a" * 400)


def test_the_article_keeps_its_order():
    body = ["The pact was signed.", "Read more: maps", "It has five articles.", "Advertisement"]
    assert remove_boilerplate(body) == ["The pact was signed.", "It has five articles."]


@pytest.mark.parametrize("rule", ["---", "=====", "* * *", "•", "~~~~", "___"])
def test_a_rule_between_paragraphs_is_removed(rule):
    assert remove_boilerplate(["One.", rule, "Two."]) == ["One.", "Two."]


@given(st.lists(st.sampled_from([*PAGE_LINES, *ARTICLE_LINES])))
def test_no_sentence_of_the_article_is_removed_in_any_context(body):
    assert remove_boilerplate(body) == [line for line in body if line in ARTICLE_LINES]
