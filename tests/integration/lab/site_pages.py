"""The site as the browser tests need it: a CA with a mail relay, people who are there already, and a browser that moves between its pages as one of them."""
import contextlib
import itertools
import time

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .acme_raw import Acme
from .jws import Key, external_account_binding
from .paths import ROOT
from .site import PASSWORD, Client, sign_up, totp_code
from .site_person import Person
from .waiting import wait_until
from .xicad import Xicad

SITE = ROOT / "site"
PAGES = sorted(page.stem for page in SITE.glob("*.html"))
MODAL = "dialog[open]"


def path_of(page):
    return "/" if page == "index" else f"/{page}"


@contextlib.contextmanager
def site_of(directory, mailbox, nameserver, options=(), but=None):
    """A CA with this relay and this name server; nothing that anybody does at its site may be an error of its own, but for what the test makes happen."""
    words = ["--mail-relay", f"smtp://127.0.0.1:{mailbox.port}", *options]
    with Xicad(directory, dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=words) as running:
        running.url = running.directory_url.removesuffix("/acme/directory")
        yield running
    errors = [line for line in running.log.read_text().splitlines() if "level=error" in line and not (but and but in line)]
    assert errors == [], "nothing that a person does is an error of the CA"


class Member(Client):
    """Somebody with an account at the site, made by its JSON interface."""

    def __init__(self, site, mailbox, address, agent="a browser"):
        super().__init__(site.url, site.root_pem, agent)
        self.site, self.address = site, address
        sign_up(self, mailbox, address)

    def bound_account(self, name):
        """An ACME account that belongs to this person by a key of that name."""
        acme, key = Acme(self.site.directory_url, self.site.root_pem), Key()
        made = self.ok("/api/keys", {"name": name})
        binding = external_account_binding(key, made["kid"], made["mac_key"], acme.directory["newAccount"])
        return acme.new_account(key, externalAccountBinding=binding)

    def factor(self):
        """Switches the second factor on, with the code before the present one, which so is good for a log-in; returns (secret, recovery codes)."""
        secret = self.ok("/api/person/totp/begin")["secret"]
        return secret, self.ok("/api/person/totp/finish", {"code": totp_code(secret, time.time() - 30)})["recovery_codes"]


_numbers = itertools.count()


def fresh_address(name):
    """An address that nobody has had yet."""
    return f"{name}{next(_numbers)}@plain.example"


class Visitor(Person):
    """A person at a browser who knows the site's pages by their names."""

    def go(self, page, fragment=""):
        self.open(f"{self.site.url}{path_of(page)}{'#' + fragment if fragment else ''}")

    def be(self, member=None, language=None):
        """From now on this browser is one that the member logged in with, or nobody's, and has never seen the site otherwise."""
        self.go("terms")
        self.cdp("Storage.clearDataForOrigin", origin=self.site.url, storageTypes="all")
        self.script("sessionStorage.clear()")
        self.cdp("Network.clearBrowserCookies")
        for cookie in member.cookies if member else ():
            self.cdp("Network.setCookie", url=self.site.url, name=cookie.name, value=cookie.value, path="/", secure=True, httpOnly=True, sameSite="Strict")
        if language:
            self.speak(language)

    def speak(self, language):
        """As the button in the page's foot does."""
        self.cdp("Network.setCookie", url=self.site.url, name="lang", value=language, path="/", secure=True, sameSite="Lax")

    def log_in(self, address, password=PASSWORD):
        self.go("log-in")
        self.give_password(address, password)

    def give_password(self, address, password=PASSWORD):
        self.fill("#address", address)
        self.fill("#password", password)
        self.click("#log-in [type=submit]")

    def named(self, label, within="main"):
        """The control with this label."""
        def found():
            for element in self.find(within).find_elements(By.CSS_SELECTOR, "label"):
                if element.is_displayed() and element.text.strip().startswith(label):
                    return self.script("return arguments[0].control", element)
            return None
        return wait_until(found, 20, f"a field {label!r} in {self.text(within)!r}")

    def fill_in(self, label, text, within="main"):
        control = self.named(label, within)
        control.clear()
        control.send_keys(text)

    def answer(self, text, **fields):
        """In the dialog that is open: fills in the fields by label, and presses the button with this text."""
        self.find(MODAL)
        for label, value in fields.items():
            self.fill_in(label, value, MODAL)
        self.press(text, MODAL)

    def show_password(self):
        """Where the site asks whether it is still oneself."""
        self.answer("Continue", Password=PASSWORD)

    def among(self, css, *texts, without=None):
        """The first of these elements that has all of the texts, and not the one; the page may be making them anew meanwhile."""
        return wait_until(lambda: self.script("""
            const [css, texts, without] = arguments, has = (e, text) => e.innerText.includes(text);
            return [...document.querySelectorAll(css)].find(e => e.checkVisibility() && texts.every(text => has(e, text)) && !(without && has(e, without)));""", css, texts, without),
                          20, f"{css} with {texts}, without {without}, in {self.text('main')!r}")

    def card(self, css, text):
        """The card in the list that has this text."""
        return self.among(f"{css} .card", text)

    def press_in(self, element, text):
        """The button or link with this text within the element."""
        self.script("""
            const pressed = [...arguments[0].querySelectorAll('button, a')].find(e => e.checkVisibility() && e.textContent.startsWith(arguments[1]));
            pressed.scrollIntoView({block: 'center'});
            pressed.focus();
            pressed.click();""", element, text)

    def tab_to(self, css, text=""):
        """Presses Tab until the element with this text has the focus, as somebody without a mouse does."""
        for _ in range(80):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            if self.script("const e = document.activeElement; return e.matches(arguments[0]) && e.textContent.startsWith(arguments[1])", css, text):
                return self.driver.switch_to.active_element
        raise AssertionError(f"Tab doesn't lead to {css} {text!r} at {self.path()}")

    def wait_for_value(self, css, text):
        wait_until(lambda: self.script("return document.querySelector(arguments[0])?.value.includes(arguments[1])", css, text), 20, f"{text!r} in the field {css}")

    def settled(self):
        """Once the page has loaded all that it asks for by itself."""
        wait_until(lambda: self.script("""
            const modules = [...document.querySelectorAll('script[type=module]')].map((script) => import(script.src));
            window.begun ??= Promise.allSettled(modules).then(() => window.ran = true);
            return window.ran && document.readyState === 'complete' && !document.querySelector('.waiting')"""), 30, f"{self.path()} is still")
        return self

    def look_like(self, size, dark=False):
        """A window of this size, on a device with this taste; a narrow one is a phone."""
        phone = size[0] < 500
        self.cdp("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=phone)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
