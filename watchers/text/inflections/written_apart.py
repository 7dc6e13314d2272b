"""English compounds that news prints both as one word and as two: ceasefire and cease fire.

A typed word of this table is read as two words, because a phrase of two words also finds them joined or
with a hyphen. The table has only compounds that mean the same in both spellings: "breakdown" is not here,
because "break down" is mostly a verb.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from watchers.text.inflections.english import english_stems

_TABLE_TEXT: Final = (
    "air=strike,raid,base,lift,drop,field,space,power,defence,defense bio=fuel,weapon,technology "
    "bond=holder bull=fight care=giver,taker cease=fire chain=saw child=care,birth coast=guard "
    "coal=mine,field crypto=currency "
    "cyber=attack,security,crime,criminal,war,warfare,space,spying,bullying,threat,espionage,defense,"
    "defence,weapon,hack "
    "data=base,set,center,centre day=care death=bed drug=maker,store e=mail,commerce,book,sport,bike,"
    "scooter,cigarette "
    "eye=witness fact=check,checker farm=land,worker fire=arm,fighter,power,wall,bomb,storm "
    "flash=point flood=water,plain fresh=water fund=raiser ground=water gun=fire,man,shot,fight,boat,"
    "powder "
    "hard=liner health=care heat=wave,stroke home=owner,builder,maker,schooling house=building "
    "hydro=power,electric jail=break job=seeker land=slide,mine,fill law=maker,suit,making life=boat,"
    "style,saving,span lock=down loop=hole machine=gun mid=term,week micro=plastic,chip mine=field "
    "nation=wide news=room,letter oil=field,rig out=break over=dose pay=check,cheque,roll,wall "
    "peace=keeper,keeping,maker pipe=line play=off policy=maker,making power=plant,grid rail=road,card "
    "rain=fall,forest,storm rate=payer road=block,map,side sand=storm sea=port,food,floor,bed,level "
    "semi=conductor,final,finalist share=holder,holding ship=yard,wreck,building,builder short=seller "
    "sky=scraper smart=phone,watch snow=storm,fall soy=bean space=craft,ship,flight,walk,suit,port "
    "stake=holder start=up steel=maker,works stock=pile,market,holder strong=hold sweat=shop take=over "
    "task=force tax=payer tear=gas think=tank thunder=storm time=frame,line,table trade=mark "
    "under=age,secretary video=game voice=mail war=head,plane,ship,time,lord,crime,zone watch=dog "
    "water=way,front,shed web=site,page,cam wheel=chair whistle=blower wild=fire,life wind=farm,mill,"
    "storm work=force,place,day,load,week,station world=wide,view"
)


def split_compound(word: str) -> tuple[str, str] | None:
    """Return the two words of a lower-case compound of the table: "airstrikes" is "air", "strikes"."""
    table = _tails_by_head()
    for size in range(1, len(word)):
        tails = table.get(word[:size])
        if tails and _is_tail(word[size:], tails):
            return word[:size], word[size:]
    return None


def is_compound(first: str, second: str) -> bool:
    """Return True if two lower-case words are a compound of the table."""
    return _is_tail(second, _tails_by_head().get(first, frozenset()))


def _is_tail(word: str, tails: frozenset[str]) -> bool:
    """Return True if a word is a form of one of ``tails``."""
    return word in tails or not tails.isdisjoint(english_stems(word))


@cache
def _tails_by_head() -> dict[str, frozenset[str]]:
    pairs = (entry.partition("=") for entry in _TABLE_TEXT.split())
    return {head: frozenset(tails.split(",")) for head, _, tails in pairs}
