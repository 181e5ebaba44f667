"""A receiver of events that takes its time; and posts for it, also from the command line."""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import django

SECRET = "whsec_" + base64.b64encode(b"only for tests, 24 bytes").decode()


class Receiver:
    """Counts every event by its key, and answers each after some seconds.

    What comes to a path that hangs is answered when it hangs no more.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.hanging: dict[str, threading.Event] = {}
        self.began: list[str] = []
        self.ended: list[str] = []
        self.url = ""

    @contextmanager
    def hangs(self, path: str) -> Iterator[None]:
        """Answer nothing that comes to this path meanwhile."""
        over = self.hanging[path] = threading.Event()
        try:
            yield
        finally:
            del self.hanging[path]
            over.set()


@contextmanager
def receiving(seconds: float) -> Iterator[Receiver]:
    receiver = Receiver(seconds)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            key = self.headers["webhook-id"]
            receiver.began.append(key)
            threading.Event().wait(receiver.seconds)
            if over := receiver.hanging.get(self.path):
                over.wait()
            self.send_response(204)
            self.end_headers()
            receiver.ended.append(key)

        def log_message(self, *args: object) -> None:
            """Say nothing: the test counts."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()


def plant(url: str, posts: int) -> None:
    """Make a house with one webhook, and posts that are due on it now."""
    from django.contrib.auth.models import User

    from content.catalogue.actions import add_genre
    from content.editorial.actions import approve_post, submit_post, write_post
    from hub.schedule.actions import schedule_post
    from spokes.channels.actions import add_channel

    edith, anton = (
        User.objects.create_superuser(name, f"{name}@example.org", f"pass-word-{name}")
        for name in ("edith", "anton")
    )
    genre = add_genre(name="Jazz")
    add_channel(
        name="Slow", network="webhook", settings={"url": url}, credentials={"secret": SECRET}
    )
    for number in range(posts):
        fields = {
            "title": f"Post {number}",
            "teaser": "A teaser.",
            "body": "A body.",
            "cta_url": "https://listen.example.org/album/1",
            "genres": [genre],
        }
        post = submit_post(post=write_post(actor=edith, fields=fields), actor=edith)
        schedule_post(post=approve_post(post=post, actor=anton), actor=anton)


if __name__ == "__main__":
    django.setup()
    plant(sys.argv[1], int(sys.argv[2]))
