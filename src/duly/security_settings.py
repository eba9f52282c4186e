"""Settings of sign-in, sessions, passwords and transport, in one place; duly.settings takes them in.

DULY_STAFF_SECOND_FACTOR   0 to let staff in by a password alone (default: 1; the demonstration switches it off)
DULY_SESSION_IDLE          seconds without a request after which somebody is signed out (default: 1800)
DULY_SESSION_ENDS          seconds after which everybody signs in anew (default: 43200)
DULY_PROXIES               how many reverse proxies stand before Duly (default: 0), each setting X-Forwarded-For, -Proto
"""

import importlib.util
import os
from urllib.parse import urlsplit

_public = urlsplit(os.environ.get("DULY_PUBLIC_URL", "http://127.0.0.1:8000"))
_over_tls = _public.scheme == "https"
_proxies = int(os.environ.get("DULY_PROXIES", "0"))

DULY_STAFF_SECOND_FACTOR = os.environ.get("DULY_STAFF_SECOND_FACTOR", "1") != "0"
DULY_SESSION_IDLE = int(os.environ.get("DULY_SESSION_IDLE", "1800"))
DULY_SESSION_ENDS = int(os.environ.get("DULY_SESSION_ENDS", "43200"))

# Transport: with an https address nothing goes over anything less.
SECURE_SSL_REDIRECT = _over_tls
SECURE_HSTS_SECONDS = 31_536_000 if _over_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _over_tls
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _over_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _proxies else None
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Sessions end with the browser, when idle, and after half a day; what is in them is encrypted.
SESSION_ENGINE = "duly.people.sign_in.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = DULY_SESSION_ENDS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
if importlib.util.find_spec("argon2"):
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.Argon2PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "book"
LOGOUT_REDIRECT_URL = "login"

# How often something was tried is counted in the database, so that every process counts the same.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "duly_cache",
        # Counters that somebody could flush by making many of them would count for nothing.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# allauth. What it calls a phone is a telephone number or an e-mail address (duly.people.sign_in.accounts).
ALLAUTH_TRUSTED_PROXY_COUNT = _proxies
ACCOUNT_ADAPTER = "duly.people.sign_in.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_FORMAT = ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
# A code may be tried five times: how many codes one address is sent says how long it takes to guess one.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,5/h/key,20/d/key",
    "verify_phone": "3/m/ip,1/30s/key,5/h/key,20/d/key",
}
MFA_ADAPTER = "duly.people.sign_in.accounts.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Duly"
# Browsers let passkeys be used on localhost without TLS, and nowhere else.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _over_tls
