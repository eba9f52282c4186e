"""Django settings, all read from the environment; the defaults run a single machine on SQLite.

DULY_HOME            folder of the book, the outbox and the secret key (default: ./var)
DULY_DATABASE_URL    sqlite:///path or postgresql://user:password@host/name (default: sqlite in DULY_HOME)
DULY_SECRET_KEY      signing key; made and kept in DULY_HOME on first use when absent
DULY_FIELD_KEYS      comma-separated keys for personal data, newest first; made like the secret key when absent
DULY_INDEX_KEYS      comma-separated keys that personal data is found by, newest first; made like the secret key
DULY_PHONE_REGION    the country of telephone numbers without a country code, as CN
DULY_DEBUG           1 to show error pages with their cause
DULY_ALLOWED_HOSTS   comma-separated host names served
DULY_LENDER          the lender's name, as borrowers know it
DULY_LENDER_PHONE, DULY_LENDER_EMAIL, DULY_LENDER_ADDRESS    how borrowers reach the lender
DULY_PUBLIC_URL      the address under which borrowers reach these pages, for links in messages; https:// turns on
                     all that goes with it (duly.security_settings, which has further settings)
DULY_TIME_ZONE       the lender's own time zone
DULY_SMS_URL         an Apprise address by which text messages leave, {to} standing for the number (default: the outbox)
DULY_SMS_SECRET      what the gateway signs its events with (whsec_…, Standard Webhooks); none: no events are taken
DULY_SMTP_URL        smtp://user:password@host:25, or smtps:// or smtp+tls:// (default: e-mail goes to the outbox)
DULY_MAIL_JOURNAL, DULY_MAIL_JOURNAL_ADDRESS    a Maildir and its address: a copy of each message goes there, which
                     proves after a kill that the mail server took it (default: none)
DULY_MAIL_FROM       the sender of e-mail (default: the lender's e-mail address)
DULY_PACKS           comma-separated rule packs of the lender's country (base is always in force)
DULY_HOUSE_PACKS     comma-separated files: the lender's own stricter rule packs
DULY_POLICY          file of the credit policy (default: the starter policy that comes with Duly)
DULY_SCORECARD       file of the scorecard that the policy names (default: the one of that name that comes with Duly)
DULY_LEGAL_ANSWER_DAYS    days in which the legal department answers a question (default: 5)
DULY_CHECKS          comma-separated functions (module.name) that find out about an applicant, each giving fields
DULY_API_RATE        requests a minute that a client of the API may make, unless it has a rate of its own
DULY_WEBHOOKS_INSIDE 1 to let webhooks go to addresses inside the lender's own network, and without TLS
DULY_WALLET_APP_ID, DULY_WALLET_SELLER_ID    the lender's application and seller at the wallet (Alipay's protocol)
DULY_WALLET_PRIVATE_KEY_FILE, DULY_WALLET_PUBLIC_KEY_FILE    our key, by which requests are signed; the wallet's own
DULY_WALLET_GATEWAY  where requests to the wallet go
DULY_WALLET_DEMONSTRATION    1 for a wallet of our own to try payments with, in which no money moves
DULY_OUT_PORT        how money leaves: file (payment files in DULY_HOME/payments) or wallet
DULY_BUREAU          comma-separated layouts in which months are reported to credit bureaus: cn, metro2
DULY_BUREAU_ID       the lender's number with the credit bureau
DULY_BASE_CURRENCY   the currency in which amounts of several currencies are compared (default: CNY)
DULY_EXCHANGE_RATES  comma-separated units of the base currency for one unit of another, as USD=7.1,NGN=0.0047
DULY_EXPERIMENT      the experiment that draws the playbook of new cases (default: none, the standard playbook)
DULY_CREDITOR_NAME, DULY_CREDITOR_ACCOUNT, DULY_CREDITOR_BANK, DULY_CREDITOR_ID    the lender in payment files
"""

import os
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url

from duly.secrets_on_disk import field_keys, index_keys, secret_key
from duly.security_settings import *  # noqa: F403

HOME = Path(os.environ.get("DULY_HOME", "var")).resolve()

SECRET_KEY = os.environ.get("DULY_SECRET_KEY") or secret_key(HOME)
DULY_FIELD_KEYS = [key for key in os.environ.get("DULY_FIELD_KEYS", "").split(",") if key] or field_keys(HOME)
DULY_INDEX_KEYS = [key for key in os.environ.get("DULY_INDEX_KEYS", "").split(",") if key] or index_keys(HOME)
DULY_PHONE_REGION = os.environ.get("DULY_PHONE_REGION", "CN")
DEBUG = os.environ.get("DULY_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("DULY_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

DULY_LENDER = os.environ.get("DULY_LENDER", "Duly Demonstration Lender")
DULY_LENDER_PHONE = os.environ.get("DULY_LENDER_PHONE", "+86 10 0000 0000")
DULY_LENDER_EMAIL = os.environ.get("DULY_LENDER_EMAIL", "service@lender.example")
DULY_LENDER_ADDRESS = os.environ.get("DULY_LENDER_ADDRESS", "1 Example Road, Beijing")
DULY_PUBLIC_URL = os.environ.get("DULY_PUBLIC_URL", "http://127.0.0.1:8000")
DULY_PACKS = [pack for pack in os.environ.get("DULY_PACKS", "cn").split(",") if pack]
DULY_HOUSE_PACKS = [path for path in os.environ.get("DULY_HOUSE_PACKS", "").split(",") if path]
DULY_OUTBOX = HOME / "outbox"
DULY_SEALED = HOME / "sealed"
DULY_POLICY = os.environ.get("DULY_POLICY", "")
DULY_SCORECARD = os.environ.get("DULY_SCORECARD", "")
DULY_PLAN_POLICY = os.environ.get("DULY_PLAN_POLICY", "")
DULY_LEGAL_ANSWER_DAYS = int(os.environ.get("DULY_LEGAL_ANSWER_DAYS", "5"))
DULY_CHECKS = [name for name in os.environ.get("DULY_CHECKS", "").split(",") if name]
DULY_WALLET_APP_ID = os.environ.get("DULY_WALLET_APP_ID", "")
DULY_WALLET_SELLER_ID = os.environ.get("DULY_WALLET_SELLER_ID", "")
DULY_WALLET_PRIVATE_KEY_FILE = os.environ.get("DULY_WALLET_PRIVATE_KEY_FILE", "")
DULY_WALLET_PUBLIC_KEY_FILE = os.environ.get("DULY_WALLET_PUBLIC_KEY_FILE", "")
DULY_WALLET_GATEWAY = os.environ.get("DULY_WALLET_GATEWAY", "https://openapi.alipay.com/gateway.do")
DULY_WALLET_DEMONSTRATION = os.environ.get("DULY_WALLET_DEMONSTRATION") == "1"
DULY_PAYMENT_FILES = HOME / "payments"
DULY_OUT_PORT = os.environ.get("DULY_OUT_PORT", "file")
DULY_CREDITOR_NAME = os.environ.get("DULY_CREDITOR_NAME", DULY_LENDER)
DULY_CREDITOR_ACCOUNT = os.environ.get("DULY_CREDITOR_ACCOUNT", "")
DULY_CREDITOR_BANK = os.environ.get("DULY_CREDITOR_BANK", "")
DULY_CREDITOR_ID = os.environ.get("DULY_CREDITOR_ID", "")
DULY_BUREAU = [layout for layout in os.environ.get("DULY_BUREAU", "cn").split(",") if layout]
DULY_BUREAU_ID = os.environ.get("DULY_BUREAU_ID", "")
DULY_BASE_CURRENCY = os.environ.get("DULY_BASE_CURRENCY", "CNY")
# Currency → millionths of the base currency's unit.
DULY_EXCHANGE_RATES = {
    code.strip(): int(Decimal(rate) * 1_000_000)
    for code, rate in (one.split("=") for one in os.environ.get("DULY_EXCHANGE_RATES", "").split(",") if one)
}
DULY_EXPERIMENT = os.environ.get("DULY_EXPERIMENT", "")
# First day past due of each bucket; a lender may draw its own.
DULY_BUCKETS = [1, 31, 61, 91, 181]

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "duly.people",
    "duly.lending",
    "duly.ledger",
    "duly.payments",
    "duly.borrowing",
    "duly.close",
    "duly.agencies",
    "duly.identity",
    "duly.contact",
    "duly.collection",
    "duly.collection.plans",
    "duly.collection.promises",
    "duly.collection.hardship",
    "duly.collection.complaints",
    "duly.collection.talk",
    "duly.collection.placement",
    "duly.collection.legal",
    "duly.duties",
    "duly.bureau",
    "duly.screens",
    "duly.console",
    "duly.portal",
    "duly.desk",
    "oauth2_provider",
    "duly.api",
    "ninja",
    # After our own rooms, whose templates come first.
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "duly.people.sign_in.middleware.PageHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "duly.people.sign_in.sessions.SessionsEnd",
    "duly.people.sign_in.middleware.Doors",
    "duly.people.sign_in.middleware.SecondFactor",
    "duly.people.sign_in.middleware.AskedTooOften",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "duly.urls"
WSGI_APPLICATION = "duly.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASE_URL = os.environ.get("DULY_DATABASE_URL") or f"sqlite:///{HOME / 'book.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    # A file, not memory: the close and the import read and write through connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
TIME_ZONE = os.environ.get("DULY_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DULY_SMS_URL = os.environ.get("DULY_SMS_URL", "")
DULY_SMS_SECRET = os.environ.get("DULY_SMS_SECRET", "")
EMAIL_FILE_PATH = DULY_OUTBOX
DEFAULT_FROM_EMAIL = os.environ.get("DULY_MAIL_FROM", DULY_LENDER_EMAIL)
DULY_SMTP_URL = os.environ.get("DULY_SMTP_URL", "")
DULY_MAIL_JOURNAL = os.environ.get("DULY_MAIL_JOURNAL", "")
DULY_MAIL_JOURNAL_ADDRESS = os.environ.get("DULY_MAIL_JOURNAL_ADDRESS", "")
if DULY_SMTP_URL:
    server = urlsplit(DULY_SMTP_URL)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = server.hostname or "localhost", server.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(server.username or ""), unquote(server.password or "")
    EMAIL_USE_SSL, EMAIL_USE_TLS = server.scheme == "smtps", server.scheme == "smtp+tls"
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

# What fails is told on standard error, whoever serves.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}

# Programs sign in as clients of the API. Tokens last an hour and are kept as hashes.
OAUTH2_PROVIDER_APPLICATION_MODEL = "api.Client"
OAUTH2_PROVIDER = {
    "SCOPES_BACKEND_CLASS": "duly.api.scopes.ScopesOfClient",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    # What Duly does not use stays shut: RFC 9700, the best current practice.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}
# Requests a minute of a client, in each server process, unless it has a rate of its own.
DULY_API_RATE = int(os.environ.get("DULY_API_RATE", "600"))
# Whether webhooks may go to addresses inside the lender's own network, and without TLS.
DULY_WEBHOOKS_INSIDE = os.environ.get("DULY_WEBHOOKS_INSIDE") == "1"
# A bulk of 10,000 payments fits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20
