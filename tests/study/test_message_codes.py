"""Codes of messages follow the word lists, and those of the mailbox come out byte for byte."""

import csv
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from compendium import cli
from compendium.data.external import load_registry
from compendium.errors import UserError
from grassroots import message_codes as mc

ROOT = Path(__file__).parents[2]
PLACES = (os.environ.get("GRASSROOTS_EXTERNAL", ""), "../shared/external", "data/external")
RULES = mc.read_rules(ROOT)
LETTER = mc.Letter(
    id="1",
    source=mc.MAILBOX,
    title="来信",
    question="反映情况",
    asked="2021-03-01",
    answer="网友你好，已办理。",
    answered="2021-03-09",
    agency="",
    official="",
    status="answered",
    province="",
    prefecture="",
    county="",
)
BOARD = replace(
    LETTER, source=mc.BOARD, province="河北省", prefecture="保定市", official="河北省委书记"
)


@pytest.fixture
def mailbox(monkeypatch):
    """Point to the folder that holds the public file of the mailbox."""
    for place in filter(None, PLACES):
        if (ROOT / place / "sl_mayor_mailbox").is_dir():
            return monkeypatch.setenv("GRASSROOTS_EXTERNAL", str((ROOT / place).resolve()))
    return pytest.skip("the external data sl_mayor_mailbox are absent")


def coded(letter, **changes):
    return mc.code_letters([replace(letter, **changes)], RULES).iloc[0]


@pytest.mark.parametrize(
    ("answer", "township", "departments"),
    [
        ("古城镇人民政府已现场核查。", 1, 0),
        ("洛南县人民政府已现场核查。", 0, 0),
        ("市政府已安排处理。", 0, 0),
        ("市民政局已现场核查。", 0, 1),
        ("市城管局、县住建局已联合处理。", 0, 2),
        ("城镇居民医保按规定办理。", 0, 0),
        ("请您到古城镇人民政府咨询。", 0, 0),
    ],
    ids=["town", "people's government", "city government", "civil affairs", "two lines", "townsfolk", "referral"],
)  # fmt: skip
def test_names_that_hold_other_names_are_read_right(answer, township, departments):
    row = coded(LETTER, answer=answer)
    assert (row["acting_township"], row["acting_departments"]) == (township, departments)
    assert row["several_departments"] == int(departments > 1)


def test_a_stamp_of_an_american_clock_becomes_the_day_in_china():
    summer = coded(BOARD, asked="2022-07-01 13:30:00", answered="2022-07-02 11:59:00")
    winter = coded(BOARD, asked="2022-12-01 11:30:00", answered="2022-12-01 10:59:00")
    assert (summer["asked"], summer["answered"]) == ("2022-07-02", "2022-07-02")
    assert (winter["asked"], winter["answered"]) == ("2022-12-02", "2022-12-01")
    assert (summer["days"], winter["days"], winter["date_order_wrong"]) == (0, -1, 1)
    assert coded(LETTER, asked="2022-12-01 11:30:00")["asked"] == "2022-12-01"


def test_the_answer_to_a_letter_handed_on_is_dated_by_its_signature():
    note = "你反映的问题已转市住建局阅处。2021年3月9日 回复如下：已办结。市住建局 2021年4月2日"
    row = coded(LETTER, answer=note)
    assert (row["days"], row["days_to_signed"], row["days_to_answer"]) == (8, 32, 32)
    assert row["forwarded_on"] == "2021-03-09"
    unsigned = coded(LETTER, answer="你反映的问题已转市住建局阅处。")
    assert unsigned.isna()["days_to_answer"]
    impossible = coded(LETTER, answer="已办结。2021年6月31日")
    assert impossible.isna()["signed"]


@pytest.mark.parametrize(
    ("changes", "kind", "tier"),
    [
        ({"answer": "经核实已解决。洛南县住房和城乡建设局"}, "line_department", "county"),
        ({"agency": "商洛市生态环境局"}, "line_department", "prefecture"),
        ({"agency": "市信息办", "answer": "我局已核实处理。"}, "line_department", "unknown"),
        ({"agency": "张三", "answer": "我镇已核实处理。"}, "township_or_subdistrict", "township"),
        ({"answer": "感谢来信。"}, "unknown", "unknown"),
    ],
    ids=["signature", "agency", "typed for a bureau", "a clerk's name", "nobody"],
)
def test_the_unit_that_answers_is_read_from_signature_agency_and_self(changes, kind, tier):
    row = coded(LETTER, **changes)
    assert (row["answering_unit_kind"], row["answering_tier"]) == (kind, tier)


def test_steps_down_count_from_the_official_to_the_unit():
    down = coded(BOARD, answer="经核实已解决。涿州市住房和城乡建设局", county="涿州市")
    assert (down["addressee_tier"], down["answering_tier"], down["passed_down"]) == ("province", "county", 2)  # fmt: skip
    own = coded(BOARD, official="保定市委书记", answer="经核实已解决。保定市住房和城乡建设局")
    assert (own["addressee_tier"], own["passed_down"]) == ("prefecture", 0)
    silent = coded(BOARD, answer="", answered="", status="pending")
    assert silent.isna()[
        ["answering_tier", "passed_down", "acting_township", "answer_length"]
    ].all()


def test_limits_of_remit_and_hazards_have_their_kind():
    court = coded(LETTER, answer="建议通过司法途径解决。", question="高层电梯下坠，电梯困人")
    assert (court["outside_remit"], court["outside_remit_kind"]) == (1, "court")
    assert (court["risk"], court["hazard"]) == (1, "lift")
    power = coded(LETTER, answer="我局没有执法权。")
    assert (power["outside_remit_kind"], power["risk"]) == ("no_power", 0)


def test_a_repeated_message_is_marked_and_rows_stand_by_number():
    rows = mc.code_letters([replace(LETTER, id=i) for i in ("10", "9")], RULES)
    assert rows["message_id"].tolist() == ["sl-9", "sl-10"]
    assert rows["duplicate_question"].tolist() == [1, 0]


def test_a_file_without_a_column_or_with_a_number_twice_is_refused(tmp_path):
    described = RULES["inputs"][mc.BOARD]["columns"]
    path = tmp_path / "board.csv"
    path.write_text("replyID\n1\n", encoding="utf-8")
    with pytest.raises(UserError, match="lacks a column"):
        mc.read_letters(path, mc.BOARD, RULES)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([described.values(), ["7"] * len(described), ["7"] * len(described)])  # fmt: skip
    with pytest.raises(UserError, match="stands twice"):
        mc.read_letters(path, mc.BOARD, RULES)


def test_every_source_of_the_rules_is_a_file_of_the_registry():
    registry = load_registry(ROOT)
    for described in RULES["inputs"].values():
        assert described["file"] in registry[described["set"]].files


def test_a_source_whose_file_is_absent_is_skipped_with_the_reason(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(tmp_path))
    assert cli.main(["data", "code", "--root", str(ROOT)]) == 0
    told = capsys.readouterr().out
    assert "sl_mailbox: skipped, the external data set sl_mayor_mailbox is absent" in told
    assert cli.main(["data", "code", "letters", "--root", str(ROOT)]) == 2


@pytest.mark.external
@pytest.mark.usefixtures("mailbox")
def test_the_mailbox_is_coded_to_the_bytes_that_are_shipped(tmp_path, capsys):
    out = tmp_path / "again.csv"
    assert cli.main(["data", "code", "sl_mailbox", "--root", str(ROOT), "--out", str(out)]) == 0
    assert "1,179 messages coded, the same bytes" in capsys.readouterr().out
    shipped = (ROOT / mc.MESSAGES).read_bytes().splitlines()
    assert out.read_bytes().splitlines() == [shipped[0], *(x for x in shipped if x[:3] == b"sl-")]


@pytest.mark.external
@pytest.mark.usefixtures("mailbox")
def test_a_row_that_differs_is_named_and_is_no_success(tmp_path, capsys):
    for name in ("data/messages", "data/external", "notebooks/plan"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / mc.MESSAGES
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nsl-", "\nsl-0", 1), encoding="utf-8"
    )
    assert cli.main(["data", "code", "sl_mailbox", "--root", str(tmp_path)]) == 1
    assert "1 rows differ" in capsys.readouterr().out
