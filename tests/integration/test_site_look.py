"""Every page as it looks and reads: in both languages, light and dark, wide and on a phone, for eyes, ears and keys. Pictures of all of them are kept."""
import json
import re
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from lab.browser import PHONE, WIDE
from lab.mailbox import Mailbox
from lab.site import totp_code
from lab.site_pages import MODAL, PAGES, SITE, Member, Visitor, fresh_address, path_of, site_of
from lab.waiting import wait_until
from lab.webserver import Http01

LANGUAGES = ["en", "de"]
TEXTS = {language: {key: text for file in (SITE / "text").rglob(f"{language}.json") for key, text in json.loads(file.read_text()).items()} for language in LANGUAGES}
ACCESSIBILITY = (Path(__file__).parent / "lab" / "accessibility.js").read_text()
FRAGMENTS = {"confirm": "a-token", "reset": "a-token", "address": "a-token", "unsubscribe": "a-token.issued", "code": "1-token.ABCD-EFGH.letter.plain.example", "install": "names=look.plain.example"}
OUT = {"confirm", "sign-up", "log-in", "reset"}  # pages for those who are not logged in


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox, nameserver):
    with site_of(output / "look", mailbox, nameserver) as site:
        yield site


@pytest.fixture(name="member", scope="module")
def member_fixture(site, mailbox):
    """Somebody with certificates, keys, sessions, a history, and the console."""
    member = Member(site, mailbox, fresh_address("look"))
    site.cli("person", "operator", member.address)
    member.ok("/api/log-in", {"address": member.address, "password": "a walk along the canal"})
    account = member.bound_account("certbot on mail1")
    with Http01(site.http01_port) as http01:
        account.issue(["look.plain.example", "conference.look.plain.example"], http01)
        old = account.issue(["old.plain.example"], http01)
        account.issue(["a-name-that-is-rather-long-so-that-it-breaks-somewhere.look.plain.example"], http01)
    member.ok(f"/api/certificates/{old.leaf.serial_number:x}/revoke", {"reason": 4})
    member.ok("/api/keys", {"name": "lego on the machine whose name is a very long one, truly"})
    member.secret, member.codes = member.factor()
    return member


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox):
    with Visitor(site, mailbox) as visitor:
        yield visitor


def be_at(visitor, page, member, language, size=WIDE, dark=False):
    """The page, once all of it is there."""
    who = (None if page in OUT else member, language)
    if getattr(visitor, "who", ()) != who:
        visitor.be(*who)
        visitor.who = who
    visitor.look_like(size, dark)
    visitor.go(page, FRAGMENTS.get(page, "domain=look.plain.example" if page == "search" else ""))
    return visitor.settled()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_fits_and_can_be_read_by_everybody(visitor, member, page, language):
    wrong = {}
    be_at(visitor, page, member, language)
    assert visitor.script("return document.documentElement.lang") == language
    for look, size, dark in (("wide", WIDE, False), ("phone", PHONE, False), ("dark", WIDE, True)):
        visitor.look_like(size, dark)
        name = f"{page}-{language}-{look}"
        visitor.screenshot(name)
        wrong[name] = visitor.overflow() + visitor.script(ACCESSIBILITY)
    assert {name: what for name, what in wrong.items() if what} == {}
    assert left_over(visitor, language) == []


PLANTED = """
    const plant = (tag, attributes, text = '', style = {}) => {
        const e = document.createElement(tag);
        Object.entries(attributes).forEach(([name, value]) => e.setAttribute(name, value));
        e.textContent = text;
        Object.assign(e.style, style);
        document.querySelector('main').append(e);
    };
    plant('input', {type: 'text'});
    plant('button', {type: 'button'});
    plant('button', {type: 'button'}, 'x', {padding: '0', border: '0', fontSize: '9px', lineHeight: '1'});
    plant('img', {src: '/mark.svg'});
    plant('h4', {}, 'deep');
    plant('h1', {}, 'another');
    plant('p', {id: 'main'}, 'twice');
    plant('p', {}, 'faint', {color: '#9a9a9a', background: '#ffffff'});
    plant('div', {'aria-describedby': 'nobody'});
    plant('div', {}, 'wide', {width: '3000px'});"""


def test_the_judge_of_these_pages_sees_what_is_wrong(visitor, member):
    be_at(visitor, "terms", member, "en")
    visitor.look_like(WIDE)
    assert visitor.script(ACCESSIBILITY) == [] and visitor.overflow() == []
    visitor.script(PLANTED)
    found = [sentence.partition(":")[0] for sentence in visitor.script(ACCESSIBILITY)]
    for what in ("no name", "no alt", "not one h1", "h4 after h1", "the id main twice", "contrast 2.81", "aria-describedby of nothing"):
        assert what in found, (what, found)
    assert any(what.startswith("only ") for what in found)
    assert len(visitor.overflow()) == 1
    be_at(visitor, "terms", member, "de")
    visitor.script("document.querySelector('main').append(arguments[0])", TEXTS["en"]["terms.control"])
    assert left_over(visitor, "de") == [TEXTS["en"]["terms.control"]]


def left_over(visitor, language):
    """Texts of the other language's catalogue on a page: those that differ between the two and are long enough to be no coincidence."""
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    shown = visitor.script("""
        const copy = document.body.cloneNode(true);
        copy.querySelectorAll('[lang], code, pre').forEach(e => e.remove());
        const named = [...copy.querySelectorAll('[aria-label], [title], [placeholder]')].flatMap(e => ['aria-label', 'title', 'placeholder'].map(n => e.getAttribute(n)));
        return [copy.textContent, document.title, ...named].join(' ').replace(/\\s+/g, ' ')""")
    pieces = {re.sub(r"\s+", " ", piece).strip() for key, text in TEXTS[other].items() if text != TEXTS[language][key] for piece in re.split(r"<[^>]*>|\{\w+\}", text)}
    own = " ".join(TEXTS[language].values())
    return [piece for piece in pieces if len(piece) > 12 and piece in shown and piece not in own]


def test_the_browser_chooses_the_language_and_the_person_another(site, mailbox):
    with Visitor(site, mailbox, language="de-AT") as visitor:
        visitor.go("index")
        assert visitor.text("h1").replace("\n", " ") == TEXTS["de"]["home.title"]
        visitor.click("[data-language=en]")
        wait_until(lambda: visitor.script("return document.documentElement.lang") == "en", 20, "the page in English")
        visitor.go("search")
        assert visitor.text("h1") == TEXTS["en"]["search.title"]


@pytest.mark.parametrize("page", PAGES)
def test_the_keyboard_reaches_everything_on_a_page_and_one_sees_where_it_is(visitor, member, page):
    be_at(visitor, page, member, "en")
    visitor.script("document.activeElement.blur(); window.scrollTo(0, 0)")
    wanted = visitor.script(f"window.reached = new Set(); window.unseen = []; window.wanted = () => {WANTED}; return wanted().length")
    for _ in range(wanted + 15):
        visitor.driver.switch_to.active_element.send_keys(Keys.TAB)
        if visitor.script(STEPPED):
            break
    assert visitor.script("return wanted().filter(e => !reached.has(e)).map(e => e.outerHTML.slice(0, 120))") == []
    assert visitor.script("return unseen") == []


# Of radio buttons and tabs one is reached by Tab, the others by arrows.
WANTED = """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(e => e.checkVisibility({checkVisibilityCSS: true}) && !e.disabled
    && e.tabIndex >= 0 && !(e.type === 'radio' && !e.checked && document.querySelector(`input[name="${e.name}"]:checked`)))"""
STEPPED = """
    const e = document.activeElement;
    if (e === document.body || reached.has(e))
        return wanted().every(one => reached.has(one)) || e !== document.body;
    reached.add(e);
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (!(style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || box.bottom < 0 || box.top > innerHeight)
        unseen.push(e.outerHTML.slice(0, 120));
    return wanted().every(one => reached.has(one));"""


class Looks:
    """Pictures of what is on the page, and what is wrong with it, by the picture's name."""

    def __init__(self, visitor):
        self.visitor, self.wrong = visitor, {}

    def take(self, name, language="en"):
        for look, size, dark in (("wide", WIDE, False), ("phone", PHONE, False), ("dark", WIDE, True)):
            self.visitor.look_like(size, dark)
            self.visitor.screenshot(f"{name}-{language}-{look}")
            self.wrong[f"{name}-{language}-{look}"] = self.visitor.overflow() + self.visitor.script(ACCESSIBILITY)
        self.wrong[f"{name}-{language}"] = left_over(self.visitor, language)
        self.visitor.look_like(WIDE)

    def assert_good(self):
        assert {name: what for name, what in self.wrong.items() if what} == {}


@pytest.fixture(name="looks")
def looks_fixture(visitor):
    looks = Looks(visitor)
    yield looks
    looks.assert_good()


def test_the_dialogs_of_the_dashboard(visitor, member, looks):
    be_at(visitor, "dashboard", member, "en")
    for text, name in (("Files and details", "files"), ("Revoke", "revoke")):
        visitor.press_in(visitor.card("#certificate-list", "look.plain.example"), text)
        visitor.find(MODAL)
        looks.take(f"dialog-{name}")
        visitor.press("C", MODAL)
        visitor.gone(MODAL)
    visitor.fill_in("Name", "a new key", "#key-list form")
    visitor.press("Make the key", "#key-list")
    visitor.find(f"{MODAL} pre")
    looks.take("dialog-key")


def test_the_dialogs_of_the_account(visitor, site, mailbox, looks):
    visitor.be(Member(site, mailbox, fresh_address("dialogs")), "de")
    visitor.who = ()
    visitor.go("account")
    visitor.settled()
    visitor.click("#totp button")
    visitor.find(f"{MODAL} svg.qr")
    visitor.click(f"{MODAL} summary")
    looks.take("dialog-factor", "de")
    secret = visitor.text(f"{MODAL} dd code").replace(" ", "")
    visitor.fill(f"{MODAL} input.code", totp_code(secret))
    visitor.click(f"{MODAL} [type=submit]")
    visitor.find(f"{MODAL} pre")
    looks.take("dialog-codes", "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_steps_of_the_wizard(visitor, member, nameserver, looks, language):
    be_at(visitor, "terms", member, language)
    name = f"steps-{language}.plain.example"
    visitor.go("get", f"domain={name}")
    visitor.find("input[name=domain]")
    looks.take("get-names", language)
    visitor.click("form [type=submit]")
    for way in ("email-01", "http-01", "dns-01"):
        visitor.click(f"input[value={way}]")
        visitor.find(".card button")
        looks.take(f"get-prove-{way}", language)
    for record, value in zip(visitor.lines("Name"), visitor.lines("Wert" if language == "de" else "Value")):
        nameserver.add(record, "TXT", value)
    visitor.click(".card > div > p > button:not(.second)")
    visitor.find("input[name=key]")
    looks.take("get-key", language)
    visitor.click("form [type=submit]")
    visitor.find("[data-file]")
    looks.take("get-done", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rooms_of_the_console(visitor, member, looks, language):
    be_at(visitor, "operator", member, language)
    looks.take("operator-enter", language)
    visitor.fill("#code", member.codes.pop())
    visitor.click("#enter [type=submit]")
    for number, tab in enumerate(wait_until(lambda: visitor.all("[role=tab]"), 20, "the rooms")):
        tab.click()
        visitor.settled()
        looks.take(f"operator-{number}", language)
    visitor.click("#leave")
    visitor.wait_for_page("/dashboard")


def test_every_page_is_served_under_a_policy_without_holes(site, member):
    for page in PAGES:
        answer = member.get(site.url + path_of(page), headers={"Accept": "text/html"}, timeout=20)
        policy = {words.split()[0]: words.split()[1:] for words in answer.headers["Content-Security-Policy"].split(";")}
        assert policy["default-src"] == ["'none'"] and policy["frame-ancestors"] == ["'none'"] and policy["base-uri"] == ["'none'"]
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"] and "*" not in answer.headers["Content-Security-Policy"]


def test_home_and_wizard_come_in_less_than_150_kilobytes(site, mailbox):
    with Visitor(site, mailbox) as visitor:
        visitor.go("index")
        visitor.settled()
        home = visitor.transferred()
        visitor.go("get")
        visitor.settled()
        print(f"home: {home} bytes, with the wizard: {visitor.transferred()} bytes")
        assert 5000 < visitor.transferred() < 150 * 1024
