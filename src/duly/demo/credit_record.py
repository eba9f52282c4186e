"""The demonstration lender's credit record: borrowers agree when they borrow; each month is reported on the fifth."""

import datetime

from django.conf import settings
from django.db.models import Min

from duly.bureau.models import Report
from duly.bureau.months import months_to
from duly.bureau.reading import CONSENT
from duly.bureau.reporting import report_month
from duly.close.models import Close
from duly.contact.local_time import lender_date, local_instant
from duly.people import consents
from duly.people.languages import language_of
from duly.people.models import Borrower, ConsentEvent, ConsentText

REPORTED_ON, AT = 5, datetime.time(12, 0)
MONTHS = 6  # reported when the lender is made
BATCH = 2000


def borrowers_agree() -> None:
    """Put on record that simulated borrowers agreed to be reported on the day of their first loan. Again is safe."""
    silent = Borrower.objects.exclude(consent_events__purpose=CONSENT).annotate(first=Min("loans__disbursed_on"))
    texts = {language: _kept(consents.text_of(CONSENT, language)) for language in ("en", "zh")}
    ConsentEvent.objects.bulk_create(
        (
            ConsentEvent(
                borrower_id=pk,
                purpose=CONSENT,
                given=True,
                text=texts[language_of(language)],
                at=local_instant(first, AT, ()),
                channel=ConsentEvent.Channel.IMPORT,
            )
            for pk, language, first in silent.filter(first__isnull=False).values_list("pk", "language", "first")
        ),
        batch_size=BATCH,
    )


def report_months(now: datetime.datetime) -> None:
    """Report each month whose fifth day after is past at `now`, from the last six on; files go to DULY_HOME/bureau."""
    today = lender_date(now)
    closed = set(Close.objects.values_list("business_date", flat=True))
    ended = months_to(today.replace(day=1) - datetime.timedelta(days=1), MONTHS)[::-1]
    for layout in settings.DULY_BUREAU:
        last = Report.objects.filter(layout=layout).order_by("-month").values_list("month", flat=True).first()
        for month in ended:
            at = local_instant(month + datetime.timedelta(days=REPORTED_ON), AT, ())
            if month in closed and at <= now and (last is None or month > last):
                report_month(month, layout, settings.HOME / "bureau", at)


def _kept(text: consents.Text) -> ConsentText:
    words = {"purpose": text.purpose, "version": text.version, "language": text.language}
    return ConsentText.objects.get_or_create(
        digest=text.digest, defaults={**words, "title": text.title, "text": text.text}
    )[0]
