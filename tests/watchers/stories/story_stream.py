"""An invented, labelled stream of news: 60 stories from 25 sources, over five days.

There are fifteen kinds of event with four stories each. So every story has three others of its own kind,
and many stories have another one at the same place. Two reports of one story have equal titles only by
chance. The stream also has columns with the same title each day, and live pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from watchers import Item

START = datetime(2026, 3, 2, 5, tzinfo=UTC)
SOURCES = (
    "Harbour Post|Daily Lantern|North Courier|The Meridian|Evening Ledger|Channel Nine|Civic Times|"
    "Borderline|Open Wire|The Almanac|Sentinel|Valley Herald|Metro Dispatch|The Observer East|"
    "Tribune West|Capital Brief|Plain News|Radio Central|The Compass|Old Town Gazette|First Edition|"
    "Signal|The Chronicle South|Press Desk|Island Mail"
).split("|")

PLACES = (
    "Lima Osaka Tampere Nairobi Antwerp Valparaiso Izmir Gdansk Hanoi Porto Quito Bergen Dakar Cebu "
    "Lodz Perth Tunis Malmo Bogota Zagreb"
).split()
FIRST_NAMES = "Marta Jonas Amina Peter Rosa Kenji Leila Tomas Ines Samuel Helga Omar".split()
SYLLABLES = "bar cor dan el fen gar hol ir jas kel lor mar nov os per qui ras sel tor vin".split()
FIRM_NAMES = (
    "Norvik Caldera Helio Bluefin Atlas Quanta Orchid Silverline Kestrel Pioneer Zenit".split()
)
FIRM_TRADES = "Shipping Mining Motors Foods Rail Chips Pharma Steel Bank Air Grid Oil".split()

# A kind of event: titles, leads, details. p place, w person, f firm, n and m numbers.
KINDS: tuple[tuple[str, str, str], ...] = (
    (
        (
            "Strong earthquake shakes {p}, at least {n} dead|{n} killed as quake hits {p}|"
            "Rescuers dig for survivors after {p} tremor|Buildings collapse in {p} earthquake|"
            "{p} quake: hospitals overwhelmed|Death toll climbs in {p} disaster"
        ),
        (
            "A magnitude 6.{m} earthquake struck near {p} before dawn, killing at least {n} people.|"
            "At least {n} people died when a powerful quake brought down houses around {p}.|"
            "The ground shook for almost a minute in {p}, where rescue teams counted {n} bodies."
        ),
        (
            "Mayor {w} asked for tents and blankets as aftershocks kept residents of {p} outdoors.|"
            "Seismologists measured {m} aftershocks; {w}, the mayor, closed all schools.|"
            "Crews with dogs searched the rubble of a market hall in {p}, {w} told reporters."
        ),
    ),
    (
        (
            "Dock workers walk out at {p} port|{p} harbour strike halts container ships|"
            "Union calls strike in {p} over pay|Ships queue off {p} as dockers stop work|"
            "Talks fail, {p} port at standstill|Freight piles up in {p} strike"
        ),
        (
            "About {n} dock workers in {p} stopped work on Monday after talks over wages broke down.|"
            "The port of {p} stood still as {n} dockers began a strike for higher pay.|"
            "Cranes were idle in {p}: the dockers' union wants {m} percent more pay."
        ),
        (
            "{f} said {m} of its vessels were waiting; union leader {w} blamed the employers.|"
            "Union head {w} said the walkout would last until {f} and others return to the table.|"
            "Shippers including {f} rerouted cargo, and {w} of the union spoke of broken promises."
        ),
    ),
    (
        (
            "{f} to buy rival for {n} billion|{f} agrees {n}bn takeover|Merger: {f} swallows competitor|"
            "Shareholders back {f} deal|{f} boss defends {n} billion purchase|Regulators look at {f} merger"
        ),
        (
            "{f} has agreed to buy a smaller rival for {n} billion dollars in cash and shares.|"
            "In the biggest deal of its history {f} will pay {n} billion dollars for a competitor.|"
            "The takeover, worth {n} billion, makes {f} the second largest in its market."
        ),
        (
            "Chief executive {w} promised savings of {m} million a year and no layoffs in {p}.|"
            "Investors welcomed the bid by {w}, the chairman; competition watchdogs will study it.|"
            "The buyer's head, {w}, said the headquarters would stay in {p}."
        ),
    ),
    (
        (
            "Parliament ousts prime minister {w}|{w} loses confidence vote|Government of {w} falls|"
            "{p} heads for early election|Coalition collapses in {p}|{w} resigns after defeat in parliament"
        ),
        (
            "Prime Minister {w} lost a vote of confidence by {n} votes, which opens the way to elections.|"
            "Lawmakers in {p} toppled the government of {w} on Thursday night with a majority of {n}.|"
            "The coalition led by {w} broke apart over the budget, {n} deputies having changed sides."
        ),
        (
            "The president will name a caretaker cabinet; a ballot in {p} is expected within {m} weeks.|"
            "Opposition parties cheered in {p}; {w} said the people would now decide.|"
            "It is the shortest-lived cabinet in {m} years, and {w} gave no interview."
        ),
    ),
    (
        (
            "Wildfire forces thousands out near {p}|Fire crews battle blaze outside {p}|"
            "Flames reach suburbs of {p}|{p} evacuates as forest burns|Smoke covers {p}, {n} homes lost|"
            "Wind drives {p} wildfire"
        ),
        (
            "A wildfire driven by strong wind burned {n} homes in the hills above {p}.|"
            "Thousands fled their houses near {p} when a forest fire jumped a motorway; {n} homes burned.|"
            "Firefighters from {m} stations fought flames that came close to {p}."
        ),
        (
            "Planes dropped water all night, said fire chief {w}, who expects the wind to turn.|"
            "The fire chief, {w}, suspects arson; {m} people were treated for smoke.|"
            "Shelters opened in sports halls, and {w} of the fire service asked drivers to stay away."
        ),
    ),
    (
        (
            "{f} recalls {n},000 products over safety fault|Safety recall hits {f}|"
            "Faulty parts: {f} asks customers to return goods|{f} shares drop after recall|"
            "Watchdog orders {f} recall|{f} apologises for defect"
        ),
        (
            "{f} is recalling {n},000 units after a fault caused overheating in {m} cases.|"
            "A defect that can start a fire made {f} call back {n},000 items.|"
            "Customers of {f} are told to stop using a product that has overheated {m} times."
        ),
        (
            "{w}, head of quality, said replacement parts would leave the plant in {p} next week.|"
            "The consumer agency had warned in spring; {w} of the company said sorry.|"
            "The fault lies with a supplier in {p}, according to {w}, who runs the quality office."
        ),
    ),
    (
        (
            "Hackers steal data of {n} million {f} customers|{f} hit by cyberattack|"
            "Data breach at {f}|{f} systems down after intrusion|Ransom demanded from {f}|"
            "Customers angry over {f} leak"
        ),
        (
            "Attackers copied records of {n} million customers of {f}, the company admitted.|"
            "A ransomware gang broke into {f} and took names and addresses of {n} million people.|"
            "{f} switched off its systems after intruders had been inside for {m} days."
        ),
        (
            "The criminals ask for {m} million in cryptocurrency; {w}, in charge of security, will not pay.|"
            "Police in {p} investigate, said {w}, who leads security at the firm.|"
            "Security chief {w} said passwords were safe, which experts in {p} doubt."
        ),
    ),
    (
        (
            "Court jails {w} for {n} years|{w} found guilty of bribery|Ex-minister {w} convicted|"
            "Verdict in {w} trial|{w} to appeal against prison term|Corruption trial of {w} ends"
        ),
        (
            "Former minister {w} was sentenced to {n} years in prison for taking bribes from {f}.|"
            "A court in {p} found {w} guilty of corruption and imposed {n} years behind bars.|"
            "Judges in {p} believed the witness who said {f} had paid {w} for contracts."
        ),
        (
            "The sum was {m} million over three years, prosecutors said; {f} denies it.|"
            "Defence lawyers for {w} called it a show trial and go to the appeals court.|"
            "The ex-minister must pay back {m} million, and left the courtroom in handcuffs."
        ),
    ),
    (
        (
            "Ferry sinks off {p}, {n} missing|{n} feared drowned near {p}|Coastguard searches waters off {p}|"
            "Passengers rescued from sinking ferry at {p}|{p} ferry was overloaded, survivors say|"
            "Divers find wreck off {p}"
        ),
        (
            "A ferry with more than {m} passengers went down in rough seas off {p}; {n} are missing.|"
            "{n} people are missing after a passenger boat capsized a few miles from {p}.|"
            "Fishermen pulled {m} survivors from the water when a ferry sank near {p}."
        ),
        (
            "The captain, {w}, was detained; the boat had a licence for far fewer.|"
            "Survivors say water came over the car deck, and that captain {w} sent no call.|"
            "Coastguards found life jackets locked away; skipper {w} is being questioned."
        ),
    ),
    (
        (
            "New vaccine by {f} cuts infections by {n} percent|{f} malaria shot works, trial shows|"
            "Trial success for {f}|Hope in {p} after vaccine trial|Doctors praise {f} vaccine results|"
            "{f} seeks approval for vaccine"
        ),
        (
            "A malaria vaccine made by {f} prevented {n} percent of infections in a trial in {p}.|"
            "Children in {p} who received the shot from {f} fell ill {n} percent less often.|"
            "{f} published results of a study with {m} thousand volunteers around {p}."
        ),
        (
            "Lead researcher {w} called it a turning point; approval may take {m} months.|"
            "The doses cost little, said {w}, the scientist who led the study.|"
            "{w}, who ran the trial, warned that a second dose is needed after {m} weeks."
        ),
    ),
    (
        (
            "{w} wins {p} marathon in record time|Record run in {p} by {w}|{w} storms to {p} marathon title|"
            "Rain cannot stop {w} in {p}|{p} marathon: favourite beaten by {w}|Debut victory for {w}"
        ),
        (
            "{w} won the marathon in {p} in a course record, {n} seconds faster than anybody before.|"
            "In pouring rain {w} broke the {p} marathon record by {n} seconds.|"
            "Nobody could follow {w} over the last miles of the {p} marathon."
        ),
        (
            "It was the runner's first race over the distance; {m} thousand people took part.|"
            "The favourite dropped out at mile {m} with cramps, and the crowd sang for {w}.|"
            "The prize goes to a school, the winner said; {m} thousand runners reached the finish."
        ),
    ),
    (
        (
            "Central bank raises rates to {m} percent|{p} rate rise surprises markets|"
            "Governor {w} lifts interest rates|Borrowers in {p} face dearer loans|"
            "Inflation: {w} tightens policy|Currency jumps after {p} rate decision"
        ),
        (
            "The central bank in {p} raised its key interest rate by {n} points to {m} percent.|"
            "Borrowing becomes dearer in {p}: the bank under {w} put the key rate at {m} percent.|"
            "Markets had not expected the central bank in {p} to act before summer."
        ),
        (
            "Governor {w} said inflation was too high and further steps were possible.|"
            "The currency gained {n} percent; {w}, the governor, spoke of stubborn prices.|"
            "Home owners protest, while {w} of the bank points at prices of food."
        ),
    ),
    (
        (
            "Bridge collapse in {p} kills {n}|{n} dead as motorway bridge falls in {p}|"
            "{p} bridge had cracks, engineers warned|Cars plunge from bridge in {p}|"
            "Prosecutors raid {f} after bridge disaster|Mourning in {p} after bridge fall"
        ),
        (
            "A motorway bridge in {p} gave way in the morning rush, and {n} people died.|"
            "{n} people were killed when part of a bridge in {p} fell on a railway line.|"
            "Lorries and cars dropped {m} metres as the bridge in {p} broke."
        ),
        (
            "{f}, which maintains it, had put off repairs; engineer {w} had warned of cracks.|"
            "The engineer {w} wrote {m} reports about rust to {f}, the operator.|"
            "Prosecutors searched offices of {f}; expert {w} saw cracks years ago."
        ),
    ),
    (
        (
            "Rare comet seen over {p}|Astronomers in {p} find new comet|Comet named after {w}|"
            "Sky watchers gather in {p}|Amateur {w} discovers comet|Best view of comet from {p}"
        ),
        (
            "An amateur astronomer, {w}, discovered a comet that can be seen without a telescope.|"
            "A comet found by {w} near {p} will be visible for {n} nights.|"
            "From hills around {p} people watch a comet that returns every {m} hundred years."
        ),
        (
            "The observatory in {p} confirmed the orbit; it will carry the name of {w}.|"
            "It shines green because of carbon, said the observatory in {p}.|"
            "Its tail is {m} million miles long, and {w} cried when the call came."
        ),
    ),
    (
        (
            "{f} to shut {p} plant, {n} jobs go|{n} lose work as {f} leaves {p}|"
            "{p} in shock over {f} closure|Workers block gates of {f} in {p}|"
            "{f} blames energy prices for closure|Minister promises help for {p} workers"
        ),
        (
            "{f} will close its factory in {p} by the end of the year, with the loss of {n} jobs.|"
            "After {m} years {f} gives up its plant in {p}; {n} people lose their work.|"
            "Workers at {f} in {p} learned from a letter that the plant will shut."
        ),
        (
            "Energy costs too much, the company wrote; works council head {w} calls it a betrayal.|"
            "{w}, who speaks for the workers, said {m} apprentices were hired just this month.|"
            "The minister travels to {p}; {w} of the works council plans a blockade."
        ),
    ),
)

# Details of one story: its places and people occur in most reports of it.
LANDMARKS = (
    "Saint Anne hospital|Old Mill square|Route 9|the Linden school|Castle Hill|the Copper Gate|"
    "Victory avenue|the Marble arcade|Heron lake|Fort Alder|the Union theatre|Baker street|"
    "the Northern depot|Willow bank|the Amber tower|Ridge farm|the fish hall|Queen's bridge|"
    "the Pine barracks|Tannery lane|the glass pavilion|Harvest hall|the salt works|Orchard road"
).split("|")
WITNESSES = (
    "shopkeeper|retired teacher|nurse|taxi driver|student|pastor|plumber|photographer|farmer|waiter|"
    "postman|lawyer|cyclist|pensioner|guard|musician|cook|translator|librarian|electrician"
).split("|")
REMARKS = (
    "A {j} at {l} said nobody there had slept.|Near {l} a {j} handed out soup and blankets.|"
    "At {l}, a {j} wept in front of cameras.|One {j} drove past {l} and could not believe it.|"
    "People met at {l}, where a {j} read out a letter.|The {j} who lives by {l} blames the council.|"
    "A crowd at {l} listened to a {j} with a megaphone.|By noon {l} was full, a {j} reported.|"
    "A {j} has kept a diary of it all at {l}.|Candles burn at {l}; a {j} brought flowers."
).split("|")

COLUMNS = (
    ("Harbour Post", "Morning briefing: what you need to know today"),
    ("Radio Central", "The week in pictures from around the world"),
    ("Capital Brief", "Markets at the close: the day in numbers"),
)
VERBS = (
    "sells|buys|paints|loses|wins|builds|finds|opens|invents|plants|saves|repairs|borrows|hides|lends"
).split("|")
THINGS = (
    "an old map|a balloon|a bus|a key|a prize|a road|a comet|a cellar|a square loaf|an orchard|a cinema|"
    "a clock|a tuba|a bell|an umbrella"
).split("|")
LIVE = ("Signal", "Live updates: today in politics")
LIVE_SUBJECTS = ("the pension bill", "a new lobby register", "fishing quotas")
LIVE_LINES = (
    "{w} opens the debate on {m} at {hour}.",
    "Speakers clash over {m}; {w} calls for order.",
    "A vote on {m} is due by {hour}, the house hears from {w}.",
    "Outside, supporters of {w} chant about {m}.",
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An item, the time of its arrival, and the story that it belongs to."""

    item: Item
    received_at: datetime
    story: str


def stream(seed: int = 1, *, kinds: int = len(KINDS), each: int = 4) -> list[Labelled]:
    """Return the stream in order of arrival: about 400 items of 60 stories."""
    random = Random(seed)
    places = list(PLACES)
    people, firms = _people(random), _pairs(FIRM_NAMES, FIRM_TRADES, random)
    labelled: list[Labelled] = []
    for kind in range(kinds):
        random.shuffle(places)
        for number in range(each):
            facts: dict[str, object] = {
                "p": places[number],
                "w": people.pop(),
                "f": firms.pop(),
                "n": random.randint(11, 95),
                "m": random.randint(2, 9),
                "l": random.choice(LANDMARKS),
                "j": random.choice(WITNESSES),
            }
            labelled += _reports(f"{kind}/{number}", KINDS[kind], facts, random)
    labelled += [*_columns(people, random), *_live_pages(people, random)]
    return sorted(labelled, key=lambda report: (report.received_at, report.item.key))


def _people(random: Random) -> list[str]:
    last_names = [
        f"{a}{b}{c}".capitalize() for a in SYLLABLES for b in SYLLABLES for c in ("o", "ek", "is")
    ]
    return [f"{random.choice(FIRST_NAMES)} {last}" for last in random.sample(last_names, 200)]


def _pairs(firsts: list[str], seconds: list[str], random: Random) -> list[str]:
    pairs = [f"{first} {second}" for first in firsts for second in seconds]
    random.shuffle(pairs)
    return pairs


def _reports(
    story: str, kind: tuple[str, str, str], facts: dict[str, object], random: Random
) -> Iterator[Labelled]:
    titles, leads, details = (texts.split("|") for texts in kind)
    received_at = START + timedelta(hours=random.uniform(0, 96))
    sources = random.sample(SOURCES, random.randint(5, 8))
    random.shuffle(titles)
    remarks = random.sample(REMARKS, 3)
    for number, source in enumerate(sources):
        lead = random.choice(leads).format(**facts)
        sentences = [random.choice(details), random.choice(remarks)]
        random.shuffle(sentences)
        text = " ".join(sentences[: random.randint(1, 2)]).format(**facts)
        # The last reports repeat the titles of the first ones, as agency reports do.
        title = titles[number % len(titles)].format(**facts)
        yield _labelled(story, source, title, f"{lead} {text}", received_at)
        received_at += timedelta(hours=random.expovariate(1 / 3))


def _columns(people: list[str], random: Random) -> Iterator[Labelled]:
    actions = _pairs(VERBS, THINGS, random)
    for source, title in COLUMNS:
        for day in range(5):
            lead = "; ".join(f"{people.pop()} {actions.pop()}" for _ in range(5)) + "."
            received_at = START + timedelta(days=day, hours=1)
            yield _labelled(f"column/{source}/{day}", source, title, lead, received_at)


def _live_pages(people: list[str], random: Random) -> Iterator[Labelled]:
    source, title = LIVE
    for day, subject in enumerate(LIVE_SUBJECTS):
        person = people.pop()
        for hour in range(3):
            newest = random.choice(LIVE_LINES).format(w=person, m=subject, hour=9 + hour)
            earlier = random.choice(LIVE_LINES).format(w=person, m=subject, hour=8 + hour)
            lead = f"{newest} {earlier}"
            received_at = START + timedelta(days=day, hours=4 + hour)
            page = f"https://signal.example/live/politics-day-{day}"
            yield _labelled(f"live/{day}", source, title, lead, received_at, url=page, part=hour)


def _labelled(
    story: str,
    source: str,
    title: str,
    lead: str,
    received_at: datetime,
    *,
    url: str = "",
    part: int = 0,
) -> Labelled:
    slug = f"{story}-{source}".replace("/", "-").replace(" ", "-").lower()
    site = source.replace(" ", "").lower()
    item = Item(
        key=f"{slug}-{part}",
        title=title,
        lead=lead,
        source=source,
        url=url or f"https://{site}.example/news/{slug}",
        published=received_at,
        language="en",
    )
    return Labelled(item, received_at, story)
