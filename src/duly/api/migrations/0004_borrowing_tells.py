"""Answers to applications and the states of drawdowns are told to webhooks too."""

from django.db import migrations

from duly.api.telling import Tell


class Migration(migrations.Migration):
    dependencies = [("api", "0003_rows_that_tell"), ("borrowing", "0001_initial")]
    operations = [
        Tell(
            "borrowing_decision",
            "application.decided",
            "SELECT borrower_id FROM borrowing_application WHERE id = new_row.application_id",
        ),
        Tell(
            "borrowing_drawdownevent",
            "drawdown.moved",
            "SELECT line.borrower_id FROM borrowing_drawdown AS drawdown "
            "JOIN borrowing_creditline AS line ON line.id = drawdown.line_id WHERE drawdown.id = new_row.drawdown_id",
        ),
    ]
