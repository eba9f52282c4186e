"""A set-up as in production: Django's own check finds nothing to say, and nothing goes over anything less than TLS."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    return os.environ | {
        "DULY_HOME": str(tmp_path),
        "DULY_DATABASE_URL": f"sqlite:///{tmp_path / 'book.sqlite3'}",
        "DULY_PUBLIC_URL": "https://loans.lender.example",
        "DULY_ALLOWED_HOSTS": "loans.lender.example",
        "DULY_PROXIES": "1",
        "DULY_STAFF_SECOND_FACTOR": "1",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "duly", "manage", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_django_s_check_for_deployment_is_clean(production):
    done = run(production, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_what_tls_needs_is_on_and_staff_need_a_second_factor(production):
    code = (
        "from django.conf import settings as s; "
        "print(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, "
        "s.DULY_STAFF_SECOND_FACTOR, not s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    )
    assert run(production, "shell", "--no-imports", "-c", code).stdout.split() == ["True"] * 6 + ["1"]


def test_keys_on_disk_are_their_owner_s_alone(production, tmp_path):
    run(production, "check")
    for name in ("secret_key", "field_keys", "index_keys"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
