"""The run record without its clock, and the page for reviewers."""

from __future__ import annotations

from html import escape

from compendium.packages import written
from compendium.registry import program
from compendium.report.site import words as w
from compendium.report.site.edition import (
    RUN,
    VERIFY,
    Edition,
    address,
    badge,
    data_links,
    estimate_cell,
    value_link,
)
from compendium.report.site.html import (
    code,
    element,
    facts,
    heading,
    link,
    markdown_html,
    raw,
    table,
)
from compendium.report.site.start import claim_page
from compendium.report.words import RUN_WORDS


def run_page(edition: Edition) -> str:
    """Write what the run was made from; no times, so that two runs give the same page."""
    lang, run = edition.lang, edition.run
    survey = run.get("survey") or {}
    said = [
        (w.PROFILE[lang], code(str(run.get("profile", "")))),
        (w.LOCK[lang], code(str(run.get("lock", "")))),
        (w.SURVEY_OF_RUN[lang], badge(survey["evidence"], lang) if survey else ""),
    ]
    if others := run.get("other_packages"):
        said.append((RUN_WORDS["others"][lang], escape(written(others))))
    parts = [
        heading(1, w.RUN_RECORD[lang]),
        raw(markdown_html(w.RUN_LEAD[lang]) + facts(said)),
        heading(2, w.PARAMETERS[lang]),
        raw(_parameters(edition)),
        heading(2, w.DATA_HASHES[lang]),
        raw(_hashes(edition)),
        heading(2, w.VERSIONS[lang]),
        raw(_versions(edition)),
    ]
    return "\n\n".join(parts) + "\n"


def verify_page(edition: Edition) -> str:
    """Write what a reviewer can do, and one number followed to its source."""
    lang = edition.lang
    named = {"program": program(), "notebook": edition.contents.chapters[0].notebook}
    steps = "".join(
        f"<li>{code(command.format(**named))}<br>{markdown_html(said[lang].format(**named))}</li>\n"
        for command, said in w.VERIFY_STEPS
    )
    parts = [
        heading(1, w.VERIFY[lang]),
        raw(element("p", w.VERIFY_LEAD[lang]) + element("ol", steps)),
        heading(2, w.FOLLOW[lang]),
        raw(element("p", w.FOLLOW_LEAD[lang]) + _followed(edition)),
    ]
    return "\n\n".join(parts) + "\n"


def _followed(edition: Edition) -> str:
    tests = (
        (claim, test)
        for claim in edition.contents.claims
        for test in claim.tests
        if test.estimate is not None and test.result.counts
    )
    claim, test = next(tests, (None, None))
    lang = edition.lang
    if claim is None or test is None or test.estimate is None:
        return ""
    steps = (
        link(
            address(VERIFY, f"{claim_page(claim.id)}#{test.id}"),
            f"{claim.id}{w.COLON[lang]}{test.label}",
        ),
        value_link(edition, VERIFY, test.estimate),
        estimate_cell(VERIFY, test.estimate),
        data_links(edition, VERIFY, test.estimate.dataset),
    )
    return element("ol", "".join(f"<li>{step}</li>" for step in steps))


def _parameters(edition: Edition) -> str:
    lang = edition.lang
    known = edition.contents.plan.parameters
    rows = [
        (
            "",
            (
                code(name),
                code(_value(value)),
                code(_value(known[name].default)),
                escape(known[name].help[lang]),
            ),
        )
        for name, value in sorted(edition.run.get("parameters", {}).items())
        if name in known
    ]
    heads = (w.PARAMETER[lang], w.VALUE[lang], w.DEFAULT[lang], w.MEANING[lang])
    return table(w.PARAMETERS[lang], heads, rows)


def _hashes(edition: Edition) -> str:
    lang, run = edition.lang, edition.run
    found = {**run.get("data", {}), **run.get("external", {})}
    rows = [
        ("", (data_links(edition, RUN, name), code(str(found[name])))) for name in sorted(found)
    ]
    survey = run.get("survey") or {}
    if survey:
        rows.append(("", (data_links(edition, RUN, "survey_responses"), code(survey["sha256"]))))
    return table(w.DATA_HASHES[lang], (w.TABLE[lang], w.SHA256[lang]), rows)


def _versions(edition: Edition) -> str:
    lang = edition.lang
    found = edition.run.get("versions", {})
    rows = [("", (escape(name), code(str(found[name])))) for name in sorted(found)]
    return table(w.VERSIONS[lang], (w.PACKAGE[lang], w.VERSION[lang]), rows)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
