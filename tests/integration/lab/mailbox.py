"""A real SMTP server (aiosmtpd) that keeps what it is given: with STARTTLS and AUTH as a relay has them."""
import email
import email.policy
import re
import ssl
from dataclasses import dataclass

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from .ports import free_port
from .waiting import wait_until


@dataclass
class Letter:
    sender: str
    recipients: list
    message: object  # email.message.EmailMessage

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def text(self):
        return self.message.get_content()

    def link(self, path):
        """The URL of that path in the letter."""
        return re.search(r"https://\S+" + re.escape(path) + r"\S*", self.text)[0]


class Mailbox:
    """`tls` is an ssl.SSLContext for STARTTLS, or from the first byte where `first`; `user` and `password` are wanted where given; `answer` may refuse
    a recipient with an SMTP line, `data_answer` a letter."""

    def __init__(self, *, tls=None, first=False, user=None, password=None):
        self.letters, self.port, self.answer, self.data_answer = [], free_port(), None, None
        self._login = LoginPassword((user or "").encode(), (password or "").encode())
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ssl_context=tls if first else None,
                                      tls_context=None if first else tls, require_starttls=bool(tls) and not first, auth_required=bool(user), authenticator=self._authenticate if user else None, auth_require_tls=bool(tls) and not first)

    def _authenticate(self, server, session, envelope, mechanism, data):  # pylint: disable=too-many-arguments
        return AuthResult(success=data == self._login, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):  # pylint: disable=too-many-arguments,invalid-name
        refusal = self.answer(address) if self.answer else None
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # pylint: disable=invalid-name
        if self.data_answer:
            return self.data_answer
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append(Letter(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 taken"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    def to(self, address):
        return [letter for letter in self.letters if address in letter.recipients]

    def wait(self, address, pattern=".", timeout=20, count=1):
        """The newest letter to address whose subject or text has the pattern, once there are `count` of them."""
        def found():
            hits = [letter for letter in self.to(address) if re.search(pattern, letter.subject) or re.search(pattern, letter.text)]
            return hits[-1] if len(hits) >= count else None
        return wait_until(found, timeout, f"a letter to {address} with {pattern!r}, not {[(l.recipients, l.subject) for l in self.letters]}")


def relay_tls(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
