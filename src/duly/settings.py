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
DULY_PUBLIC_URL      the address under which borrowers reach these pages, for links in messages
DULY_TIME_ZONE       the lender's own time zone
DULY_PACKS           comma-separated rule packs of the lender's country (base is always in force)
DULY_HOUSE_PACKS     comma-separated files: the lender's own stricter rule packs
"""

import os
from pathlib import Path

import dj_database_url

from duly.secrets_on_disk import field_keys, index_keys, secret_key

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
    "duly.contact",
    "duly.collection",
    "duly.duties",
    "duly.screens",
    "duly.console",
    "duly.portal",
    "duly.api",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "book"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
TIME_ZONE = os.environ.get("DULY_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DULY_OUTBOX

# What fails is told on standard error, whoever serves.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
