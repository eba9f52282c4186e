"""Bank messages for tests, written as banks write them."""

import datetime


def statement(
    *entries: str, opening: str = "0.00", closing: str | None = None, version: str = "053.001.02", number: str = "S1",
    account: str = "NL77ABNA0574908765", currency: str = "CNY",
) -> bytes:  # fmt: skip
    """A camt.053 (or .054) message with one statement; without `closing` it has no balances."""
    root, one = ("BkToCstmrStmt", "Stmt") if version.startswith("053") else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    balances = "" if closing is None else balance("OPBD", opening, currency) + balance("CLBD", closing, currency)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}">'
        f"<{root}><GrpHdr><MsgId>M</MsgId></GrpHdr><{one}><Id>{number}</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>"
        f"{balances}{''.join(entries)}</{one}></{root}></Document>"
    ).encode()


def balance(code: str, amount: str, currency: str) -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount.lstrip('-')}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-02-05</Dt></Dt></Bal>"
    )


def entry(
    amount: str, reference: str = "", details: str = "", *, sign: str = "CRDT", status: str = "BOOK",
    reversal: str = "", on: datetime.date = datetime.date(2026, 2, 5), currency: str = "CNY", charges: str = "",
    new_status: bool = False,
) -> str:  # fmt: skip
    """One Ntry; `details` are its TxDtls."""
    said = f"<Cd>{status}</Cd>" if new_status else status
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
        + (f"<RvslInd>{reversal}</RvslInd>" if reversal else "")
        + f"<Sts>{said}</Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>"
        + (f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else "")
        + (f"<Chrgs><Rcrd><Amt Ccy='{currency}'>{charges}</Amt></Rcrd></Chrgs>" if charges else "")
        + (f"<NtryDtls>{details}</NtryDtls>" if details else "")
        + "</Ntry>"
    )


def part(
    amount: str = "", *, end_to_end: str = "NOTPROVIDED", text: str = "", structured: str = "", payer: str = "",
    account: str = "", reference: str = "", code: str = "", currency: str = "CNY", side: str = "Dbtr",
) -> str:  # fmt: skip
    """One TxDtls."""
    return (
        "<TxDtls><Refs>"
        + (f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else "")
        + f"<EndToEndId>{end_to_end}</EndToEndId></Refs>"
        + (f"<Amt Ccy='{currency}'>{amount}</Amt>" if amount else "")
        + f"<RltdPties><{side}><Pty><Nm>{payer}</Nm></Pty></{side}>"
        + (f"<{side}Acct><Id><IBAN>{account}</IBAN></Id></{side}Acct>" if account else "")
        + "</RltdPties><RmtInf>"
        + (f"<Ustrd>{text}</Ustrd>" if text else "")
        + (f"<Strd><CdtrRefInf><Ref>{structured}</Ref></CdtrRefInf></Strd>" if structured else "")
        + "</RmtInf>"
        + (f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf>" if code else "")
        + "</TxDtls>"
    )
