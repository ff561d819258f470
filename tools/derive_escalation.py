"""Write `data/escalation` from the public data set covid19policy_cn of the registry.

Only what its authors coded themselves, which their licence (MIT) covers: levels and demands of
prefectures' rules by two teams, levels as agreed, levels of provinces. Cases, capacity, attention
and the yearbook have sources of their own and stay external.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from compendium.data.external import load_external
from compendium.errors import UserError
from grassroots.escalation import MEASURES, province_codes

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "data" / "escalation"


def main() -> None:
    """Write both tables, rows in the order of the authors' files."""
    found = load_external(ROOT, "covid19policy_cn")
    if found is None:
        problem = "the external data set covid19policy_cn is absent"
        raise UserError(problem, "run 'grassroots data fetch covid19policy_cn'")
    rules = found.table("covid_prefectures")
    provinces = found.table("covid_provinces")[["province_code", "province_force"]]
    units = rules.assign(province_code=province_codes(rules)).merge(
        provinces, on="province_code", how="left", validate="many_to_one"
    )
    columns = [
        "unit",
        "name",
        "code",
        "province_code",
        "force_1",
        "force_2",
        "force",
        "province_force",
    ]
    write(numbered(units)[columns], "prefecture_rules.csv")
    teams = [numbered(found.table(f"covid_team_{team}")).assign(team=team) for team in (1, 2)]
    write(pd.concat(teams)[["team", "unit", "name", *MEASURES]], "demands.csv")


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with their number in the authors' file: draws of a bootstrap depend on the order."""
    return frame.assign(unit=range(1, len(frame) + 1))


def write(frame: pd.DataFrame, name: str) -> None:
    """Write one table as the codebook describes it."""
    frame.to_csv(FOLDER / name, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
