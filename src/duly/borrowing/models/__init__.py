"""What borrowing keeps on record: products of lines, applications, decisions, lines, drawdowns, contracts."""

from duly.borrowing.models.applications import Answers as Answers
from duly.borrowing.models.applications import Application as Application
from duly.borrowing.models.applications import ApplicationEvent as ApplicationEvent
from duly.borrowing.models.applications import Document as Document
from duly.borrowing.models.decisions import Decision as Decision
from duly.borrowing.models.decisions import DecisionPapers as DecisionPapers
from duly.borrowing.models.drawdowns import Contract as Contract
from duly.borrowing.models.drawdowns import Drawdown as Drawdown
from duly.borrowing.models.drawdowns import DrawdownEvent as DrawdownEvent
from duly.borrowing.models.drawdowns import SettledLetter as SettledLetter
from duly.borrowing.models.drawdowns import Signature as Signature
from duly.borrowing.models.kept import KeptText as KeptText
from duly.borrowing.models.kept import SealedFile as SealedFile
from duly.borrowing.models.lines import CreditLine as CreditLine
from duly.borrowing.models.lines import LineEvent as LineEvent
from duly.borrowing.models.products import LineProduct as LineProduct
