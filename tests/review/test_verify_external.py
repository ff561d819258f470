"""What rests on external data is not run without them, and nothing else is excused."""

import json

import pytest
from run import tiny

from compendium.claims.ledger import Estimate, write_ledger
from compendium.errors import UserError
from compendium.review.verify import accept, verify


def estimates(with_external):
    own = [Estimate("a", "share", "比例", "x", 0.5, n=5, dataset="things", notebook="01_first")]
    far = Estimate(
        "b",
        "share",
        "比例",
        "x",
        0.2,
        n=5,
        dataset="far",
        evidence="external",
        notebook="02_second",
    )
    return [*own, far] if with_external else own


def write(root, name, rows, evidence, data):
    folder = root / "reports" / "exhibits"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    told = {"parameters": {}, "evidence": evidence, "data": data}
    (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")


def write_run(root, *, external, verdict="holds", first=0.5):
    reports = root / "reports"
    reports.mkdir(exist_ok=True)
    state = "f" * 64 if external else "absent"
    (reports / "run.json").write_text(json.dumps({"external": {"far": state}}), encoding="utf-8")
    write_ledger(reports / "estimates.csv", estimates(external))
    write(root, "tab-1", f"value\n{first}\n", ["observed"], {"things": "aa"})
    if external:
        write(root, "tab-2", "value\n0.2\n", ["external"], {"far": "bb"})
    else:
        for path in (reports / "exhibits").glob("tab-2.*"):
            path.unlink()
    tests = f"claim,test,outcome\nC1,C1.one,{verdict}\nC2,C2.one,holds\n"
    write(root, "tab-tests", tests, ["observed"], {})


@pytest.fixture
def project(tmp_path):
    root = tiny.make_project(tmp_path / "项目 one")
    plan = root / "notebooks" / "plan" / "exhibits.yml"
    text = plan.read_text("utf-8").replace("zh: 二}}", "zh: 二}, external: [far]}")
    plan.write_text(text, encoding="utf-8")
    claims = root / "notebooks" / "plan" / "claims.yml"
    text = claims.read_text("utf-8").replace("notebook: 01_first", "notebook: 02_second")
    claims.write_text(text.replace("evidence: observed", "evidence: external"), encoding="utf-8")
    write_run(root, external=True)
    accept(root)
    return root


def found(root):
    return {result.name: result for result in verify(root)}


def test_without_the_data_everything_agrees_and_says_what_was_not_run(project):
    write_run(project, external=False, verdict="not run")
    results = found(project)
    assert [r for r in results.values() if not r.agrees] == []
    assert results["tab-2"].comparison.status == "not run"
    assert results["estimates of 02_second"].comparison.status == "not run"
    assert results["tab-tests"].comparison.status == "same"
    assert results["tab-tests"].reasons == ("rows of C1 not compared: external data absent",)
    assert results["tab-1"].comparison.status == "same"


def test_what_rests_on_other_data_is_not_excused(project):
    write_run(project, external=False, verdict="not run", first=0.6)
    assert found(project)["tab-1"].comparison.status == "different"


def test_rows_of_other_claims_are_still_compared(project):
    write_run(project, external=False, verdict="not run")
    path = project / "reports" / "exhibits" / "tab-tests.csv"
    path.write_text(path.read_text("utf-8").replace("C2.one,holds", "C2.one,fails"), "utf-8")
    assert found(project)["tab-tests"].comparison.status == "different"


def test_with_the_data_nothing_may_be_missing(project):
    for path in (project / "reports" / "exhibits").glob("tab-2.*"):
        path.unlink()
    assert found(project)["tab-2"].comparison.status == "missing"


def test_a_run_without_the_data_never_becomes_the_reference(project):
    write_run(project, external=False)
    with pytest.raises(UserError, match=r"the reference would lose .* \(far\)"):
        accept(project)
