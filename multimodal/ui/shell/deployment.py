"""Who can reach the page? What only the person at this machine may do depends on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import gradio as gr

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_private(demo: gr.Blocks, request: gr.Request) -> bool:
    """Whether a request comes from this machine to a page that nobody else can reach.

    The server must be bound to loopback, without a public link, and the request must name a
    loopback host itself: a web site that has its own name resolve to this machine does not, and
    neither does a proxy. Where the page is served in any other way the answer is no.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    asked = urlsplit(f"//{headers.get('host', '')}").hostname
    return (
        getattr(demo, "server_name", None) in LOOPBACK
        and not demo.share
        and "SPACE_ID" not in os.environ
        and asked in LOOPBACK
        and not any(name in headers for name in PROXY_HEADERS)
    )
