"""The number of messages that a chat receives about whole events, through the whole pipeline."""

from __future__ import annotations

import pytest

from bot.chats.adapter import Capabilities
from bot.ingest.pipeline import IngestPipeline
from tests.bot.conftest import World
from watchers import Item
from watchers.stories import load_encoder

COMPANIES = [
    ("Ostrava", "Belmont Avionics"),
    ("Tangier", "Rif Maritime"),
    ("Izmir", "Kordon Denizcilik"),
    ("Almaty", "Steppe Polymer"),
    ("Durban", "Umgeni Freight"),
    ("Cebu", "Mactan Circuits"),
    ("Gdansk", "Baltyk Chemia"),
    ("Callao", "Rimac Metals"),
    ("Chennai", "Marina Bearings"),
    ("Osaka", "Yodo Optics"),
    ("Tampico", "Huasteca Fuels"),
    ("Sfax", "Gabes Shipping"),
]
MARKET_DAYS = [
    ("higher", "rose", "0.8", "1.2", "cheaper oil lifted airlines"),
    ("lower", "fell", "0.5", "0.9", "shipping rates dropped"),
    ("flat", "closed", "0.1", "0.2", "traders waited for prices of consumers"),
    ("higher", "rose", "1.4", "1.7", "the central bank left its rate unchanged"),
    ("lower", "fell", "0.3", "0.6", "a fish farmer warned about its profit"),
]
QUAKE = {
    "en": (
        "Earthquake kills {} in Oaxaca",
        "The earthquake in Oaxaca in Mexico killed {} people.",
    ),
    "es": (
        "Terremoto en Oaxaca deja {} muertos",
        "El terremoto en Oaxaca, México, deja {} muertos.",
    ),
    "de": (
        "Erdbeben in Oaxaca: {} Tote",
        "Das Erdbeben in Oaxaca in Mexiko hat {} Menschen getötet.",
    ),
    "fr": ("Séisme à Oaxaca : {} morts", "Le séisme à Oaxaca, au Mexique, a fait {} morts."),
    "ru": (
        "Землетрясение в Оахаке: {} погибших",
        "Землетрясение в Оахаке, Мексика: погибли {} человек.",
    ),
}


async def receive(world: World, *items: Item) -> None:
    for item in items:
        await world.ingest_items(item)
        await world.run_pipeline()


@pytest.fixture
async def reader(world: World, clock) -> World:
    world.chat.capabilities = Capabilities(can_edit=True)
    world.ingest = IngestPipeline(world.database, world.matcher, clock, load_encoder=load_encoder)
    return world


async def test_twelve_releases_of_one_template_are_twelve_alerts(reader):
    await reader.send_command("/subscribe sanctions")
    for number, (town, company) in enumerate(COMPANIES):
        release = Item(
            key=str(number),
            title=f"Ministry imposes sanctions on {company}",
            lead=f"The ministry today imposed sanctions on {company}, a company based in {town}, for "
            "supplying restricted goods. All property of the company is blocked and must be reported.",
            url=f"https://ministry.example/releases/{number}",
            source="Ministry",
            language="en",
        )
        await receive(reader, release)
    assert len(reader.chat.sent) == 12
    assert not [title for title in reader.chat.titles() if title.startswith("New: ")]


async def test_a_week_of_market_reports_is_one_alert_per_day(reader, clock):
    await reader.send_command("/subscribe shares")
    for day, (course, verb, large, small, reason) in enumerate(MARKET_DAYS):
        for source in ("Ledger", "Tribune"):
            report = Item(
                key=f"{day}{source}",
                title=f"Oslo shares close {course}",
                lead=f"The main index in Oslo {verb} by {large}% and small caps by {small}% because "
                f"{reason}.",
                url=f"https://{source.lower()}.example/markets-{day}",
                source=source,
                language="en",
            )
            await receive(reader, report)
        clock.advance(days=1)
    assert len(reader.chat.sent) == len(MARKET_DAYS)


async def test_a_disaster_in_five_languages_is_one_alert_and_a_follow_up_per_toll(reader, clock):
    for word in ("earthquake", "terremoto", "Erdbeben", "séisme", "землетрясение"):
        await reader.send_command(f"/subscribe {word}")
    tolls = (12, 30, 58, 71)
    for step, toll in enumerate(tolls):
        for language, (title, lead) in QUAKE.items():
            report = Item(
                key=f"{step}{language}",
                title=title.format(toll),
                lead=lead.format(toll),
                url=f"https://paper-{language}.example/quake-{step}",
                source=f"Paper {language}",
                language=language,
            )
            await receive(reader, report)
            clock.advance(minutes=20)
        clock.advance(hours=10)
    titles = reader.chat.titles()
    assert len([title for title in titles if not title.startswith("New: ")]) == 1
    assert len(titles) == len(tolls)
