"""Tables with outcomes for the tests of training: one made by chance from a seed, the real one where it is there."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "uci_taiwan" / "default_credit_card_clients.csv"
real_data = pytest.mark.skipif(not DATA.is_file(), reason="the file of UCI data set 350 is not beside the checkout")


def card_table(rows: int = 1500, seed: int = 5) -> pl.DataFrame:
    """Card holders with the columns of the plan card_holders, and sex, marriage and age, which default follows too."""
    chance = np.random.default_rng(seed)
    limit = chance.choice([10_000, 50_000, 120_000, 240_000, 500_000], rows)
    use = chance.beta(1.5, 1.5, rows)
    careless = chance.beta(1, 4, rows)
    male = chance.random(rows) < 0.4
    columns: dict[str, object] = {"LIMIT_BAL": limit, "SEX": np.where(male, "male", "female")}
    columns["MARRIAGE"] = chance.choice(["married", "single"], rows)
    columns["AGE"] = chance.integers(21, 70, rows)
    for place, name in enumerate(["PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"]):
        late = chance.random(rows) < careless
        columns[name] = np.where(late, chance.integers(1, 4, rows), chance.choice([-1, 0], rows))
        columns[f"BILL_AMT{place + 1}"] = (limit * use * chance.uniform(0.7, 1.1, rows)).astype(int)
        columns[f"PAY_AMT{place + 1}"] = np.where(late, 0, (limit * use * chance.uniform(0.02, 0.6, rows)).astype(int))
    odds = -3 + 5 * careless + 0.7 * (columns["PAY_0"] > 0) + 1.2 * use + 0.4 * male
    columns["default"] = (chance.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    return pl.DataFrame(columns)
