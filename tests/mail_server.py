"""A mail server on this host that takes, refuses or puts off mails by the name of the recipient."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

ANSWERS = {"gone": ("RCPT", 550), "wait": ("RCPT", 451), "spam": ("DATA", 554), "full": ("DATA", 452)}


class MailServer(ThreadingTCPServer):
    """Its `taken` are the recipients of all mails so far. While `is_down`, it answers nobody."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialog)
        self.taken: list[str] = []
        self.is_down = False


class _Dialog(StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self.server.is_down:
            return
        self._say(220)
        name = ""
        for line in self.rfile:
            verb = line[:4].decode().upper()
            if verb == "RCPT":
                [name] = re.findall(r"<(.+)@", line.decode())
            stage, code = ANSWERS.get(name, ("", 0))
            refused = code if verb == stage else 0
            if verb == "DATA":
                self._say(354)
                while self.rfile.readline() != b".\r\n":
                    pass
                if not refused:
                    self.server.taken.append(name)
            self._say(refused or (221 if verb == "QUIT" else 250))

    def _say(self, code: int) -> None:
        self.wfile.write(f"{code} of the test\r\n".encode())


@contextmanager
def running() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
