"""Files that name versions, packages and licences say the same thing everywhere."""

import json
import re
import tomllib

import pytest
import yaml
from bare import LOCK_ENTRY, ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PINNED_ACTION = re.compile(r"^[\w-]+/[\w-]+@[0-9a-f]{40}$")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads(text_of("pyproject.toml"))["project"]


@pytest.fixture(scope="module")
def conda() -> dict:
    return yaml.safe_load(text_of("environment.yml"))


@pytest.fixture(scope="module")
def locked() -> dict[str, list[str]]:
    return entries_of("requirements.lock")


def entries_of(name: str) -> dict[str, list[str]]:
    """Entries of a lock by package; a package has several when versions differ by Python."""
    entries: dict[str, list[str]] = {}
    for entry in LOCK_ENTRY.finditer(text_of(name)):
        entries.setdefault(entry["name"], []).append(entry[0])
    return entries


def requirements(project: dict) -> list[Requirement]:
    extras = [
        line
        for extra, lines in project["optional-dependencies"].items()
        for line in lines
        if extra != "benchmark"
    ]
    return [Requirement(line) for line in project["dependencies"] + extras]


def test_conda_has_python_pip_and_the_lock(conda: dict) -> None:
    python, pip, nested = conda["dependencies"]
    assert re.fullmatch(r"python=3\.\d+", python)
    assert (pip, nested) == ("pip", {"pip": ["-r requirements.lock"]})


def test_conda_python_is_one_the_package_and_the_workflow_accept(
    conda: dict, project: dict
) -> None:
    version = conda["dependencies"][0].removeprefix("python=")
    assert version in SpecifierSet(project["requires-python"])
    matrix = yaml.safe_load(text_of(".github/workflows/ci.yml"))["jobs"]["study"]["strategy"]
    assert version in matrix["matrix"]["python"]
    assert all(
        tried in SpecifierSet(project["requires-python"]) for tried in matrix["matrix"]["python"]
    )


def test_conda_environment_has_the_name_of_the_package(conda: dict, project: dict) -> None:
    assert conda["name"] == project["name"]


def test_binder_installs_the_package_without_other_packages() -> None:
    script = text_of("postBuild")
    assert "pip install --no-deps --no-build-isolation --no-index --editable ." in script


def test_lock_satisfies_every_requirement_of_the_project(
    project: dict, locked: dict[str, list[str]]
) -> None:
    for requirement in requirements(project):
        versions = [entry.split("==")[1].split()[0] for entry in locked[requirement.name]]
        assert all(version in requirement.specifier for version in versions), requirement


def test_lock_covers_the_build_backend(locked: dict[str, list[str]]) -> None:
    wanted = tomllib.loads(text_of("pyproject.toml"))["build-system"]["requires"]
    assert {Requirement(line).name for line in wanted} <= set(locked)


LOCKS = ("requirements.lock", "requirements-benchmark.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_version_has_hashes_and_nothing_else_is_in_the_lock(name: str) -> None:
    entries = [entry for several in entries_of(name).values() for entry in several]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "".join(entries) == text_of(name)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_index_and_no_address(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text_of(name))


def test_what_benchmarks_compare_with_is_on_top_of_the_lock(
    project: dict, locked: dict[str, list[str]]
) -> None:
    benchmark = entries_of("requirements-benchmark.lock")
    assert not set(benchmark) & set(locked)
    wanted = {Requirement(r).name.lower() for r in project["optional-dependencies"]["benchmark"]}
    assert wanted <= set(benchmark)
    table = text_of("CONTRIBUTING.md").split("## Dependencies")[1].split("\n## ")[0].lower()
    assert all(name in table for name in wanted)


def test_lock_has_one_version_of_a_package_for_each_python(locked: dict[str, list[str]]) -> None:
    """Versions that differ by Python (numpy, scipy) must neither overlap nor leave a gap."""
    for name in ("numpy", "scipy", "pandas", "matplotlib", "pyarrow", "jupyterlab"):
        lines = [Requirement(e.split("\\")[0].strip()) for e in locked[name]]
        for version in ("3.11", "3.12", "3.13"):
            setting = {"python_version": version, "python_full_version": f"{version}.5"}
            fits = [line for line in lines if not line.marker or line.marker.evaluate(setting)]
            assert len(fits) == 1, (name, version)


def test_citation_agrees_with_the_package(project: dict) -> None:
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == project["version"]
    assert "CC BY 4.0" in citation["abstract"]
    (article,) = citation["references"]
    assert (article["issn"], article["year"], article["issue"]) == ("1007-5194", 2024, "6")


def test_the_licence_is_one_string_where_an_archive_reads_it(project: dict) -> None:
    """The import of releases stops at a list, and the release then gets no DOI."""
    citation, deposit = yaml.safe_load(text_of("CITATION.cff")), json.loads(text_of(".zenodo.json"))
    assert citation["license"] == deposit["license"] == project["license"] == "MIT"
    assert "CC BY 4.0" in deposit["description"]


def test_the_deposit_says_what_the_citation_says() -> None:
    citation, deposit = yaml.safe_load(text_of("CITATION.cff")), json.loads(text_of(".zenodo.json"))
    for name in ("title", "version", "keywords"):
        assert deposit[name] == citation[name], name
    assert deposit["creators"] == [{"name": author["name"]} for author in citation["authors"]]


def test_python_is_started_without_the_users_own_packages(conda: dict) -> None:
    assert conda["variables"] == {"PYTHONNOUSERSITE": "1"}
    assert "\nexport PYTHONNOUSERSITE=1\n" in text_of("postBuild").split("python -m")[0]
    assert re.search("^export PYTHONNOUSERSITE := 1$", text_of("Makefile"), re.MULTILINE)
    assert re.search("^unexport .*MPLBACKEND", text_of("Makefile"), re.MULTILINE)
    assert '"PYTHONNOUSERSITE": "1"' in text_of("tools/environment.py")


def test_licences_are_whole() -> None:
    assert text_of("LICENSE").startswith("MIT License\n")
    data = text_of("LICENSE-data")
    assert "https://creativecommons.org/licenses/by/4.0/" in data
    assert re.findall(r"^Section (\d)", data, re.MULTILINE) == [str(n) for n in range(1, 9)]


def test_each_runtime_dependency_has_its_reason(project: dict) -> None:
    table = text_of("CONTRIBUTING.md").split("## Dependencies")[1].split("\n## ")[0]
    named = re.findall(r"^\| ([a-z0-9-]+) \|", table, re.MULTILINE)
    wanted = [Requirement(line).name for line in project["dependencies"]]
    assert [name for name in named if name != "package"] == sorted(wanted)


def test_each_ignored_warning_has_its_reason() -> None:
    settings = tomllib.loads(text_of("pyproject.toml"))["tool"]["pytest"]["ini_options"]
    ignored = [
        line for line in settings["filterwarnings"] if line.startswith(("ignore", "default"))
    ]
    table = text_of("CONTRIBUTING.md").split("## Warnings")[1].split("\n## ")[0]
    assert len(re.findall(r"^\| `", table, re.MULTILINE)) == len(ignored)


def test_constraints_have_reasons() -> None:
    blocks = text_of("tools/constraints.txt").strip().split("\n\n")[1:]
    assert all(re.fullmatch(r"(# .+\n)+[a-z0-9-]+[<>=!~].+", block) for block in blocks)


def test_workflow_pins_its_actions_and_says_that_it_was_not_run() -> None:
    text = text_of(".github/workflows/ci.yml")
    jobs = yaml.safe_load(text)["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert all(PINNED_ACTION.match(step["uses"]) for step in steps if "uses" in step)
    assert "has not been run" in text.splitlines()[0]
    assert any(step.get("run") == ".ci/run" for step in jobs["gate"]["steps"])


def test_one_job_a_system_is_the_gate_and_the_rest_waits_for_it() -> None:
    jobs = yaml.safe_load(text_of(".github/workflows/ci.yml"))["jobs"]
    matrix = jobs["gate"]["strategy"]["matrix"]
    assert (len(matrix["system"]), len(matrix["python"])) == (3, 1)
    assert {name: job.get("needs") for name, job in jobs.items() if name != "gate"} == {
        "study": "gate",
        "container": "gate",
    }


def test_ci_calls_make_test() -> None:
    assert text_of(".ci/run").endswith("\nexec make test\n")


def test_changelog_has_unreleased_changes() -> None:
    assert re.search(r"^## \[Unreleased\]\n\n### \w+\n\n- ", text_of("CHANGELOG.md"), re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_both_readmes_list_the_notebooks_of_the_plan_and_what_they_took(name: str) -> None:
    planned = [
        n["name"] for n in yaml.safe_load(text_of("notebooks/plan/exhibits.yml"))["notebooks"]
    ]
    rows = re.findall(r"^\| `(\d\d_\w+)` \|(.*)\|$", text_of(name), re.MULTILINE)
    assert [notebook for notebook, _ in rows] == planned * 2
    assert all(re.fullmatch(r"( [\d.]+ \|){2} \d+ ", took) for _, took in rows[len(planned) :])


def test_both_readmes_print_the_same_measurements() -> None:
    numbers = [
        re.findall(r"\| ([\d.]+) \| ([\d.]+) \| (\d+) \|$", text_of(name), re.MULTILINE)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert numbers[0] == numbers[1]
    assert numbers[0]


def test_both_readmes_have_the_same_sections_and_figures() -> None:
    english, chinese = text_of("README.md"), text_of("README.zh-CN.md")
    for pattern in (
        r"^#+(?= )",
        r"^```\w*",
        r"^\|(?:[ :-]+\|)+",
        r"!\[",
        r"^(?:make|grassroots) .*",
    ):
        counts = [len(re.findall(pattern, text, re.MULTILINE)) for text in (english, chinese)]
        assert counts[0] == counts[1], pattern
