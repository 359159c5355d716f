"""A person at a browser who wants a certificate: what the wizard's pages ask of them, step by step."""
import subprocess

from .browser import Browser
from .certs import Issued
from .waiting import wait_until

PASSWORD = "a walk along the canal"


class Person(Browser):
    """Somebody at a browser. What the console complains about, and requests to other hosts, fail the test at its end."""

    def __init__(self, site, mailbox, **options):
        super().__init__(site.root_pem, **options)
        self.site, self.mailbox = site, mailbox

    def __exit__(self, kind, *rest):
        try:
            if kind is None:
                assert self.console_errors() == []
                assert [url for url in self.requests() if not url.startswith(self.site.url)] == []
        finally:
            super().__exit__(kind, *rest)

    def press(self, text, within="main"):
        """Presses the button or link with this text, once it is there."""
        wait_until(lambda: self.script("""
            const pressed = [...document.querySelectorAll(`${arguments[1]} :is(button, a)`)].find(e => e.checkVisibility() && e.textContent.startsWith(arguments[0]));
            pressed?.scrollIntoView({block: 'center'});
            pressed?.focus();
            pressed?.click();
            return Boolean(pressed);""", text, within), 20, f"a button {text!r} in {self.text(within)!r}")

    def sign_up(self, address):
        """From the sign-up page on, to where the letter's link leads in the end."""
        self.wait_for_page("/sign-up")
        self.fill("#address", address)
        self.fill("#password", PASSWORD)
        self.click("#sign-up [type=submit]")
        self.find("#sent")
        self.open(self.mailbox.wait(address, "/confirm").link("/confirm#"))
        self.fill("#password", PASSWORD)
        self.click("#confirm [type=submit]")

    def begin(self, address, names):
        """Names first, then an account, and back: the way of one who is new here."""
        self.open(f"{self.site.url}/get#domain={names[0]}")
        self.find("input[name=domain]")
        if names[1:]:
            self.click("form details summary")
            self.fill("textarea[name=more]", "\n".join(names[1:]))
        self.click("form [type=submit]")
        self.press("Sign up")
        self.sign_up(address)
        self.wait_for_page("/get")
        assert self.find("input[name=domain]").get_attribute("value") == names[0]
        self.click("form [type=submit]")

    def lines(self, label):
        """What stands to copy beside this label, in each card."""
        return wait_until(lambda: self.script("""
            return [...document.querySelectorAll('.card dt')].filter(e => e.textContent === arguments[0]).map(e => e.nextElementSibling.querySelector('code').textContent)""",
            label), 20, f"{label} in {self.text('main')!r}")

    def finish(self, kind="p256"):
        """The key's step, and download()."""
        self.click(f"input[value={kind}]")
        self.press("Get the certificate")
        return self.download()

    def download(self):
        """All files of the last step; returns (certificate, path of the key)."""
        self.find("[data-file]", timeout=60)
        for name in [element.get_attribute("data-file") for element in self.all("[data-file]")]:
            self.click(f'[data-file="{name}"]')
            self.downloaded(name)
        return self.certificate(), self.downloaded("*.key")

    def certificate(self):
        chain = self.downloaded("*.crt")
        verified = subprocess.run(["openssl", "verify", "-CAfile", self.site.root_pem, "-untrusted", chain, chain], capture_output=True, text=True, check=False)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        return Issued(chain.read_text())


def public_key(kind, path):
    words = ["x509", "-pubkey", "-noout"] if kind == "certificate" else ["pkey", "-pubout"]
    return subprocess.run(["openssl", *words, "-in", path], capture_output=True, text=True, check=True).stdout
