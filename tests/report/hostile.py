"""A project whose every text tries to become code, and the site that is built from it."""

import json
from functools import cache, cached_property
from pathlib import Path

import sites
import yaml

from compendium.plan import load_plan
from compendium.report import site
from compendium.report.contents import Contents
from compendium.strict_yaml import load_strict
from compendium.text import LANGS

Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
KEPT = (sites.EXECUTED, "12_claims")

MARKED = "gr_pwned"
"""What a text that came alive would set on the page, or name an element."""
HTML = f'<img src=x onerror="window.{MARKED}=1"><script>window.{MARKED}=2</script><b id={MARKED}>'
MARKDOWN = (
    f"](javascript:window.{MARKED}=3) ![p](https://e.invalid/p.png) <https://e.invalid> "
    f"{{{{ 7*7 }}}} {{raw}}`html <u id={MARKED}>` &lt; $x^2$ *a* _b_ ~~c~~ | \\ `d`"
)
FENCES = f"\n````````````\n# {MARKED}\n\n```{{raw}} html\n<script>window.{MARKED}=4</script>\n```\n"
TYPESET = r'\input{/etc/passwd} #eval("1") [/bold]'
PAYLOAD = f" {HTML} {MARKDOWN} {TYPESET}{FENCES}"
SLOTTED = PAYLOAD.translate(dict.fromkeys(map(ord, "{}[]")))
"""For templates, where braces and brackets are slots and branches and a stray one is refused."""
PLAIN = ("citation", "licence", "author", "journal", "licence_scope")


def poisoned(value, extra, name="", slotted=()):
    """Append a payload to every text below a value read from YAML or JSON."""
    if isinstance(value, dict) and set(value) == {"en", "zh"}:
        added = SLOTTED if name in slotted else extra
        if any(isinstance(said, list) for said in value.values()):  # keywords
            return {lang: [f"{one}{added}" for one in said] for lang, said in value.items()}
        return {lang: f"{said}{added}" for lang, said in value.items()}
    if isinstance(value, dict):
        return {key: poisoned(one, extra, str(key), slotted) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, extra, name, slotted) for one in value]
    return f"{value}{extra}" if name in PLAIN and isinstance(value, str) else value


class Few(Contents):
    """Contents of two notebooks; the others' pages are made alike."""

    @cached_property
    def chapters(self):
        """Chapters whose exhibits were kept."""
        return tuple(chapter for chapter in super().chapters if chapter.notebook in KEPT)


def project(reported) -> Path:
    """Copy the reported project and poison plan, codebooks, registry, questionnaire, results."""
    root = sites.project(reported, reported.parent / "hostile 项目", {sites.EXECUTED})
    for exhibit in load_plan(root).exhibits.values():
        if exhibit.notebook not in KEPT:
            for path in root.glob(f"reports/exhibits/{exhibit.id}.*"):
                path.unlink()
    for path in sorted([*root.glob("notebooks/plan/*.yml"), *root.glob("data/*/*.yml")]):
        extra = SLOTTED if path.name == "sentences.yml" else PAYLOAD
        slotted = (
            ("title", "subtitle", "note", "source", "alt") if path.name == "exhibits.yml" else ()
        )
        told = poisoned(load_strict(path).value, extra, slotted=slotted)
        path.write_text(
            yaml.dump(told, Dumper=Dumper, allow_unicode=True, width=4000), encoding="utf-8"
        )
    for path in root.glob("reports/exhibits/*.json"):
        told = poisoned(json.loads(path.read_text(encoding="utf-8")), PAYLOAD)
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return root


@cache
def built(reported) -> Path:
    """Folder of the site."""
    root = project(reported)
    site.write({lang: Few(root, lang) for lang in LANGS}, root / "reports")
    return root / "reports" / "site"
