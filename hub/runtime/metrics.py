from __future__ import annotations

from prometheus_client import Histogram

REQUEST_SECONDS = Histogram(
    "backbeat_http_request_seconds",
    "Time to answer a request.",
    ["method", "view", "status"],
)
