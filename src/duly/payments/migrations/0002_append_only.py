"""What came, what was ordered and what the bank said are only ever added to."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        AppendOnly(["payments_incomingpayment"], "record what became of it as an outcome"),
        AppendOnly(["payments_outcome"], "record the opposite outcome"),
        AppendOnly(["payments_paymentorder"], "open another order"),
        AppendOnly(["payments_walletnotice"], "it is what the wallet said"),
        AppendOnly(["payments_outgoingevent"], "record the next step"),
        AppendOnly(
            ["payments_statementfile", "payments_bankstatement", "payments_bankentry"], "it is what the bank said"
        ),
        AppendOnly(["payments_entryexplanation"], "it is what was said then"),
    ]
