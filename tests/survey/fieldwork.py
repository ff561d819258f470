"""Made-up files that look like those that fieldwork brings home."""

from pathlib import Path

import pandas as pd

from compendium.survey.instrument import INSTRUMENT, load_instrument
from compendium.survey.store import arrow_table
from grassroots.simulated import TRUTH, Careless, load_truth
from grassroots.standin import simulate

ROOT = Path(__file__).parents[2]
INSTRUMENT_OF_ROOT = load_instrument(ROOT)


def project_at(root):
    """A project with nothing but the survey's own files."""
    for path in (INSTRUMENT, TRUTH):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes((ROOT / path).read_bytes())
    return root


def answers(n=240):
    """Clean answers under the questionnaire's own names: text, codes as numbers, None for empty."""
    truth = load_truth(ROOT, INSTRUMENT_OF_ROOT)
    careful = Careless(straight_line=0, random=0, attention_slip=0)
    truth = truth.model_copy(update={"careless": careful, "duplicates": 0.0})
    columns = simulate(INSTRUMENT_OF_ROOT, truth, respondents=n).columns
    frame = arrow_table(INSTRUMENT_OF_ROOT, columns).to_pandas().astype(object)
    frame["respondent_id"] = [f"r{i:04d}" for i in range(1, n + 1)]
    return frame.where(frame.notna(), None)


def in_chinese(frame):
    """The same with Chinese headings and words for answers, as a questionnaire platform exports."""
    told = {}
    for number, (name, question) in enumerate(INSTRUMENT_OF_ROOT.questions.items(), start=1):
        heading = question.text.zh if question.text else question.short.zh
        heading = f"{number}、{heading}" if question.text else heading
        known = INSTRUMENT_OF_ROOT.answers[question.answers] if question.answers else {}
        words = {str(code): text.zh for code, text in known.items()}
        words |= {"-8": "不适用", "-9": "拒答"}
        told[heading] = [None if x is None else words.get(plain(x), x) for x in frame[name]]
    return pd.DataFrame(told, dtype=object)


def plain(value):
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def csv_text(frame):
    """CSV as text; whole numbers without a decimal point."""
    shown = frame.map(lambda value: "" if pd.isna(value) else plain(value))
    return shown.to_csv(index=False, lineterminator="\n")


def own_mapping(path, frame, *, columns=(), extra=""):
    """Write a mapping of columns that bear the questionnaire's own names."""
    special = dict(columns)
    lines = ["columns:"]
    lines += [f"  {name}: {special.get(name, f'{{from: {name}}}')}" for name in frame.columns]
    path.write_text("\n".join(lines) + "\n" + extra, "utf-8")
    return path
