from decimal import Decimal

import pytest

from bot.summaries.verification.numbers import dates, numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.2 million", ["1200000"]),
        ("1,200,000 and 1 200 000 and 1.200.000", ["1200000"]),
        ("three dams", ["3"]),
        ("$5 million", ["5000000"]),
        ("$4.5bn", ["4500000000"]),
        ("3,5 Prozent", ["3.5"]),
        ("1,234.56", ["1234.56"]),
        ("1,5 млн рублей", ["1500000"]),
        ("3万人", ["30000"]),
        ("the G7 and F16", []),
        ("twenty-five people", ["25"]),
        ("two hundred and five", ["205"]),
        ("forty-one million", ["41000000"]),
        ("fünfundzwanzig", ["25"]),
        ("двадцать пять", ["25"]),
        ("half a million", ["500000"]),
        ("millions of people", []),
        ("a dam 40 m high cost $40m", ["40", "40000000"]),
        ("9 per cent", ["9"]),
        ("no number at all", []),
    ],
)
def test_a_number_is_the_same_however_it_is_written(text, values):
    assert numbers(text) == {Decimal(value).normalize() for value in values}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 5 May and June 19", {(5, 5), (6, 19)}),
        ("le 3 juin", {(6, 3)}),
        ("5 мая", {(5, 5)}),
        ("the 19th of June", {(6, 19)}),
        ("5 people", set()),
    ],
)
def test_a_day_with_its_month_is_a_date(text, found):
    assert dates(text) == found


def test_a_line_of_digits_takes_no_long_time():
    assert numbers("1 " * 20_000 + "9" * 20_000)
