"""Drives validate-once: the validating room alone, without the CA around it."""
import base64
import hashlib
import json
from dataclasses import dataclass

from .paths import BUILD
from .ports import free_port
from .process import Failed, run

THUMBPRINT = b"thumbprint of the test's account"
ACCOUNT = "https://ca.example/acct/1"
TOKEN = "dG9rZW4gb2YgdGhlIHRlc3Q"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


KEY_AUTHORIZATION = f"{TOKEN}.{base64url(THUMBPRINT)}"
DIGEST = hashlib.sha256(KEY_AUTHORIZATION.encode()).digest()
TXT = base64url(DIGEST)


@dataclass
class Answer:
    problem: str  # ACME error type, "" for proven, "refused" for a question that isn't asked at all
    detail: str
    receipts: list


MEMORY_MAX = 300 * 1024 * 1024  # whatever a server sends


class Validator:
    """`allow` lists the loopback addresses that may be dialled."""

    def __init__(self, *, dns=None, trust_anchor=None, resolve_all=None, allow=("127.0.0.1", "::1")):
        self.http01_port, self.https_port, self.tlsalpn01_port = free_port(), free_port(), free_port()
        self.xmpp_server_port, self.xmpp_client_port = free_port(), free_port()
        self.argv = ["prlimit", f"--data={MEMORY_MAX}", BUILD / "tests" / "tools" / "validate-once", "--http01-port", self.http01_port, "--https-port", self.https_port,
                     "--tlsalpn01-port", self.tlsalpn01_port, "--xmpp-server-port", self.xmpp_server_port,
                     "--xmpp-client-port", self.xmpp_client_port]
        for option, value in (("--dns", dns), ("--trust-anchor", trust_anchor), ("--resolve-all", resolve_all)):
            if value:
                self.argv += [option, value]
        for address in allow:
            self.argv += ["--allow", address]

    def ask_all(self, questions, timeout=60):
        """questions: (challenge, identifier) pairs; {question: Answer}."""
        lines = "".join(f"{challenge} {identifier} {TOKEN} {ACCOUNT}\n" for challenge, identifier in questions)
        done = run(self.argv, stdin=lines, timeout=timeout)
        answers = {}
        for line in done.stdout.splitlines():
            said = json.loads(line)
            answers[said["challenge"], said["identifier"]] = Answer(said["problem"] or "", said["detail"], said["receipts"])
        if set(answers) != set(questions):
            raise Failed(f"questions without an answer: {set(questions) - set(answers)}")
        return answers

    def ask(self, challenge, identifier):
        return self.ask_all([(challenge, identifier)])[challenge, identifier]
