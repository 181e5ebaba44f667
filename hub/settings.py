"""All settings; every value that differs between places comes from a checked environment reader."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from kombu import Queue

from hub.console.theme import unfold
from hub.environment import Environment, own_secret
from hub.runtime.logs import logging_config

# lets typed code name its generics (ModelForm[Post]) while running
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"

env = Environment(ROOT / ".env")

DEBUG = env.flag("DEBUG", default=False)
# The embedded default makes a key for this machine alone; production names both.
NAMED_SECRET_KEY = env.text("SECRET_KEY", default="")
SECRET_KEY = NAMED_SECRET_KEY or own_secret(VAR / "secret_key")
NAMED_CREDENTIAL_KEYS = env.words("CREDENTIAL_KEYS")
CREDENTIAL_KEYS = NAMED_CREDENTIAL_KEYS or [
    base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()
]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# where the web server listens
HOST = env.text("HOST", default="127.0.0.1")
PORT = env.count("PORT", default=8000, least=1)
WEB_THREADS = env.count("WEB_THREADS", default=8, least=1)
# the public address of the site, for feeds, sitemaps and what networks are told
SITE_URL = env.address("SITE_URL", default=f"http://127.0.0.1:{PORT}")
BRAND_NAME = env.text("BRAND_NAME", default="Backbeat")
# how long a process may answer with kept pages before it asks whether something changed
SITE_VERSION_SECONDS = env.seconds("SITE_VERSION_SECONDS", default=0.1, least=0.0)
# whether a post needs the approval of somebody who neither wrote it nor sent it in
FOUR_EYES = env.flag("FOUR_EYES", default=True)
# the WebSub hub that feeds name, for readers who want to be told of news at once
WEBSUB_HUB = env.text("WEBSUB_HUB", default="")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "taggit",
    "content.audit",
    "content.catalogue",
    "content.media",
    "content.editorial",
    "spokes.channels",
    "spokes.audiences",
    "spokes.site",
    "hub.delivery",
    "hub.alerts",
    "hub.schedule",
    "hub.people",
    "hub.preview",
    "hub.demo",
    "hub.console",
    "hub.runtime",
]

MIDDLEWARE = [
    "hub.runtime.middleware.request_log",
    "spokes.site.front.front",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hub.console.middleware.console_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "hub.people.middleware.console_language",
    "hub.people.middleware.two_factor",
    "hub.people.middleware.last_seen",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
ASGI_APPLICATION = "hub.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hub.people.context.console",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------

SQLITE_OPTIONS = {
    # every atomic block takes the write lock at its start: no dead end on upgrade
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: an intent that was committed survives a power cut
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;",
}

POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    # a database that the network has lost is given up after 20 to 25 s, not after hours
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # and what a process that was lost had locked, the others may have after a minute, a lease
    "options": "-c idle_in_transaction_session_timeout=60s",
}


def _database() -> dict[str, Any]:
    config = env.database("DATABASE_URL", default=f"sqlite:///{VAR / 'backbeat.sqlite3'}")
    if config["ENGINE"].endswith("sqlite3"):
        # a file, as in the real thing: threads of a test lock each other out as processes do
        config["TEST"] = {"NAME": str(VAR / f"test-{os.getpid()}.sqlite3")}
        config["OPTIONS"] = {**SQLITE_OPTIONS, **config.get("OPTIONS", {})}
    else:
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {**POSTGRES_OPTIONS, **config.get("OPTIONS", {})}
        if not str(config["OPTIONS"]["options"]).strip():
            # a pooler may not take any
            del config["OPTIONS"]["options"]
    # opening costs more than a page asks of it, on both databases
    config["CONN_MAX_AGE"] = env.count("CONN_MAX_AGE", default=60)
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    # by username or e-mail
    "hub.people.backends.PeopleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "hub.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
# a manager gives the address; nobody signs up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {"login": "hub.people.forms.SignInForm"}
# signing in anew before what is dangerous, unless it was within a quarter of an hour
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# wrong passwords are counted by axes, in the database; this is for the second factor
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/5m/key"}
MFA_ADAPTER = "hub.people.adapters.MFAAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_ADAPTER = "hub.people.adapters.UserSessionsAdapter"
# names of groups whose people must have a second factor; "everyone" is all
REQUIRE_TWO_FACTOR = env.words("REQUIRE_TWO_FACTOR")
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "hub.people.sign_ins.lockout_name"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"

# tries are counted for all processes: in the database, unless a shared cache is named
CACHES = {"default": env.cache("CACHE_URL", table="people_cacheentry")}

NAMED_EMAIL_URL = env.text("EMAIL_URL", default="")
_mail = env.mail("EMAIL_URL", default="console://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", default=f"backbeat@{urlsplit(SITE_URL).hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# tells people of changes to their account
ACCOUNT_EMAIL_NOTIFICATIONS = bool(NAMED_EMAIL_URL)

UNFOLD = unfold()

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [ROOT / "hub" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- files ------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS: list[Path] = []
MEDIA_URL = "media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=VAR / "media")
# off where a web server or a CDN in front serves MEDIA_ROOT
SERVE_MEDIA = env.flag("SERVE_MEDIA", default=True)
MAX_UPLOAD_BYTES = env.count("MAX_UPLOAD_BYTES", default=15_000_000, least=1)
MAX_UPLOAD_PIXELS = env.count("MAX_UPLOAD_PIXELS", default=60_000_000, least=1)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- genres -----------------------------------------------------------------------------------

# a name that is understood less surely than this waits for a person, in percent
GENRE_CONFIDENCE = env.count("GENRE_CONFIDENCE_PERCENT", default=85) / 100

# --- jobs -------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", default="memory://")


def _transport_options(broker: str) -> dict[str, Any]:
    if broker.startswith("memory"):
        return {"polling_interval": 0.05}
    if broker.startswith("redis"):
        # a silent broker is noticed in seconds, not when the kernel gives the socket up; who gives
        # a hint tries once, for it may be lost (workers come back for as long as it takes)
        return {
            "max_retries": 0,
            "socket_connect_timeout": 5,
            "socket_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
        }
    return {}


CELERY_BROKER_TRANSPORT_OPTIONS = _transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue(name) for name in ("publish", "media", "reconcile", "default")]
CELERY_TASK_ROUTES = {"hub.delivery.tasks.send_channel": {"queue": "publish"}}
# in memory, from TICKS: beat keeps nothing that a restart could lose or repeat
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULER = "hub.runtime.beat:TickScheduler"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"

# every worker ticks by itself beside beat; off only to prove that either is enough
TICKER = env.flag("TICKER", default=True)
# seconds between two looks at what is due
TICKER_INTERVAL = env.seconds("TICKER_INTERVAL", default=1.0, least=0.05)
# seconds without a tick after which a worker leaves, for a fresh one to take its place
TICKER_PATIENCE = env.seconds("TICKER_PATIENCE", default=60.0, least=1.0)
BEAT = env.flag("BEAT", default=True)

# --- what networks may be asked ---------------------------------------------------------------

# deliveries to private addresses (this machine, the office) are refused unless this is set
ALLOW_PRIVATE_ADDRESSES = env.flag("ALLOW_PRIVATE_ADDRESSES", default=False)

# --- safety -----------------------------------------------------------------------------------

# a proxy in front speaks TLS and says so in X-Forwarded-Proto and X-Forwarded-For
BEHIND_TLS = env.flag("BEHIND_TLS", default=False)
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = env.count("PROXY_COUNT", default=1, least=1)
    ALLAUTH_TRUSTED_PROXY_COUNT = AXES_IPWARE_PROXY_COUNT
    AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# --- what is told -----------------------------------------------------------------------------

# whoever names it may read /metrics; without one only this machine itself
METRICS_TOKEN = env.text("METRICS_TOKEN", default="")
# who is told by e-mail when something is wrong; and the receiver of signed events about it
ALERT_EMAILS = env.words("ALERT_EMAILS")
ALERT_WEBHOOK_URL = env.text("ALERT_WEBHOOK_URL", default="")
ALERT_WEBHOOK_SECRET = env.text("ALERT_WEBHOOK_SECRET", default="")
# how long it may last before somebody is told, in minutes
ALERT_OVERDUE_MINUTES = env.count("ALERT_OVERDUE_MINUTES", default=5)
ALERT_CIRCUIT_MINUTES = env.count("ALERT_CIRCUIT_MINUTES", default=15)
ALERT_WAITING_MINUTES = env.count("ALERT_WAITING_MINUTES", default=30)
# how long until they are told again of what is not over, in hours
ALERT_REMIND_HOURS = env.count("ALERT_REMIND_HOURS", default=4, least=1)
# a channel on which less than this part of an hour's calls work is failing, in percent
ALERT_WORKING_PERCENT = env.count("ALERT_WORKING_PERCENT", default=50)
# a disk with less than this part of it free is nearly full, in percent
ALERT_DISK_PERCENT = env.count("ALERT_DISK_PERCENT", default=10)
LOG_LEVEL = env.choice("LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", default="text", among=("text", "json"))
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT)
