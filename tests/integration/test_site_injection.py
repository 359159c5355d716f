"""What strangers write comes back on pages as text: markup in every field, links that lead elsewhere, frames around the site."""
import http.server
import subprocess
import threading

import pytest

from lab.mailbox import Mailbox
from lab.site import PASSWORD, Client
from lab.site_pages import MODAL, Member, Visitor, fresh_address, path_of, site_of
from lab.waiting import wait_until
from lab.webserver import Http01

MARKUP = "<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"
ELSEWHERE = ["//evil.example", "https://evil.example/", "\\\\evil.example", "/\\evil.example", "/\t/evil.example", "javascript:document.title='hurt'", "data:text/html,hurt", "/%2f/evil.example",
             "https:evil.example", "/api/session", "@evil.example", ".evil.example"]


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox, nameserver):
    with site_of(output / "injected", mailbox, nameserver) as site:
        yield site


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox):
    with Visitor(site, mailbox) as visitor:
        yield visitor


@pytest.fixture(name="member", scope="module")
def member_fixture(site, mailbox):
    """Somebody who named everything with markup."""
    member = Member(site, mailbox, fresh_address("o'neil+tag_"), agent=f"{MARKUP} Firefox/1")
    with Http01(site.http01_port) as http01:
        member.bound_account(MARKUP[:60]).issue(["markup.plain.example"], http01)
    member.codes = member.factor()[1]
    return member


def unhurt(visitor):
    """Nothing of the markup became an element or ran."""
    visitor.settled()
    assert "hurt" not in visitor.driver.title
    assert not visitor.all("main img, main script, dialog img, dialog script, [onerror]")


def test_xss_by_the_name_of_a_key(visitor, member):
    visitor.be(member)
    visitor.go("dashboard")
    visitor.settled()
    for place in ("#key-list", "#certificate-list", "#domain-list", "#history-list"):
        assert MARKUP[:30] in visitor.text(place), place
    visitor.press_in(visitor.card("#key-list", MARKUP[:30]), "Rename")
    assert visitor.named("Name", MODAL).get_attribute("value") == MARKUP[:60]
    visitor.answer("Cancel")
    visitor.press_in(visitor.card("#key-list", MARKUP[:30]), "Take back")
    assert MARKUP[:30] in visitor.text(MODAL)
    visitor.answer("Cancel")
    unhurt(visitor)


def test_xss_in_the_console_by_what_people_named_and_operators_wrote(visitor, member, site, mailbox):
    operator = Member(site, mailbox, fresh_address("operator"))
    site.cli("person", "operator", operator.address)
    site.cli("block", "add", "--spki", "ab" * 32, "--reason", MARKUP)
    operator.ok("/api/log-in", {"address": operator.address, "password": PASSWORD})
    codes = operator.factor()[1]
    visitor.be(operator)
    visitor.go("operator")
    visitor.fill("#code", codes[0])
    visitor.click("#enter [type=submit]")
    shown = ""
    for tab in wait_until(lambda: visitor.all("[role=tab]"), 20, "the rooms"):
        tab.click()
        unhurt(visitor)
        shown += visitor.text("[role=tabpanel]")
    assert MARKUP in shown, "it came back in one of the rooms"
    visitor.press("People", "[role=tablist]")
    visitor.settled()
    visitor.press_in(visitor.among("[role=tabpanel] tbody tr", member.address), "Details")
    unhurt(visitor)


def test_xss_by_the_user_agent_in_the_list_of_sessions(visitor, member, site):
    agent = Client(site.url, site.root_pem, agent=MARKUP)
    agent.ok("/api/log-in", {"address": member.address, "password": PASSWORD})
    agent.ok("/api/log-in/code", {"code": member.codes.pop()})
    visitor.be(member)
    visitor.go("account")
    visitor.settled()
    assert MARKUP[:30] in visitor.text("#sessions")
    unhurt(visitor)
    visitor.go("dashboard")
    visitor.settled()
    assert MARKUP[:30] in visitor.text("#history-list")
    unhurt(visitor)


def test_xss_by_subject_and_names_of_a_certificate_request(visitor, site, workdir):
    visitor.be()
    for number, (subject, names) in enumerate([(f"/CN={MARKUP.replace('/', '-')[:60]}", "DNS:good.plain.example"), ("/CN=good.plain.example", f"DNS:{MARKUP[:40]}"), ("/", f"URI:{MARKUP[:40]}"),
                                               ("/", f"email:{MARKUP[:40]}@plain.example")]):
        own = workdir / f"{number}.csr"
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", workdir / "key", "-out", own, "-utf8", "-subj", subject,
                        "-addext", f"subjectAltName={names}"], check=True, capture_output=True)
        visitor.go("get")
        visitor.click("#step > div > details > summary")
        visitor.find("input[type=file]").send_keys(str(own))
        visitor.wait_for_text("This request can")
        unhurt(visitor)


@pytest.mark.parametrize("page, fragment", [("get", "domain={}"), ("get", "renew={}"), ("search", "domain={}"), ("code", "1-token.ABCD-EFGH.{}"), ("code", "{}.{}.{}.example"), ("install", "names={}&server={}"),
                                            ("unsubscribe", "{}.{}"), ("confirm", "{}"), ("reset", "{}"), ("address", "{}"), ("log-in", "return={}"), ("sign-up", "return={}")])
def test_xss_by_what_stands_behind_the_hash_of_an_address(visitor, page, fragment):
    visitor.be()
    for text in (MARKUP, "".join(f"%{byte:02x}" for byte in MARKUP.encode()), "%", "%ff%fe"):
        visitor.open("about:blank")
        visitor.go(page, fragment.replace("{}", text))
        unhurt(visitor)


def test_xss_by_what_is_typed_into_the_domain_fields(visitor):
    visitor.be()
    visitor.go("index")
    visitor.fill("#domain", MARKUP)
    visitor.click("#begin [type=submit]")
    visitor.settled()
    unhurt(visitor)
    visitor.go("search")
    visitor.fill("#domain", MARKUP)
    visitor.click("#search [type=submit]")
    unhurt(visitor)
    visitor.go("install")
    visitor.fill("#domain", MARKUP)
    unhurt(visitor)


def test_xss_by_a_mail_address(visitor, site, mailbox):
    address = fresh_address("o'brien&co-{x}")
    visitor.be(Member(site, mailbox, address))
    visitor.go("account")
    wait_until(lambda: address in visitor.text("#who"), 20, "the address as it is")
    for odd in ("\"<img src=x onerror=alert(1)>\"@plain.example", "<b>@plain.example", "a@plain.example\nBcc: b@plain.example", "a@[127.0.0.1]"):
        visitor.fill_in("New address", odd.replace("\n", " "))
        visitor.press("Change the address")
        visitor.find("#address .problem, #address .notice")
        unhurt(visitor)


def test_xss_by_a_path_that_is_not_there(visitor, site):
    visitor.open(f"{site.url}/{MARKUP.replace(' ', '%20')}")
    unhurt(visitor)
    assert visitor.text("h1")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_open_redirect_after_log_in_the_way_back_stays_on_the_site(visitor, site, return_member, target):
    visitor.be()
    visitor.go("log-in", "return=" + "".join(f"%{byte:02x}" for byte in target.encode()))
    visitor.give_password(return_member.address)
    wait_until(lambda: visitor.path() != "/log-in", 20, "it went on")
    assert visitor.driver.current_url.startswith(site.url + "/") and not visitor.path().startswith("/api/")
    assert "hurt" not in visitor.driver.title


@pytest.fixture(name="return_member", scope="module")
def return_member_fixture(site, mailbox):
    return Member(site, mailbox, fresh_address("returning"))


def test_clickjacking_no_other_site_can_put_a_page_into_a_frame(site, visitor):
    pages = "".join(f"<iframe src='{site.url}{path_of(page)}'></iframe>" for page in ("index", "log-in", "operator"))

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html><title>evil</title>" + pages.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert visitor.console_errors() == [], "none of all the attempts got as far as the policy"
    try:
        visitor.open(f"http://127.0.0.1:{server.server_port}/")
        wait_until(lambda: len([line for line in visitor.console_errors() if "frame-ancestors" in line or "refused" in line.lower()]) >= 3, 20, "each of them was refused")
    finally:
        server.shutdown()
        visitor.be()
        visitor.forget_record()
