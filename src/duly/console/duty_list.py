"""The list of duties: what is late and due first in one line, then one page of those that the address asks for."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext, pgettext

from duly.duties.services import DutyLine, State, answers_of, duties_on
from duly.screens.standing import Standing

PAGE_SIZE = 50
WEEK = datetime.timedelta(days=7)
OPEN = ""  # what the list shows unless the address says otherwise: late and due


@dataclass(frozen=True)
class Row:
    """One duty as the page shows it. `answer` is what was answered; `marked` whether somebody said so."""

    line: DutyLine
    standing: Standing
    title: str
    citation: str
    left: str
    answer: str
    may_mark: bool
    marked: bool


@dataclass(frozen=True)
class DutyList:
    """One page of duties, and how many there are of each state. `week` counts what is due within seven days."""

    state: str
    q: str
    rows: Sequence[Row]
    page: Page
    late: int
    week: int
    due: int
    done: int

    @property
    def query(self) -> str:
        """The filters as the query of an address."""
        return urlencode({name: value for name, value in (("state", self.state), ("q", self.q)) if value})


def read_filters(asked: QueryDict) -> tuple[str, str]:
    """The state and the search in an address. Raises ValueError for a state that there is not."""
    state = asked.get("state", "").strip()
    if state not in (OPEN, *State):
        raise ValueError(f"state={state[:100]}")
    return state, asked.get("q", "").strip()[:100]


def duty_list(
    state: str, q: str, page: str, now: datetime.datetime, language: str, seen: Collection[int] | None = None
) -> DutyList:
    """The duties that the filters leave at `now`, with titles in `language` (en, zh).

    `seen` holds the borrowers whose duties are shown, besides those that concern nobody; None: all of them.
    """
    lines = [
        line
        for line in duties_on(now)
        if seen is None or line.begun.borrower_id is None or line.begun.borrower_id in seen
    ]
    counts = {one: sum(line.state is one for line in lines) for one in State}
    wanted = (State.LATE, State.DUE) if state == OPEN else (State(state),)
    needle = q.casefold()
    found = [
        line
        for line in lines
        if line.state in wanted and (not needle or needle in f"{line.begun.borrower}\n{line.begun.subject}".casefold())
    ]
    if state == State.DONE:
        found.reverse()
    shown = Paginator(found, PAGE_SIZE).get_page(page)
    answers = answers_of(shown.object_list)
    return DutyList(
        state=state,
        q=q,
        rows=[_row(line, answers.get((line.begun.key, line.what), ""), now, language) for line in shown],
        page=shown,
        late=counts[State.LATE],
        week=sum(line.state is State.DUE and not line.is_window and line.due_at <= now + WEEK for line in lines),
        due=counts[State.DUE],
        done=counts[State.DONE],
    )


def _row(line: DutyLine, answer: str, now: datetime.datetime, language: str) -> Row:
    return Row(
        line=line,
        standing=_standing(line, now),
        title=line.rule.title[language],
        citation=line.rule.citation[language],
        left=_left(line, now),
        answer=answer,
        may_mark=line.state is not State.DONE and not line.is_window,
        marked=bool(line.done_by),
    )


def _standing(line: DutyLine, now: datetime.datetime) -> Standing:
    if line.state is State.LATE:
        return Standing("late", gettext("Late"))
    if line.state is State.DONE:
        if line.is_window:
            return Standing("still", gettext("Over"))
        late = line.done_at is not None and line.done_at >= line.due_at
        return Standing("good", gettext("Done, late") if late else gettext("Done"))
    if line.is_window:
        return Standing("still", gettext("Running"))
    return Standing("attention", pgettext("duty", "Due"))


def _left(line: DutyLine, now: datetime.datetime) -> str:
    """How long is left, or how late it is, in days; hours on the last day."""
    if line.state is State.DONE:
        return ""
    if line.state is State.LATE:
        late = (now - line.due_at) // datetime.timedelta(days=1)
        if not late:
            return gettext("less than a day late")
        return ngettext("%(days)s day late", "%(days)s days late", late) % {"days": late}
    days = line.days_left(now)
    if not days:
        hours = (line.due_at - now) // datetime.timedelta(hours=1)
        return ngettext("%(hours)s hour left", "%(hours)s hours left", hours) % {"hours": hours}
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
