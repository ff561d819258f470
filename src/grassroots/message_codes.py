"""Codes of messages and their answers, by the word lists of `data/messages/rules.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.data.external import load_external
from compendium.errors import UserError
from compendium.strict_yaml import load_strict
from compendium.text import Text

RULES = Path("data") / "messages" / "rules.yml"
MESSAGES = RULES.with_name("messages.csv")
MAILBOX, BOARD, TIPDM = "sl_mailbox", "llmb_gas", "tipdm"
TIERS = ("province", "prefecture", "county", "township")
UNKNOWN = "unknown"
COLUMNS = (
    *("message_id", "source", "asked", "answered", "days", "date_order_wrong", "forwarded_on"),
    *("signed", "days_to_signed", "signed_order_wrong", "days_to_answer", "status"),
    *("duplicate_question", "place", "province", "prefecture", "county", "addressee_tier"),
    *("answering_unit_kind", "answering_tier", "passed_down", "typing_office", "forwarded"),
    *("acting_township", "acting_departments", "several_departments", "acting_units"),
    *("departments_unnamed", "outside_remit", "outside_remit_kind", "risk", "hazard", "domain"),
    *("question_length", "answer_length"),
)
"""Columns of messages.csv in their order."""


@dataclass(frozen=True)
class Letter:
    """One message and its answer as published, texts untouched; what a source lacks is empty."""

    id: str
    source: str
    title: str
    question: str
    asked: str
    answer: str
    answered: str
    agency: str
    official: str
    status: str
    province: str
    prefecture: str
    county: str


def read_rules(root: Path) -> dict[str, Any]:
    """Read the word lists; raises UserError with file and line."""
    return dict(load_strict(root / RULES).mapping())


def read_letters(path: Path, source: str, rules: Mapping[str, Any]) -> list[Letter]:
    """Messages of one source's file under common names.

    Raises
    ------
    UserError
        The file lacks a column, or an identifier stands twice.
    """
    described = rules["inputs"][source]
    read = pd.read_excel if path.suffix == ".xlsx" else pd.read_csv
    raw = read(path, dtype=str, keep_default_na=False)
    lacking = [name for name in described["columns"].values() if name not in raw]
    if lacking:
        raise UserError("the file lacks a column", "fetch it again", path, column=lacking[0])
    named = {name: raw[heading].fillna("") for name, heading in described["columns"].items()}
    frame = pd.DataFrame(named).reindex(
        columns=[field.name for field in fields(Letter)], fill_value=""
    )
    if "id" in described:
        frame["id"] = frame["id"].str.extract(f"({described['id']})")[0]
    states = rules["status"]
    frame["status"] = [states.get(state, "answered") for state in frame["status"]]
    frame["source"] = source
    double = frame["id"].duplicated()
    if double.any():
        value = str(frame.loc[double, "id"].iloc[0])
        raise UserError("an identifier stands twice", "fetch the file again", path, value=value)
    return [Letter(**row) for row in frame.to_dict("records")]


def code_letters(letters: list[Letter], rules: Mapping[str, Any]) -> pd.DataFrame:
    """Code messages, one row each, in the columns and the order of messages.csv.

    Messages of all sources can stand together. The board's places name which cities are counties,
    so its rows are coded together.
    """
    coder = Coder(rules, frozenset(x.county for x in letters if x.county.endswith("市")))
    frame = pd.DataFrame([coder.codes(letter) for letter in letters])
    dated = _dates(letters, rules, frame)
    numbers = frame.columns.difference(["message_id", "source", *_WORDS])
    frame = frame.astype(dict.fromkeys(numbers, "Int64")).join(dated)
    order = frame["message_id"].str.split("-").map(lambda p: (p[0], int(p[1])))
    return frame.loc[order.sort_values().index, list(COLUMNS)].reset_index(drop=True)


_WORDS = (
    *("status", "place", "province", "prefecture", "county", "addressee_tier"),
    *("answering_unit_kind", "answering_tier", "outside_remit_kind", "hazard", "domain"),
)


def _dates(letters: list[Letter], rules: Mapping[str, Any], coded: pd.DataFrame) -> pd.DataFrame:
    """Dates, spans of days and repeated texts, by the rows of `letters`."""
    source = pd.Series([x.source for x in letters])
    asked, answered = (
        _local_days([getattr(x, name) for x in letters], source, rules["clock"])
        for name in ("asked", "answered")
    )
    written = pd.DataFrame(
        [_written_dates(x, rules["dates_in_answers"]) for x in letters],
        columns=["forwarded_on", "signed"],
        dtype="datetime64[ns]",
    )
    days = (answered - asked).dt.days
    to_signed = (written["signed"] - asked).dt.days
    signed_wrong = to_signed < 0
    forwarded = coded["forwarded"].eq(1) | written["forwarded_on"].notna() | (to_signed > days)
    handed_on = source.eq(MAILBOX) & forwarded
    text = pd.Series([x.source + x.title.strip() + _tight(x.question) for x in letters])
    own = days.where(days.ge(0)).where(~handed_on, to_signed.where(~signed_wrong))
    spans = {"days": days, "days_to_signed": to_signed, "days_to_answer": own}
    flags = {
        "date_order_wrong": days < 0,
        "signed_order_wrong": signed_wrong,
        "duplicate_question": text.duplicated(),
    }
    dates = {"asked": asked, "answered": answered, **dict(written.items())}
    return pd.DataFrame(
        {name: day.dt.strftime("%Y-%m-%d") for name, day in dates.items()}
        | {name: span.astype("Int64") for name, span in spans.items()}
        | {name: flag.astype(int) for name, flag in flags.items()}
    )


def _local_days(
    cells: list[str], source: pd.Series[str], clocks: Mapping[str, Mapping[str, str]]
) -> pd.Series[Any]:
    """Calendar days in China; times that a source saved by another clock are converted first."""
    time = pd.to_datetime(pd.Series(cells).replace("", None), format="mixed")
    for name, clock in clocks.items():
        rows = source.eq(name) & time.notna()
        there = time[rows].dt.tz_localize(
            clock["from"], ambiguous=[False] * int(rows.sum()), nonexistent="shift_forward"
        )
        time[rows] = there.dt.tz_convert(clock["to"]).dt.tz_localize(None)
    return time.dt.normalize()


def _written_dates(letter: Letter, patterns: Mapping[str, str]) -> tuple[Any, Any]:
    """Dates of the note that hands a letter on and of the signature, NaT where there is none."""
    text = _tight(letter.answer)

    def found(name: str) -> Iterator[pd.Timestamp]:
        for hit in re.finditer(patterns[name].replace("{date}", patterns["date"]), text):
            day = pd.to_datetime("-".join(hit.groups()[:3]), errors="coerce", format="%Y-%m-%d")
            if not pd.isna(day):
                yield day

    note = next(found("forward_note"), pd.NaT) if letter.source == MAILBOX else pd.NaT
    if letter.source == TIPDM:
        return note, max(found("ends_a_reply"), default=pd.NaT)
    return note, next(found("at_end"), pd.NaT)


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text)


def _any(patterns: list[str]) -> str:
    return "|".join(f"(?:{p})" for p in patterns)


@dataclass(frozen=True)
class Coder:
    """The word lists, and what they say of one letter; `re` keeps what it has compiled.

    Attributes
    ----------
    rules
        As read from the file.
    county_cities
        Cities of county tier that the board's places name.
    """

    rules: Mapping[str, Any]
    county_cities: frozenset[str] = frozenset()

    def codes(self, letter: Letter) -> dict[str, Any]:
        """Every code of a letter but those of its dates."""
        hazard, tier = self.hazard(letter), self.addressee(letter)
        mailbox, answered = letter.source == MAILBOX, bool(letter.answer.strip())
        return {
            "message_id": f"{self.rules['inputs'][letter.source]['prefix']}-{letter.id}",
            "source": letter.source,
            "status": letter.status,
            **dict(
                zip(("place", "province", "prefecture", "county"), self.place(letter), strict=True)
            ),
            "addressee_tier": tier,
            "typing_office": int(self._types(letter.agency)) if mailbox else None,
            "risk": int(bool(hazard)),
            "hazard": hazard,
            "domain": self.domain(letter),
            "question_length": len(letter.question.strip()),
            **dict.fromkeys(_OF_ANSWERS),
            **(self._of_answer(letter, tier) if answered else {}),
        }

    def _of_answer(self, letter: Letter, addressee: str) -> dict[str, Any]:
        kind, unit = self.answering(letter)
        tier = self.tier(unit, kind, letter, addressee)
        lines, township, unnamed = self.acting(letter.answer)
        township |= kind == "township_or_subdistrict"
        remit = self.remit(letter.answer)
        steps = TIERS.index(tier) - TIERS.index(addressee) if addressee and tier in TIERS else None
        return {
            "answering_unit_kind": kind,
            "answering_tier": tier,
            "passed_down": steps,
            "forwarded": int(bool(re.search(self.rules["forwarded"], letter.answer))),
            "acting_township": int(township),
            "acting_departments": len(lines),
            "several_departments": int(len(lines) > 1),
            "acting_units": len(lines) + int(township),
            "departments_unnamed": int(unnamed),
            "outside_remit": int(bool(remit)),
            "outside_remit_kind": remit,
            "answer_length": len(letter.answer.strip()),
        }

    # ------------------------------------------------------------ places and tiers
    def place(self, letter: Letter) -> tuple[str, str, str, str]:
        """Place code, province, prefecture and county; names of places only."""
        rules = self.rules["places"]
        if letter.source == MAILBOX:
            counties = rules["shangluo_counties"]
            hit = re.search("|".join(counties), letter.title + letter.question + letter.agency)
            return "商洛市", "陕西省", "商洛市", counties[hit[0]] if hit else ""
        if letter.source == BOARD:
            parts = (letter.province, letter.prefecture, letter.county)
            return next((p for p in reversed(parts) if p), ""), *parts
        named = rules["tipdm_letter"]
        hit = re.search(named, letter.title) or re.search(named, letter.question)
        found = hit[0] if hit else ""
        return found[:1], "", "", found if len(found) > 1 else ""

    def addressee(self, letter: Letter) -> str:
        """Tier of the official addressed, empty where the source hides it."""
        if letter.source != BOARD:
            return "prefecture" if letter.source == MAILBOX else ""
        rules, name = self.rules["addressee"], _tight(letter.official)
        rest = name.removeprefix(letter.province)
        if name.startswith(letter.province) and re.search(rules["province"], rest):
            return "province"
        municipal = letter.province in self.rules["places"]["municipalities"]
        if municipal or re.search(rules["province_run_counties"], rest):
            return "county"
        return "prefecture" if re.search(rules["prefecture"], rest) else "county"

    def tier(self, unit: str, kind: str, letter: Letter, addressee: str) -> str:
        """Tier of the unit that answers, from its kind, its name and where it is."""
        fixed = {
            "utility_or_enterprise": "not_government",
            "township_or_subdistrict": "township",
            UNKNOWN: UNKNOWN,
            "other": UNKNOWN,
        }
        if kind in fixed:
            return fixed[kind]
        if letter.source == MAILBOX:
            return self._mailbox_tier(unit)
        return self._named_tier(unit, letter, addressee)

    def _mailbox_tier(self, unit: str) -> str:
        words, places = self.rules["tiers"]["mailbox"], self.rules["places"]
        zone = re.search(_any(places["development_zone"]), unit)
        if zone or any(name in unit for name in places["shangluo_counties"]):
            return "county"
        if re.search(words["prefecture"], unit):
            return "prefecture"
        if "省" in unit[:4]:
            return "province"
        if re.search(words["county"], unit):
            return "county"
        return UNKNOWN if re.search(words["own"], unit) else "prefecture"

    def _named_tier(self, unit: str, letter: Letter, addressee: str) -> str:
        words = self.rules["tiers"]
        municipal = letter.province in self.rules["places"]["municipalities"]
        if municipal and re.search(words["municipal_county"], unit):
            return "county"
        if re.search(words["province"], unit) and not re.search(words["province_not"], unit):
            return "province"
        if re.search(words["county"], unit):
            return "county"
        if re.search(words["prefecture"], unit):
            return "prefecture"
        if not re.search(words["city"], unit):
            return self._local_tier(letter, addressee) or UNKNOWN
        known = any(city in unit for city in self.county_cities)
        if known or re.search(words["letter_county_city"], unit):
            return "county"
        own = self._local_tier(letter, addressee) == "county" and re.search(words["own_city"], unit)
        here = letter.title + letter.question
        city = letter.source == BOARD and letter.county.endswith("市")
        if own and (city or re.search(words["letter_county_own"], here)):
            return "county"
        return "prefecture"

    def _local_tier(self, letter: Letter, addressee: str) -> str:
        """Tier of the place that a message is about, for units named without one; may be empty."""
        if letter.source == BOARD:
            return "county" if addressee == "county" else ""
        for text in (letter.title, letter.title + letter.question + letter.answer):
            for tier in ("county", "prefecture"):
                if re.search(self.rules["tiers"][f"letter_{tier}"], text):
                    return tier
        return ""

    # ------------------------------------------------------------ who answers
    def kind(self, unit: str) -> str:
        """Kind of a unit from its name."""
        found = (kind for kind, words in self.rules["kind_by_name"] if re.search(words, unit))
        return next(found, UNKNOWN)

    def answering(self, letter: Letter) -> tuple[str, str]:
        """Kind and name of the unit in whose name the answer is given.

        Signature, replying agency of the mailbox, 'our bureau', the unit named first as dealing
        with the matter, in this order.
        """
        text = re.sub("[ \t\u3000\u200b]+", "", letter.answer.strip())
        for unit in (self._signature(text), self._agency(letter, text)):
            if unit:
                return self.kind(unit), unit
        selves = ("township_or_subdistrict", "utility_or_enterprise", "line_department")
        if spoken := self._speaks_as(text, selves):
            return spoken
        if self._only_forwards(text):
            return ("general_office", "我办") if "我办" in text else (UNKNOWN, "")
        if unit := self._lead(text, letter.source):
            return self.kind(unit), unit
        if spoken := self._speaks_as(text, ("other", "general_office", "territorial_government")):
            return spoken
        hit = re.search(self.rules["department_words"], text)
        return ("line_department", hit[0]) if hit else (UNKNOWN, "")

    def _signature(self, text: str) -> str:
        """Unit that signs, empty where none of a known kind does."""
        found = re.search(self.rules["signature_labels"] + r"([^\s，。；:：]{2,30})", text)
        if not found:
            signed = self.rules["signature"].replace("{suffix}", self.rules["unit_suffix"])
            parts = (text, *re.split(self.rules["signed_parts"], text))
            found = next((hit for part in parts if (hit := re.search(signed, part[-60:]))), None)
        unit = re.split(r"[，。！；：:]", found[1])[-1] if found else ""
        return unit if self.kind(unit) != UNKNOWN else ""

    def _agency(self, letter: Letter, text: str) -> str:
        """Agency that the mailbox names, empty where that is a clerk or types for a department."""
        name, rules = letter.agency, self.rules
        organisation = re.search(rules["organisation_suffix"], name)
        clerk = re.match(rules["no_agency"], name) and not organisation
        typed = self._types(name) and re.search(rules["self"]["line_department"], text)
        return "" if letter.source != MAILBOX or clerk or typed else name

    def _types(self, agency: str) -> bool:
        """Whether an agency is the office that types the mailbox's answers."""
        return bool(re.search(_any(self.rules["typing_office"]), agency))

    def _speaks_as(self, text: str, kinds: tuple[str, ...]) -> tuple[str, str] | None:
        hits = ((kind, re.search(self.rules["self"][kind], text)) for kind in kinds)
        return next(((kind, hit[0]) for kind, hit in hits if hit), None)

    def _only_forwards(self, text: str) -> bool:
        core = re.sub(self.rules["boilerplate"], "", text)
        short = len(core) <= self.rules["forwarded_only_length"]
        return short and bool(re.search("转|交办", core))

    def _lead(self, text: str, source: str) -> str:
        """Unit named first as dealing with the matter; empty where there is none."""
        body = re.sub(self.rules["greeting"], "", text)
        body = body if source == TIPDM else body[: self.rules["lead_window"]]
        unit = self.rules["unit"].replace("{suffix}", self.rules["unit_suffix"])
        patterns = (words.replace("{unit}", unit) for words in self.rules["lead"])
        hits = (hit for words in patterns for hit in re.finditer(words, body))
        named = [(hit.start(), unit) for hit in hits if (unit := self._led(hit, body))]
        return min(named)[1] if named else ""

    def _led(self, hit: re.Match[str], body: str) -> str:
        unit = next(group for group in hit.groups() if group)
        short = re.sub(self.rules["unit_before"], "", unit) or unit
        before = body[: hit.start() + hit[0].find(short)]
        told = re.search(f"(?:{self.rules['lead_not_after']})[一-龥、和]{{0,12}}$", before)
        unnamed = re.search(self.rules["unnamed_department"], short)
        kind = self.kind(short)
        reply = kind != "utility_or_enterprise" or re.search("回复|答复", hit[0])
        known = kind != UNKNOWN and len(short) > 1
        return short if known and reply and not told and not unnamed else ""

    # ------------------------------------------------------------ who acts, and what is said
    def acting(self, answer: str) -> tuple[set[str], bool, bool]:
        """Line departments that act, whether a township or below does, whether unnamed ones do."""
        text = re.sub(self.rules["handed_on"], "", self._without(answer, self.rules["drop_spans"]))
        after = f"(?:{self.rules['department_suffix']}|{self.rules['department_list']})"
        named = f"(?:{after}|(?:(?<=局)|(?<=办)|(?<=大队)))"
        lines: set[str] = set()
        township = unnamed = False
        for sentence in map(_tight, re.split(self.rules["sentence_end"], text)):
            sent_on = re.search(_any(self.rules["referral"]), sentence)
            if sent_on and not re.search(self.rules["referral_not"], sentence):
                continue
            if not re.search(self.rules["act"], sentence):
                continue
            unnamed |= bool(re.search(self.rules["unnamed_department"], sentence))
            clean = re.sub(self.rules["not_department"], "", sentence)
            stems = self.rules["departments"].items()
            lines |= {line for line, stem in stems if re.search(f"(?:{stem}){named}", clean)}
            clean = re.sub(self.rules["not_township"], "", sentence)
            township |= bool(re.search(_any(self.rules["township"]), clean))
        return lines, township, unnamed

    def remit(self, answer: str) -> str:
        """How an answer puts a limit of remit; empty where it names none."""
        rules = self.rules["outside_remit"]
        text = self._without(_tight(answer), self.rules["drop_spans"][:2])
        for kind in ("not_in_remit", "no_power", "other_body"):
            if re.search(rules[kind], text):
                return kind
        sentences = re.split(self.rules["sentence_end"], text)
        if any(
            re.search(rules["court"], s) and not re.search(self.rules["court_not"], s)
            for s in sentences
        ):
            return "court"
        core = re.sub(self.rules["boilerplate"], "", text)
        parts = re.split(self.rules["sentence_end"], core)
        rest = [part for part in parts if not re.search(rules["referral_only"], part)]
        short = len("".join(rest)) <= self.rules["referral_only_rest"]
        return "referral_only" if short and re.search(rules["referral_only"], core) else ""

    @staticmethod
    def _without(text: str, spans: list[str]) -> str:
        for span in spans:
            text = re.sub(span, "", text)
        return text

    def hazard(self, letter: Letter) -> str:
        """Hazard that a message is about; empty where it is about none."""
        question, title = _tight(letter.question), letter.title
        near = title + "。" + question[: self.rules["risk_window"]]
        twice = self.rules["risk_twice_anywhere"]
        for kind, words in self.rules["hazards"].items():
            there = title if kind in self.rules["hazards_weak"] else near
            if re.search(words, there) or (twice and len(re.findall(words, question)) > 1):
                return kind
        return ""

    def domain(self, letter: Letter) -> str:
        """Domain with the most words in title and beginning, the first of equals."""
        head = _tight(letter.question)[: self.rules["domain_window"]]
        weight = self.rules["domain_title_weight"]
        score = {
            name: weight * len(re.findall(words, letter.title)) + len(re.findall(words, head))
            for name, words in self.rules["domains"].items()
        }
        best = max(score, key=lambda name: score[name])
        return best if score[best] else "other"


_OF_ANSWERS = (
    *("answering_unit_kind", "answering_tier", "passed_down", "forwarded", "acting_township"),
    *("acting_departments", "several_departments", "acting_units", "departments_unnamed"),
    *("outside_remit", "outside_remit_kind", "answer_length"),
)


@dataclass(frozen=True)
class Recoded:
    """What coding one source again found.

    Attributes
    ----------
    rows
        Its rows as coded; None where its file is absent.
    same
        Whether they have the bytes of those in messages.csv.
    told
        What to say of it.
    """

    source: str
    rows: pd.DataFrame | None
    same: bool
    told: Text


_SAME = Text(
    "{source}: {n:,} messages coded, the same bytes as in {file}",
    "{source}：已编码 {n:,} 条留言，与 {file} 逐字节相同",
)
_OTHER = Text(
    "{source}: {n:,} messages coded, {k:,} rows differ from {file}, the first is {first}",
    "{source}：已编码 {n:,} 条留言，其中 {k:,} 行与 {file} 不同，首行为 {first}",
)
_ABSENT = Text(
    "{source}: skipped, the external data set {set} is absent; `grassroots data fetch {set}` "
    "downloads it",
    "{source}：已跳过，缺外部数据集 {set}；`grassroots data fetch {set}` 可下载",
)


def recode(root: Path, names: Sequence[str] = ()) -> Iterator[Recoded]:
    """Code the public files again and compare with messages.csv, source by source.

    Parameters
    ----------
    names
        Sources; all where none is named.

    Raises
    ------
    UserError
        No such source, or a file that is not the registered one.
    """
    rules = read_rules(root)
    unknown = [name for name in names if name not in rules["inputs"]]
    if unknown:
        known = ", ".join(rules["inputs"])
        raise UserError("no such source of messages", f"use one of: {known}", value=unknown[0])
    header, *shipped = (root / MESSAGES).read_text(encoding="utf-8").splitlines()
    for source in names or rules["inputs"]:
        described = rules["inputs"][source]
        found = load_external(root, described["set"])
        if found is None:
            yield Recoded(source, None, True, _ABSENT.filled(source=source, set=described["set"]))
            continue
        letters = read_letters(found.folder / described["file"], source, rules)
        rows = code_letters(letters, rules)
        lines = rows.to_csv(index=False, lineterminator="\n").splitlines()
        there = [line for line in shipped if line.startswith(f"{described['prefix']}-")]
        other = [new for new, old in zip_longest(lines, [header, *there]) if new != old]
        first = str(other[0]).partition(",")[0] if other else ""
        words = {"n": len(rows), "k": len(other), "file": MESSAGES.as_posix(), "first": first}
        told = (_OTHER if other else _SAME).filled(source=source, **words)
        yield Recoded(source, rows, not other, told)
