"""The chart of accounts, and which two accounts each movement of a loan touches."""

# code, English, Chinese, kind
CHART = [
    ("1000", "Cash clearing", "资金清算", "asset"),
    ("1100", "Loans: principal", "贷款本金", "asset"),
    ("1200", "Interest receivable", "应收利息", "asset"),
    ("1300", "Penalty interest receivable", "应收罚息", "asset"),
    ("1400", "Fees receivable", "应收费用", "asset"),
    ("2100", "Borrowers' credit balances", "借款人溢缴款", "liability"),
    ("2200", "Interest received in advance", "预收利息", "liability"),
    ("4100", "Interest income", "利息收入", "income"),
    ("4200", "Penalty interest income", "罚息收入", "income"),
    ("4300", "Fee income", "费用收入", "income"),
    ("5100", "Waivers", "减免", "expense"),
    ("5200", "Write-offs", "核销损失", "expense"),
]

# movement (a running total of the fold) → (debit, credit) when it grows; the other way round when it shrinks
MOVEMENTS = {
    "disbursed": ("1100", "1000"),
    "interest_earned": ("1200", "4100"),
    "penalty_earned": ("1300", "4200"),
    "fee_earned": ("1400", "4300"),
    "principal_received": ("1000", "1100"),
    "interest_received": ("1000", "1200"),
    "penalty_received": ("1000", "1300"),
    "fee_received": ("1000", "1400"),
    "credit_balance": ("1000", "2100"),
    # Interest paid or waived before it was earned is owed back, not an asset below zero.
    "interest_in_advance": ("1200", "2200"),
    "interest_capitalised": ("1100", "1200"),
    "penalty_capitalised": ("1100", "1300"),
    "fee_capitalised": ("1100", "1400"),
    "principal_waived": ("5100", "1100"),
    "interest_waived": ("5100", "1200"),
    "penalty_waived": ("5100", "1300"),
    "fee_waived": ("5100", "1400"),
    # What comes after a write-off makes the loss smaller.
    "recovered": ("1000", "5200"),
    "principal_written_off": ("5200", "1100"),
    "interest_written_off": ("5200", "1200"),
    "penalty_written_off": ("5200", "1300"),
    "fee_written_off": ("5200", "1400"),
}
