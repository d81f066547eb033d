"""Titles as name and unit: units in any of the usual places, and words that only look like one."""

from __future__ import annotations

import pytest

from leadline.environments.title_units import as_unit, titled


@pytest.mark.parametrize(
    ("title", "name", "unit"),
    [
        ("Weight (kg)", "Weight", "kg"),
        ("Weight KG", "Weight", "KG"),
        ("Price [EUR]", "Price", "EUR"),
        ("Price (Euro)", "Price", "EUR"),
        ("cost €", "cost", "EUR"),
        ("Amount in EUR", "Amount", "EUR"),
        ("unit_price_eur", "unit_price", "EUR"),
        ("Revenue NOK million", "Revenue", "NOK million"),
        ("Price [EUR/kg]", "Price", "EUR/kg"),
        ("Temp_C", "Temp", "C"),
        ("Storage temp. (°C)", "Storage temp.", "°C"),
        ("Duration/min", "Duration", "min"),
        ("length_in_mm", "length", "mm"),
        ("Conductivity_uS", "Conductivity", "uS"),
        ("Viscosity (mPa·s)", "Viscosity", "mPa·s"),
        ("Growth rate (1/h)", "Growth rate", "1/h"),
        ("Flux (µmol m-2 s-1)", "Flux", "µmol m-2 s-1"),
        ("Area (m²)", "Area", "m²"),
        ("VAT %", "VAT", "%"),
        ("CPU/cores", "CPU", "cores"),
    ],
)
def test_a_title_names_its_unit(title: str, name: str, unit: str):
    assert titled(title) == (name, unit)


@pytest.mark.parametrize(
    "title",
    [
        "Amount (net)", "Group_A", "Plan M", "Plan M2", "T1", "OD600", "Price min", "Checked in", "Contact us",
        "First try", "Input/Output", "Date/Time", "hours/month", "Salary/month", "km/h", "Rate (per hour)", "x (1)",
    ],
)  # fmt: skip
def test_words_are_no_units(title: str):
    assert titled(title) == (title, "")


def test_a_title_that_is_only_a_unit_keeps_its_name():
    assert titled("EUR") == ("EUR", "EUR")
    assert titled("(kg)") == ("(kg)", "kg")
    assert titled("") == ("", "")


def test_words_for_times_stay_in_titles():
    assert titled("working days") == ("working days", "days")
    assert titled("Useful life (years)") == ("Useful life", "years")


def test_what_is_counted_may_be_any_word():
    assert as_unit("cells/mL") == "cells/mL"
    assert as_unit("net of VAT") == as_unit("net/gross") == ""
