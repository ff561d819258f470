"""The same answers as platforms export them: KoboToolbox, ODK, Wenjuanxing, LimeSurvey, Qualtrics."""

import pandas as pd

from compendium.survey.xlsform import choices_of

from .fieldwork import INSTRUMENT_OF_ROOT, plain

QUESTIONS = INSTRUMENT_OF_ROOT.questions
ASKED = [question for question in QUESTIONS.values() if question.asked]
FRAME = ("county_id", "province_id", "stratum", "weight")
START = pd.Timestamp("2025-03-01T09:00:00+08:00")


def sampling_frame(frame):
    """One row a unit, under Chinese headings, with a unit that nobody answered from."""
    units = frame.drop_duplicates("unit_id")[["unit_id", *FRAME]].reset_index(drop=True)
    units["stratum"] = units["stratum"].map({"east": "东部", "central": "中部", "west": "西部"})
    units.loc[len(units)] = ["u99999", "c00001", "p00001", "东部", 1]
    names = {"unit_id": "单位编号", "county_id": "县区编号", "province_id": "省份"}
    return units.rename(columns={**names, "stratum": "抽样层", "weight": "权重"})


def seconds(frame):
    return [round(60 * minutes) for minutes in frame["duration_minutes"]]


def times(frame):
    """Start and end of each answer as text."""
    starts = [START + pd.Timedelta(minutes=7 * i) for i in range(len(frame))]
    ends = [s + pd.Timedelta(seconds=n) for s, n in zip(starts, seconds(frame), strict=True)]
    return ([time.isoformat(timespec="milliseconds") for time in each] for each in (starts, ends))


def path_of(question, mark="/"):
    return mark.join(("main", f"section_{question.section}", question.name))


def label_path_of(question, lang="zh"):
    section = INSTRUMENT_OF_ROOT.sections[question.section]
    title = INSTRUMENT_OF_ROOT.form.title[lang]
    return "/".join((title, section.label[lang], question.text[lang].strip()))


def kobo(frame, heading=path_of, *, not_approved=(), refused=()):
    """KoboToolbox with groups in the headings, and columns of a question with several answers."""
    start, end = times(frame)
    told = {"start": start, "end": end, "consent": 1}
    told |= {heading(q): cells(frame, q) for q in ASKED}
    told["main/section_background/risks"] = "flood fire"
    told["main/section_background/risks/flood"] = 1
    told["main/section_background/risks/gender"] = 0
    told |= {"_id": range(700001, 700001 + len(frame)), "_uuid": list(frame["respondent_id"])}
    told |= {"_submission_time": end, "_validation_status": ""}
    made = pd.DataFrame(told, dtype=object)
    for row, status in not_approved:
        made.loc[row, "_validation_status"] = status
    made.loc[list(refused), "consent"] = 0
    return made


def cells(frame, question):
    return [None if x is None else plain(x) for x in frame[question.name]]


def wenjuanxing(frame, *, codes=False, yes_first=False):
    """Wenjuanxing by text or by the number of the choice; matrix questions a column an item."""
    told = {
        "序号": range(1, len(frame) + 1),
        "提交答卷时间": ["2025/3/1 9:00:00"] * len(frame),
        "所用时间": [f"{n}秒" for n in seconds(frame)],
        "来源": "微信",
        "来源详情": "N/A",
        "来自IP": "10.0.0.1(北京-北京)",
    }
    number, section = 0, None
    for question in ASKED:
        matrix = question.scale is not None
        if not matrix or question.section != section:
            number, section = number + 1, question.section
        heading = f"{number}、{question.text.zh.strip()}"
        if matrix:
            stem = INSTRUMENT_OF_ROOT.sections[section].intro.zh.strip()
            heading = f"{number}、{stem}—{question.text.zh.strip()}"
        words = choice_codes(question, yes_first) if codes else choice_words(question)
        told[heading] = [
            wenjuanxing_cell(frame, row, question, words, codes) for row in range(len(frame))
        ]
    return pd.DataFrame(told, dtype=object)


def choice_words(question):
    if question.answers is None:
        return {}
    return {str(c): label.zh for c, label in choices_of(INSTRUMENT_OF_ROOT, question).items()} | {
        "-8": "不适用"
    }


def choice_codes(question, yes_first):
    if question.answers is None:
        return {}
    choices = [str(code) for code in choices_of(INSTRUMENT_OF_ROOT, question)]
    if question.type == "flag" and yes_first:
        choices[:2] = choices[1::-1]
    return {code: str(place) for place, code in enumerate(choices, start=1)} | {}


def wenjuanxing_cell(frame, row, question, words, codes):
    value = frame[question.name].iloc[row]
    if value is not None:
        return words.get(plain(value), plain(value))
    skipped = False
    if question.relevant is not None:
        name, code = question.relevant
        skipped = frame[name].iloc[row] != code
    return {True: ("-3", "-2"), False: ("(跳过)", "(空)")}[codes][0 if skipped else 1]


def limesurvey(frame):
    """LimeSurvey by code: arrays as name[item], A1 to A5, Y and N, seconds taken."""
    told = {"id": range(1, len(frame) + 1), "submitdate": "2025-03-01 09:00:00", "lastpage": 9}
    for question in ASKED:
        name = question.name
        heading = f"G{question.section}[{name}]" if question.scale else name
        words = {"1": "Y", "0": "N"}
        if question.type != "flag":
            words = {c: f"A{n}" for c, n in choice_codes(question, False).items()}
        told[heading] = [None if x is None else words.get(x, x) for x in cells(frame, question)]
    told["interviewtime"] = [f"{n}.25" for n in seconds(frame)]
    return pd.DataFrame(told, dtype=object)


def redcap(frame, *, labels=False):
    """REDCap by variable and code, or by label: checkboxes, and whether the form is complete."""
    told = {"Record ID" if labels else "record_id": range(1, len(frame) + 1)}
    for question in ASKED:
        heading, values = question.name, cells(frame, question)
        words = choice_codes(question, False) if question.type == "category" else {}
        if labels:
            heading = question.text.en.strip()
            choices = choices_of(INSTRUMENT_OF_ROOT, question) if question.answers else {}
            words = {str(code): label.en for code, label in choices.items()}
        told[heading] = [None if x is None else words.get(x, x) for x in values]
    told |= {"risks___1": "Checked" if labels else 1, "survey_complete": 2}
    return pd.DataFrame(told, dtype=object)


def qualtrics(frame):
    """Qualtrics by number, without its further rows of headings."""
    told = {
        "StartDate": "2025-03-01 09:00:00",
        "EndDate": "2025-03-01 09:20:00",
        "Status": "IP Address",
        "Progress": 100,
        "Duration (in seconds)": seconds(frame),
        "Finished": "True",
        "ResponseId": [f"R_{name}" for name in frame["respondent_id"]],
        "DistributionChannel": "anonymous",
    }
    for question in ASKED:
        words = choice_codes(question, False) if question.type in ("flag", "category") else {}
        told[question.name] = [
            None if x is None else words.get(x, x) for x in cells(frame, question)
        ]
    return pd.DataFrame(told, dtype=object)
