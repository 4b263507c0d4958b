"""A chat completion endpoint on a real socket, for whatever asks a language model."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(content, finish_reason="stop", **message):
    return {"choices": [{"message": {"content": content, **message}, "finish_reason": finish_reason}]}


class Endpoint:
    """A chat completion endpoint on a real socket; `reply(body, call number)` decides what it does."""

    def __init__(self, reply):
        self.reply = reply
        self.bodies, self.authorizations = [], []
        self.busy = self.most_busy = 0
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    outer.bodies.append(body)
                    outer.authorizations.append(self.headers.get("Authorization"))
                    number = len(outer.bodies)
                    outer.busy += 1
                    outer.most_busy = max(outer.most_busy, outer.busy)
                try:
                    status, headers, content = outer.reply(body, number)
                finally:
                    with lock:
                        outer.busy -= 1
                if status is None:  # hang up without an answer
                    self.close_connection = True
                    return
                payload = content if isinstance(content, bytes) else json.dumps(content).encode()
                with contextlib.suppress(OSError):  # the client may be gone
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(payload)))
                    self.end_headers()
                    self.wfile.write(payload)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


@contextlib.contextmanager
def serving():
    """Yields a function that starts an endpoint: of a reply function, or of one completion or text for everything."""
    started = []

    def start(reply):
        if not callable(reply):
            content = reply if isinstance(reply, dict) and "choices" in reply else completion(reply)
            endpoint = Endpoint(lambda body, number: (200, {}, content))
        else:
            endpoint = Endpoint(reply)
        threading.Thread(target=endpoint.server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(endpoint)
        return endpoint

    yield start
    for endpoint in started:
        endpoint.server.shutdown()
        endpoint.server.server_close()
