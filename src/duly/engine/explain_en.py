"""What an explanation says, in English."""

NAMES = {"principal": "principal", "interest": "interest", "penalty": "penalty", "fee": "fees"}
ROUNDING = {0: "rounded half to even", 1: "rounded half up", 2: "rounded up", 3: "rounded down"}

PIECE = "{base} × {rate} × {fraction} = {amount}"
ROUNDED = "{piece} ({rounding})"
TOTAL = "{pieces}; together {amount}"
BEFORE = "{formula}; with {amount} worked out earlier in the period"
COUNTED = "{formula}; less {amount} counted before"
CARRIED = "{formula}; with {amount} carried over from earlier periods"
REST = "{formula}; with the parts of a cent kept from earlier days"
CAPPED = "{formula}; {amount} is what the cap leaves"
AND = "; "
SPAN = "{start} to {end}"

SENTENCES = {
    "disbursed": "{amount} is paid out.",
    "drawn": "{amount} more is drawn down.",
    "interest_due": "Interest of installment {number}, due {due_on}, for {span}: {formula}.",
    "interest_due_plain": "Interest of installment {number}, due {due_on}, as the schedule has it: {amount}.",
    "interest_days": "Interest for {span}: {formula}.",
    "interest_plain": "Interest up to this day: {amount}.",
    "penalty": "Penalty on installment {number}, due {due_on}, for {span}: {formula}.",
    "penalty_plain": "Penalty up to this day: {amount}.",
    "fee_upfront": "Fee of {amount} taken at disbursement.",
    "fee_early": "Fee for paying early: {amount}.",
    "fee_settling": "Fees that settling the loan brings: {amount}.",
    "fee_late": "Late fee of {amount}: installment {number}, due {due_on}, is unpaid.",
    "fee_due": "Fee of installment {number} falls due on {due_on}: {amount}.",
    "fee_charged": "Fee charged: {amount}.",
    "fell_away": "{amount} of {name} is no longer asked for.",
    "carried": "{amount} of {name} is carried into the new schedule.",
    "brought": "{amount} of {name} becomes due with this.",
    "received": "Paid: {amount} goes to the {name} of installment {number}, due {due_on}.",
    "received_ahead": "Paid: {amount} goes to {name} not yet due.",
    "received_whole": "Paid: {amount} goes to {name}.",
    "withheld": "{amount} of {name} is kept back from what is paid out.",
    "received_settling": "Paid: {amount} goes to {name}; this settles the loan.",
    "moved": "The loan is cancelled: what was received as {name}, {amount}, counts as principal paid back.",
    "moved_in": "The loan is cancelled: {amount} received earlier counts as principal paid back.",
    "waived": "Waived: {amount} of the {name} of installment {number}, due {due_on}.",
    "waived_whole": "Waived: {amount} of {name}.",
    "waived_undone": "The loan is cancelled: the waiver of {amount} of {name} no longer counts.",
    "written_off": "Written off: {amount} of {name}.",
    "capitalised": "{amount} of {name} joins the principal.",
    "capitalised_in": "{amount} of {name} joins the principal.",
    "capitalised_undone": "The loan is cancelled: {amount} of {name} leaves the principal again.",
    "overpaid": "Paid beyond what is owed: {amount} is kept as credit.",
    "credit_used": "{amount} is taken from the credit balance.",
    "refunded": "{amount} of the credit balance is paid back.",
    "recovered": "{amount} recovered after the write-off.",
    "suspended": "Too long past due: {amount} of {name} does not count as earned for now.",
    "resumed": "{amount} of {name} counts as earned again, or was paid.",
    "to_come": "Still to come with installment {number}, due {due_on}: {amount} of {name}.",
    "to_come_ahead": "Still to come with installment {number}, due {due_on}: {amount} of {name} beyond what is earned.",
}
