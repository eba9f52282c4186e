"""What a usual product says and a usual applicant answers; the number is the example of GB 11643-1999, nobody's."""

from typing import Any

TERMS = {
    "currency": "CNY",
    "amount": {"least": "500.00", "most": "50000.00", "step": "100.00"},
    "installments": [3, 6, 12],
    "methods": ["equal_installment", "equal_principal"],
    "fees": {"upfront_rate": "0.005", "service_rate": "0.01"},
    "contract": {"cooling_off_days": 3, "penalty": {"grace_days": 3}},
    "one_person_limit": "20000.00",
}
IDENTITY = {
    "name": "Borrower 12",
    "id_number": "11010519491231002X",
    "birth_date": "1949-12-31",
    "phone": "+86 138 0000 0000",
    "address": "1 Example Road",
    "is_student": False,
}
INCOME = {
    "employment": "retired",
    "monthly_income": "12000",
    "monthly_spending": "4000",
    "monthly_debt_payments": "0",
    "total_debt": "0",
}
PURPOSE = {"purpose": "household", "requested_amount": "5000.00", "requested_installments": "6"}
CONSENTS = {"credit_check": True, "data_use": True}
ANSWERS: dict[str, dict[str, Any]] = {
    "identity": IDENTITY,
    "income": INCOME,
    "purpose": PURPOSE,
    "consents": CONSENTS,
}
