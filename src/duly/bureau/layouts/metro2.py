"""Metro 2, the format of consumer credit reporting in the United States: every record and segment as a table of fields.

Positions and lengths are those of the Credit Reporting Resource Guide (CDIA), as the open reader and writer
github.com/moov-io/metro2 has them. Amounts are whole units of the currency, cents cut off.
"""

from duly.bureau.layouts.fields import Kind, Layout, layout, packed

T, N, D, S = Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.STAMP
RECORD, PACKED_RECORD = 426, 366

HEADER = layout(
    "Header record",
    ("record_descriptor_word", 4, N, "length of the record"),
    ("record_identifier", 6, T, "HEADER"),
    ("cycle_identifier", 2, T, "blank: the whole book is reported at each month's end"),
    ("innovis_program_identifier", 10, T, "blank until the bureau gives one"),
    ("equifax_program_identifier", 10, T, "blank until the bureau gives one"),
    ("experian_program_identifier", 5, T, "blank until the bureau gives one"),
    ("transunion_program_identifier", 10, T, "blank until the bureau gives one"),
    ("activity_date", 8, D, "last day of the month reported"),
    ("date_created", 8, D, "day on which the month was reported"),
    ("program_date", 8, D, "zero"),
    ("program_revision_date", 8, D, "zero"),
    ("reporter_name", 40, T, "DULY_LENDER"),
    ("reporter_address", 96, T, "DULY_LENDER_ADDRESS"),
    ("reporter_telephone_number", 10, N, "DULY_LENDER_PHONE, its last ten digits"),
    ("software_vendor_name", 40, T, "DULY"),
    ("software_version_number", 5, T, "version of Duly"),
    ("prbc_program_identifier", 10, T, "blank"),
    ("reserved", 146, T, "blank"),
)

BASE = layout(
    "Base segment",
    ("record_descriptor_word", 4, N, "length of the record with its segments"),
    ("processing_indicator", 1, N, "1"),
    ("time_stamp", 14, S, "instant of reporting (UTC)"),
    ("correction_indicator", 1, N, "1 when it replaces what was reported before, else 0"),
    ("identification_number", 20, T, "DULY_BUREAU_ID"),
    ("cycle_identifier", 2, T, "blank"),
    ("consumer_account_number", 30, T, "loan reference, without blanks and special characters"),
    ("portfolio_type", 1, T, "I: installment"),
    ("account_type", 2, T, "01: unsecured"),
    ("date_opened", 8, D, "day on which the loan was paid out"),
    ("credit_limit", 9, N, "zero for installment loans"),
    ("highest_credit", 9, N, "principal of the loan"),
    ("terms_duration", 3, T, "months from paying out to the last due date of the contract"),
    ("terms_frequency", 1, T, "M monthly, W weekly, B fortnightly, Q quarterly, Y yearly, P single payment"),
    ("scheduled_monthly_payment_amount", 9, N, "installment by the contract, next due where it has no level one"),
    ("actual_payment_amount", 9, N, "received within the month"),
    (
        "account_status",
        2,
        T,
        "11 current, 71 78 80 82 83 84 by days late, 97 charged off, 64 charged off and paid, 13 paid, DA delete",
    ),
    ("payment_rating", 1, T, "for status 13: how late the month before it was paid"),
    ("payment_history_profile", 24, T, "the 24 months before, newest first"),
    ("special_comment", 2, T, "blank"),
    ("compliance_condition_code", 2, T, "XB while an objection is looked into, XH in the month of its answer"),
    ("current_balance", 9, N, "principal left, and what has fallen due of interest, penalty and fees"),
    ("amount_past_due", 9, N, "all that fell due before and is unpaid, where 30 or more days late"),
    ("original_charge_off_amount", 9, N, "written off, for status 97 and 64"),
    ("date_account_information", 8, D, "last day of the month, or the day on which it was paid"),
    ("date_first_delinquency", 8, D, "30 days after the due date with which the present delinquency began"),
    ("date_closed", 8, D, "day on which it was paid in full"),
    ("date_last_payment", 8, D, "value date of the last payment that stands"),
    ("interest_type_indicator", 1, T, "F fixed"),
    ("reserved", 17, T, "blank"),
    ("surname", 25, T, "last word of the name"),
    ("first_name", 20, T, "first word of the name"),
    ("middle_name", 20, T, "what stands between"),
    ("generation_code", 1, T, "blank"),
    ("social_security_number", 9, N, "identity number, where it has nine digits"),
    ("date_birth", 8, D, "date of birth"),
    ("telephone_number", 10, N, "telephone number, its last ten digits"),
    ("ecoa_code", 1, T, "1: individual"),
    ("consumer_information_indicator", 2, T, "blank"),
    ("country_code", 2, T, "US where the address ends with a state and a zip code"),
    ("first_line_address", 32, T, "address"),
    ("second_line_address", 32, T, "address"),
    ("city", 20, T, "address"),
    ("state", 2, T, "address"),
    ("zip_code", 9, T, "address"),
    ("address_indicator", 1, T, "blank"),
    ("residence_code", 1, T, "blank"),
)

_PERSON = (
    ("surname", 25, T),
    ("first_name", 20, T),
    ("middle_name", 20, T),
    ("generation_code", 1, T),
    ("social_security_number", 9, N),
    ("date_birth", 8, D),
    ("telephone_number", 10, N),
    ("ecoa_code", 1, T),
    ("consumer_information_indicator", 2, T),
)
_ADDRESS = (
    ("first_line_address", 32, T),
    ("second_line_address", 32, T),
    ("city", 20, T),
    ("state", 2, T),
    ("zip_code", 9, T),
)

# Segments that may follow a base segment. Loans to one person by the lender itself need none of them; a file of
# somebody else's is read with them all.
SEGMENTS = {
    "J1": layout(
        "J1: associated consumer, same address",
        ("segment_identifier", 2, T, "J1"),
        ("reserved", 1, T),
        *_PERSON,
        ("reserved_end", 1, T),
    ),
    "J2": layout(
        "J2: associated consumer, another address",
        ("segment_identifier", 2, T, "J2"),
        ("reserved", 1, T),
        *_PERSON,
        ("country_code", 2, T),
        *_ADDRESS,
        ("address_indicator", 1, T),
        ("residence_code", 1, T),
        ("reserved_end", 2, T),
    ),
    "K1": layout(
        "K1: original creditor",
        ("segment_identifier", 2, T, "K1"),
        ("original_creditor_name", 30, T),
        ("creditor_classification", 2, N),
    ),
    "K2": layout(
        "K2: purchased from, sold to",
        ("segment_identifier", 2, T, "K2"),
        ("purchased_indicator", 1, N),
        ("purchased_name", 30, T),
        ("reserved_end", 1, T),
    ),
    "K3": layout(
        "K3: mortgage information",
        ("segment_identifier", 2, T, "K3"),
        ("agency_identifier", 2, N),
        ("account_number", 18, T),
        ("mortgage_identification_number", 18, T),
    ),
    "K4": layout(
        "K4: specialised payment information",
        ("segment_identifier", 2, T, "K4"),
        ("specialized_payment_indicator", 2, N),
        ("deferred_payment_start_date", 8, D),
        ("balloon_payment_due_date", 8, D),
        ("balloon_payment_amount", 9, N),
        ("reserved_end", 1, T),
    ),
    "L1": layout(
        "L1: change of numbers",
        ("segment_identifier", 2, T, "L1"),
        ("change_indicator", 1, N),
        ("new_consumer_account_number", 30, T),
        ("new_identification_number", 20, T),
        ("reserved_end", 1, T),
    ),
    "N1": layout(
        "N1: employment",
        ("segment_identifier", 2, T, "N1"),
        ("employer_name", 30, T),
        ("first_line_employer_address", 32, T),
        ("second_line_employer_address", 32, T),
        ("employer_city", 20, T),
        ("employer_state", 2, T),
        ("zip_code", 9, T),
        ("occupation", 18, T),
        ("reserved_end", 1, T),
    ),
}

# Account statuses that the trailer counts, in its order.
COUNTED_STATUSES = (
    "DA", "05", "11", "13", "61", "62", "63", "64", "65", "71", "78", "80", "82", "83", "84", "88", "89", "93", "94",
    "95", "96", "97",
)  # fmt: skip
_COUNTED_SEGMENTS = (
    "employment_segments",
    "original_creditor_segments",
    "purchased_to_segments",
    "mortgage_information_segments",
    "payment_information_segments",
    "change_segments",
)
_COUNTED_PEOPLE = (
    *(
        f"{what}_{where}_segments"
        for what in ("social_numbers", "dates_birth")
        for where in ("all", "base", "j1", "j2")
    ),
    "telephone_numbers_all_segments",
)

TRAILER = layout(
    "Trailer record",
    ("record_descriptor_word", 4, N, "length of the record"),
    ("record_identifier", 7, T, "TRAILER"),
    ("total_base_records", 9, N, "base segments"),
    ("reserved", 9, T, "blank"),
    ("total_status_code_df", 9, N, "of account status DF"),
    ("total_consumer_segments_j1", 9, N, "J1 segments"),
    ("total_consumer_segments_j2", 9, N, "J2 segments"),
    ("block_count", 9, N, "records of the file, header and trailer too"),
    *((f"total_status_code_{code.lower()}", 9, N, f"of account status {code}") for code in COUNTED_STATUSES),
    ("total_ecoa_code_z", 9, N, "of ECOA code Z, in all segments"),
    *((f"total_{name}", 9, N, name.replace("_", " ")) for name in (*_COUNTED_SEGMENTS, *_COUNTED_PEOPLE)),
    ("reserved_end", 19, T, "blank"),
)

PACKED_HEADER: Layout = packed(
    Layout(HEADER.name, HEADER.length - 146, HEADER.fields[:-1]),
    "Header record, packed",
    PACKED_RECORD,
    {Kind.DATE: 8},
)
PACKED_BASE: Layout = packed(BASE, "Base segment, packed", PACKED_RECORD)
PACKED_TRAILER: Layout = packed(
    Layout(TRAILER.name, TRAILER.length - 19, TRAILER.fields[:-1]), "Trailer record, packed", PACKED_RECORD
)
