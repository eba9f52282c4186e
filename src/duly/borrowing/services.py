"""What borrowing does, named in one place: from an application to a loan paid out, withdrawn from, or settled."""

import datetime

from duly.borrowing.applying import ask_for_review as ask_for_review
from duly.borrowing.applying import begin_application as begin_application
from duly.borrowing.applying import decide_waiting as decide_waiting
from duly.borrowing.applying import expire_applications as expire_applications
from duly.borrowing.applying import save_answers as save_answers
from duly.borrowing.applying import still_missing as still_missing
from duly.borrowing.applying import submit as submit
from duly.borrowing.applying import withdraw_application as withdraw_application
from duly.borrowing.by_hand import Verdict as Verdict
from duly.borrowing.by_hand import decide_by_hand as decide_by_hand
from duly.borrowing.by_hand import put_back as put_back
from duly.borrowing.by_hand import take as take
from duly.borrowing.deciding import replay as replay
from duly.borrowing.deciding import replays as replays
from duly.borrowing.documents import add_document as add_document
from duly.borrowing.documents import read_document as read_document
from duly.borrowing.documents import remove_document as remove_document
from duly.borrowing.drawing import ask_to_sign as ask_to_sign
from duly.borrowing.drawing import contract_document as contract_document
from duly.borrowing.drawing import draw as draw
from duly.borrowing.drawing import give_up as give_up
from duly.borrowing.drawing import lapse_unsigned as lapse_unsigned
from duly.borrowing.drawing import sign as sign
from duly.borrowing.lines import change_limit as change_limit
from duly.borrowing.lines import close_line as close_line
from duly.borrowing.lines import freeze as freeze
from duly.borrowing.lines import left_of as left_of
from duly.borrowing.lines import open_line as open_line
from duly.borrowing.lines import standing_on as standing_on
from duly.borrowing.lines import thaw as thaw
from duly.borrowing.papers.settled import settled_letter as settled_letter
from duly.borrowing.paying_out import disburse as disburse
from duly.borrowing.paying_out import disburse_signed as disburse_signed
from duly.borrowing.paying_out import retry as retry
from duly.borrowing.products import propose_version as propose_version
from duly.borrowing.quoting import compare as compare
from duly.borrowing.quoting import quote as quote
from duly.borrowing.quoting import quote_of as quote_of
from duly.borrowing.withdrawing import complete_withdrawals as complete_withdrawals
from duly.borrowing.withdrawing import withdraw as withdraw
from duly.borrowing.withdrawing import withdraw_until as withdraw_until


def go_on(at: datetime.datetime, on: datetime.date) -> dict[str, int]:
    """What goes on by itself, safe to run again: decisions, expiry, money out, withdrawals; how many of each."""
    return {
        "decided": decide_waiting(at, on),
        "expired": expire_applications(at, on),
        "lapsed": lapse_unsigned(at, on),
        "paid_out": disburse_signed(at, on),
        "withdrawn": complete_withdrawals(at, on),
    }
