"""No figure is shown that rests on fewer than five persons."""

import pandas as pd
import pytest

from grassroots.data.disclosure import MINIMUM_CELL, suppress
from grassroots.errors import UserError

TABLE = pd.DataFrame(
    {"kind": ["town", "township", "subdistrict"], "n": [12, 4, 5], "mean": [3.5, 2.0, 4.0]}
)


def test_figures_of_small_cells_go_and_their_names_stay():
    shown = suppress(TABLE, "n")
    assert shown["kind"].tolist() == TABLE["kind"].tolist()
    assert shown.loc[1, ["n", "mean"]].isna().all()
    assert shown.loc[[0, 2], "mean"].tolist() == [3.5, 4.0]
    assert MINIMUM_CELL == 5
    assert TABLE["mean"].notna().all()


def test_a_table_without_numbers_of_persons_is_refused():
    with pytest.raises(UserError, match="no column of numbers"):
        suppress(TABLE.drop(columns="n"), "n")
    with pytest.raises(UserError, match="missing") as caught:
        suppress(TABLE.assign(n=[12, None, 5]), "n")
    assert caught.value.row == 2
