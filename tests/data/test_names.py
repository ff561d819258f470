"""Names from a closed list: any other spelling is another group, so it is refused and answered."""

import pytest

from compendium.data import check, load_codebooks, load_table
from compendium.data.names import NAME_LISTS
from compendium.data.sheet import read_sheet
from compendium.errors import UserError

from .samples import CODEBOOK, GOOD, edit

PROVINCES, PREFECTURES = NAME_LISTS["provinces"], NAME_LISTS["prefectures"]
SPELLINGS = [
    ("\u2f2d东省", "山东省"),
    ("山\u200b东省", "山东省"),
    ("山 东省", "山东省"),
    ("山　东省", "山东省"),
    ("山东", "山东省"),
    ("山東省", "山东省"),
    ("山東", "山东省"),
    ("鲁", "山东省"),
    ("Shandong", "山东省"),
    ("SHANDONG", "山东省"),
    ("Shandong Province", "山东省"),
    ("shandong sheng", "山东省"),
    ("\uff33\uff48andong", "山东省"),
    ("湖北", "湖北省"),
    ("湖北市", "湖北省"),
    ("Hubei, Province", "湖北省"),
    ("Shaanxi", "陕西省"),
    ("Shanxi", "山西省"),
    ("陝西", "陕西省"),
    ("廣西", "广西壮族自治区"),
    ("Guangxi Zhuang Autonomous Region", "广西壮族自治区"),
    ("内蒙", "内蒙古自治区"),
    ("內蒙古自治區", "内蒙古自治区"),
    ("Inner Mongolia", "内蒙古自治区"),
    ("Tibet", "西藏自治区"),
    ("Xizang Autonomous Region", "西藏自治区"),
    ("Beijing Municipality", "北京市"),
    ("Beijing Shi", "北京市"),
    ("北京", "北京市"),
    ("黑龍江省", "黑龙江省"),
    ("遼寧", "辽宁省"),
    ("新疆维吾尔族自治区", "新疆维吾尔自治区"),
    ("Xinjiang Uygur Autonomous Region", "新疆维吾尔自治区"),
]


@pytest.mark.parametrize(("text", "name"), SPELLINGS)
def test_a_spelling_is_taken_for_the_province_that_it_means(text, name):
    assert text not in PROVINCES.names
    assert PROVINCES.meant(text) == name


def test_there_are_31_provinces_and_no_spelling_means_two():
    spellings = [
        spelling.casefold()
        for name, variants in PROVINCES.variants.items()
        for spelling in (name, *variants)
    ]
    assert len(PROVINCES.names) == 31
    assert len(set(spellings)) == len(spellings)
    assert all(PROVINCES.meant(name) == name for name in PROVINCES.names)
    assert PROVINCES.meant("Wakanda") is None


@pytest.fixture
def named(sample):
    """The sample with its note turned into a column of provinces; takes what stands in row 1."""

    def write(text, column="province", more=""):
        codebook = CODEBOOK.replace("      note:\n", f"      {column}:\n{more}")
        return sample(GOOD.replace("note", column).replace("风险", text), codebook)

    return write


FREE = "        names: free\n"
LISTED = "        names: provinces\n"


@pytest.mark.parametrize(
    ("text", "rule", "mend"),
    [
        ("山东省", None, None),
        ("\u2f2d东省", "look-alike-character", "write '山东省'"),
        ("山\u3000东", "invisible-character", "write '山东省'"),
        ("湖北", "name", "write the official full name"),
        ("Wakanda", "name", "write the official full name"),
    ],
)
def test_a_column_of_provinces_has_their_full_names_and_nothing_else(named, text, rule, mend):
    found = [v for v in read_sheet(named(text)).violations if v.value != "a, b"]
    assert [v.rule for v in found] == [rule][: len(found)]
    assert bool(found) == bool(rule)
    if rule:
        assert (found[0].line, found[0].column, found[0].value) == (2, "province", text)
        assert found[0].mend.en.startswith(mend)
    if text == "湖北":
        assert "did you mean '湖北省'?" in found[0].problem.en
        assert "是否应为 '湖北省'" in found[0].problem.zh


def test_a_column_has_the_list_by_its_name_or_when_told_so(named):
    assert read_sheet(named("湖北", "place", LISTED)).violations[0].value == "湖北"
    assert read_sheet(named("湖北", "place")).violations == ()
    assert read_sheet(named("湖北", "province", FREE)).violations == ()
    with pytest.raises(
        UserError, match="'names' is not known; write one of: provinces, prefectures, free"
    ):
        named("湖北", "place", "        names: towns\n")


def test_every_province_of_the_shipped_data_is_in_a_closed_list(project):
    listed = {
        (table.name, column.name)
        for table in load_codebooks(project).values()
        for column in table.columns.values()
        if column.names == "provinces"
    }
    assert listed == {
        ("incidents", "province"),
        ("inspection_accountability", "province"),
        ("messages", "province"),
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("武汉", "武汉市"),
        ("武漢市", "武汉市"),
        ("\u2f94林市", "玉林市"),
        ("吉林", "吉林市"),
        ("恩施州", "恩施土家族苗族自治州"),
        ("延边", "延边朝鲜族自治州"),
        ("巴音郭楞", "巴音郭楞蒙古自治州"),
        ("毕节", "毕节市"),
        ("兴安", "兴安盟"),
        ("喀什", "喀什地区"),
        ("西安 市", "西安市"),
    ],
)
def test_a_spelling_is_taken_for_the_prefecture_that_it_means(text, name):
    assert text not in PREFECTURES.names
    assert PREFECTURES.meant(text) == name


def test_there_are_333_prefectures_and_those_that_were():
    former = [name for name in PREFECTURES.names if name in ("巢湖市", "莱芜市", "襄樊市")]
    former += [f"{name}地区" for name in ("毕节", "铜仁", "海东", "吐鲁番", "哈密")]
    former += [f"{name}地区" for name in ("日喀则", "昌都", "林芝", "山南", "那曲")]
    straight = [name for name in PREFECTURES.names if name in PROVINCES.names or "辖" in name]
    assert len(PREFECTURES.names) == 333 + 13 + len(straight)
    assert len(former) == 13
    assert set(former) <= set(PREFECTURES.names)
    assert len(straight) == 7


def test_another_spelling_of_a_prefecture_is_named(project):
    edit(
        project,
        "incidents",
        lambda rows: next(r for r in rows if r["prefecture"] == "武汉市").update(prefecture="武汉"),
    )
    (found,) = [v for report in check(project) for v in report.violations]
    assert (found.rule, found.column, found.value) == ("name", "prefecture", "武汉")
    assert "did you mean '武汉市'?" in found.problem.en


@pytest.mark.parametrize(
    ("text", "sign"), [("\u2f2d东省", "KANGXI RADICAL MOUNTAIN"), ("山东", "did you mean '山东省'")]
)
def test_half_of_a_province_written_otherwise_is_named_before_anything_is_computed(
    project, text, sign
):
    """Twelve rows were two clusters, or the advice was to give the other spelling a label."""

    def change(rows):
        for row in [row for row in rows if row["province"] == "山东省"][:6]:
            row["province"] = text

    edit(project, "incidents", change)
    found = [v for report in check(project) for v in report.violations]
    assert len(found) == 6
    assert {(v.file, v.column, v.value) for v in found} == {
        ("data/incidents/incidents.csv", "province", text)
    }
    assert all(v.line == v.row + 1 for v in found)
    with pytest.raises(UserError) as caught:
        load_table(load_codebooks(project)["incidents"])
    assert sign in str(caught.value)
    assert "山东省" in str(caught.value)
    assert "exhibits.yml" not in str(caught.value)
