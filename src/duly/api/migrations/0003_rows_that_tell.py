"""What is added to the record is told to webhooks, in the same transaction."""

from django.db import migrations

from duly.api.telling import Tell

OF_LOAN = "SELECT borrower_id FROM lending_loan WHERE id = new_row.loan_id"


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_clients_and_webhooks"),
        ("lending", "0002_append_only"),
        ("payments", "0002_append_only"),
        ("close", "0002_append_only"),
        ("collection", "0002_append_only"),
        ("contact", "0003_the_log_is_chained"),
    ]
    operations = [
        Tell("lending_fact", "fact.recorded", OF_LOAN),
        Tell(
            "payments_incomingpayment",
            "payment.received",
            "SELECT loan.borrower_id FROM lending_fact AS fact JOIN lending_loan AS loan ON loan.id = fact.loan_id "
            "WHERE fact.id = new_row.fact_id",
        ),
        Tell("close_transition", "loan.standing_changed", OF_LOAN),
        Tell(
            "collection_caseevent",
            "case.changed",
            "SELECT borrower_id FROM collection_case WHERE id = new_row.case_id",
        ),
        Tell(
            "contact_message",
            "contact.sent",
            "SELECT borrower_id FROM contact_plannedcontact WHERE id = new_row.planned_id",
        ),
    ]
