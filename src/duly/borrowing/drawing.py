"""Drawing from a line: part of it set aside, its contract made and signed with a one-time code, or given up."""

import datetime
import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.lines import new_reference, not_drawable, standing_on
from duly.borrowing.models import Contract, CreditLine, Drawdown, DrawdownEvent, Signature
from duly.borrowing.models.kept import BY_BORROWER, BY_DULY
from duly.borrowing.papers import LANGUAGES
from duly.borrowing.papers.contract import contract_paper
from duly.borrowing.products import lending_product
from duly.borrowing.quoting import Quote, contract_on, quote, quote_contract
from duly.borrowing.sealed import seal, unseal
from duly.engine.contract import parse_terms
from duly.engine.errors import InputError
from duly.people import codes, consents
from duly.people.models.codes import OneTimeCode

SIGN = "sign_contract"
PDF = "application/pdf"


def draw(
    line: CreditLine,
    amount: int,
    installments: int,
    method: str,
    *,
    key: str,
    at: datetime.datetime,
    on: datetime.date,
) -> Drawdown:
    """Set `amount` (minor units) of the line aside for a loan that waits for the borrower's signature.

    `key` names the request at its source: sent twice it draws once. The line's row is locked meanwhile, so that two
    drawdowns at the same instant never take more than there is. Raises InputError for what `quote` refuses.
    """
    with transaction.atomic():
        held = CreditLine.objects.select_for_update(of=("self",)).select_related("product", "borrower").get(pk=line.pk)
        there = Drawdown.objects.filter(key=key).first()
        if there is not None:
            return _same(there, held, amount, installments, method)
        found = quote(held, amount, installments, method, on)
        made = Drawdown.objects.create(
            reference=new_reference("D"),
            line=held,
            key=key,
            amount=amount,
            installments=installments,
            method=method,
            annual_rate=held.annual_rate,
            upfront_fee=found.upfront_fee,
            service_fee=found.service_fee,
            terms=lending_product(held.product, method, held.annual_rate),
            quoted_on=on,
            made_at=at,
        )
        move(made, Drawdown.State.DRAWN, at, BY_BORROWER)
        return made


def quote_of_drawdown(drawdown: Drawdown, on: datetime.date | None = None) -> Quote:
    """The figures of a drawdown as its contract has them; `on` another day, as if the money left then."""
    return quote_contract(
        contract_on(
            parse_terms(drawdown.terms.terms),
            drawdown.annual_rate,
            drawdown.amount,
            drawdown.installments,
            on or drawdown.quoted_on,
            drawdown.upfront_fee,
            drawdown.service_fee,
        )
    )


def make_contract(drawdown: Drawdown, language: str, at: datetime.datetime) -> Contract:
    """The contract in `language` (en, zh), made and kept sealed the first time it is asked for. Raises InputError."""
    if language not in LANGUAGES:
        raise InputError(f"there is no contract in {language!r}", "/language", f"use {' or '.join(LANGUAGES)}")
    there = drawdown.contracts.filter(language=language).select_related("file").first()
    if there is not None:
        return there
    if drawdown.state != Drawdown.State.DRAWN:
        raise InputError(
            gettext("This was not signed in that language."), "/language", gettext("Open the other language's.")
        )
    line = drawdown.line
    paper = contract_paper(
        drawdown.reference,
        line.reference,
        str(line.product),
        line.borrower.name or line.borrower.reference,
        line.borrower.id_number,
        quote_of_drawdown(drawdown),
        parse_line_terms(line.product.terms).return_days,
        language,
    )
    try:
        with transaction.atomic():
            file = seal(paper, PDF)
            return Contract.objects.create(
                drawdown=drawdown, language=language, sha256=file.sha256, file=file, made_at=at
            )
    except IntegrityError:
        # Asked for twice at the same instant: the first is the one that is kept.
        return drawdown.contracts.select_related("file").get(language=language)


def contract_document(drawdown: Drawdown, language: str) -> bytes:
    """The PDF of the contract: of what was signed, once it is, else made when first asked for. Raises InputError."""
    signature = Signature.objects.filter(drawdown=drawdown).select_related("contract__file").first()
    contract = signature.contract if signature else make_contract(drawdown, language, timezone.now())
    return unseal(contract.file)


def ask_to_sign(drawdown: Drawdown, language: str, at: datetime.datetime) -> Contract:
    """Send the borrower a one-time code for the contract in `language`. Raises InputError when it cannot be signed."""
    _check_signable(drawdown, timezone.localdate(at))
    borrower = drawdown.line.borrower
    for purpose in consents.missing_for(borrower, "drawdown"):
        raise InputError(
            gettext("Something has to be agreed to first."), f"/consents/{purpose}", gettext("Read it, and agree.")
        )
    contract = make_contract(drawdown, language, at)
    codes.send_code(borrower, SIGN, contract.sha256)
    return contract


def sign(drawdown: Drawdown, language: str, digits: str, at: datetime.datetime) -> Signature:
    """The borrower signs the contract in `language` with the code that was sent for its hash.

    Raises InputError when the code is wrong, or the contract is not what it was made for.
    """
    drawdown.refresh_from_db()
    signed = Signature.objects.filter(drawdown=drawdown).first()
    if signed is not None:
        return signed
    _check_signable(drawdown, timezone.localdate(at))
    contract = drawdown.contracts.select_related("file").filter(language=language).first()
    if contract is None or hashlib.sha256(unseal(contract.file)).hexdigest() != contract.sha256:
        raise InputError(gettext("There is no such contract to sign."), "/language", gettext("Open it first."))
    # Outside the transaction: a wrong code has to count, whatever becomes of the rest.
    borrower = drawdown.line.borrower
    signed_at = codes.use_code(borrower, SIGN, contract.sha256, digits)
    code = OneTimeCode.objects.get(borrower=borrower, purpose=SIGN, about=contract.sha256, used_at=signed_at)
    with transaction.atomic():
        held = _locked(drawdown)
        _check_signable(held, timezone.localdate(at))
        signature = Signature.objects.create(
            drawdown=held,
            contract=contract,
            sha256=contract.sha256,
            code=str(code.pk),
            channel=code.channel,
            signed_at=signed_at,
        )
        move(held, Drawdown.State.SIGNED, at, BY_BORROWER)
    drawdown.refresh_from_db()
    return signature


def give_up(drawdown: Drawdown, at: datetime.datetime, by: str = BY_BORROWER) -> None:
    """Not taken after all, while it is not signed: the line has the amount again. Raises InputError once it is."""
    with transaction.atomic():
        held = _locked(drawdown)
        if held.state != Drawdown.State.DRAWN:
            raise InputError(
                gettext("This has been signed."), "/drawdown", gettext("You may still withdraw once it is paid out.")
            )
        move(held, Drawdown.State.GIVEN_UP, at, by)
    drawdown.refresh_from_db()


def lapse_unsigned(at: datetime.datetime, on: datetime.date) -> int:
    """Let go of what was drawn before `on` and never signed: its dates are not right any more. Gives how many."""
    old = list(Drawdown.objects.filter(state=Drawdown.State.DRAWN, quoted_on__lt=on).values_list("pk", flat=True))
    with transaction.atomic():
        keys = list(
            Drawdown.objects.select_for_update()
            .filter(pk__in=old, state=Drawdown.State.DRAWN)
            .values_list("pk", flat=True)
        )
        Drawdown.objects.filter(pk__in=keys).update(state=Drawdown.State.LAPSED)
        DrawdownEvent.objects.bulk_create(
            DrawdownEvent(drawdown_id=key, state=Drawdown.State.LAPSED, at=at, by=BY_DULY) for key in keys
        )
    return len(keys)


def move(drawdown: Drawdown, state: str, at: datetime.datetime, by: str, why: str = "") -> None:
    """Bring a drawdown, whose row is locked, into `state`, and say so in its story."""
    drawdown.state = state
    drawdown.save()
    DrawdownEvent.objects.create(drawdown=drawdown, state=state, at=at, by=by, why=why[:200])


def _check_signable(drawdown: Drawdown, on: datetime.date) -> None:
    if drawdown.state != Drawdown.State.DRAWN:
        raise InputError(gettext("This cannot be signed any more."), "/drawdown", gettext("Draw again."))
    if on != drawdown.quoted_on:
        raise InputError(
            gettext("The figures of this contract were for another day."), "/drawdown", gettext("Draw again.")
        )
    refused = not_drawable(standing_on(drawdown.line, on))
    if refused is not None:
        raise refused


def _same(there: Drawdown, line: CreditLine, amount: int, installments: int, method: str) -> Drawdown:
    if (there.line_id, there.amount, there.installments, there.method) != (line.pk, amount, installments, method):
        raise InputError("this key drew something else before", "/key", "give each request a key of its own")
    return there


def _locked(drawdown: Drawdown) -> Drawdown:
    return Drawdown.objects.select_for_update(of=("self",)).select_related("line__product").get(pk=drawdown.pk)
