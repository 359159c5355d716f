"""The operator's console in a browser: opened with the second factor, and what is done there."""
import pytest

from lab.acme_raw import Acme
from lab.certs import is_revoked, spki_sha256
from lab.console import fill_form, room, row
from lab.csr import make_csr
from lab.mailbox import Mailbox
from lab.site import PASSWORD, totp_code
from lab.site_pages import MODAL, Member, Visitor, fresh_address, site_of
from lab.waiting import wait_until
from lab.webserver import Http01


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox, nameserver):
    with site_of(output / "console", mailbox, nameserver, ["--review", "*bank*"], but="is given up") as site:
        yield site


@pytest.fixture(name="operator", scope="module")
def operator_fixture(site, mailbox):
    operator = Member(site, mailbox, fresh_address("operator"))
    site.cli("person", "operator", operator.address)
    operator.ok("/api/log-in", {"address": operator.address, "password": PASSWORD})
    operator.secret, operator.codes = operator.factor()
    return operator


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox, operator):
    """The operator at the browser, with the console open."""
    with Visitor(site, mailbox) as visitor:
        visitor.be(operator)
        visitor.go("operator")
        visitor.fill("#code", operator.codes.pop())
        visitor.click("#enter [type=submit]")
        visitor.find("[role=tab]")
        yield visitor


@pytest.fixture(name="somebody")
def somebody_fixture(site, mailbox):
    return Member(site, mailbox, fresh_address("somebody"))


def test_the_console_asks_for_the_second_factor_and_can_be_closed(visitor, operator):
    visitor.driver.refresh()
    visitor.find("[role=tab]")
    visitor.click("#leave")
    visitor.wait_for_page("/dashboard")
    assert operator.submit("/api/operator/command", {"command": "health"}).status_code == 403
    visitor.press("Console", "header")
    visitor.wait_for_page("/operator")
    visitor.fill("#code", "000000")
    visitor.click("#enter [type=submit]")
    visitor.wait_for_text("The code is wrong")
    visitor.fill("#code", totp_code(operator.secret))
    visitor.click("#enter [type=submit]")
    visitor.find("[role=tab]")


def test_the_console_opens_by_a_passkey_too(visitor):
    visitor.add_authenticator()
    visitor.go("account")
    visitor.press("Add a passkey", "#passkeys")
    visitor.answer("Continue", Name="the operator's key ring")
    visitor.among("#passkeys .card", "the operator's key ring")
    visitor.go("operator")
    visitor.click("#leave")
    visitor.wait_for_page("/dashboard")
    visitor.go("operator")
    visitor.click("#passkey")
    visitor.find("[role=tab]")


def test_a_person_who_is_no_operator_finds_no_console(site, mailbox, somebody):
    with Visitor(site, mailbox) as other:
        other.be(somebody)
        other.go("operator")
        other.wait_for_text("Only operators of this CA may enter here")
        assert not other.all("[data-when=operator]:not([hidden])")
        site.cli("person", "operator", somebody.address)
        other.be()
        other.log_in(somebody.address)
        other.wait_for_page("/dashboard")
        other.go("operator")
        other.wait_for_text("The console needs a second factor")


def test_a_person_is_found_suspended_and_let_in_again(visitor, somebody):
    room(visitor, "People")
    visitor.fill_in("Mail address", somebody.address, "[role=tabpanel]")
    visitor.press("Search", "[role=tabpanel]")
    visitor.press_in(row(visitor, somebody.address), "Details")
    assert somebody.address in visitor.text(MODAL)
    visitor.answer("Close")
    visitor.press_in(row(visitor, somebody.address), "Suspend")
    visitor.answer("Continue")
    row(visitor, somebody.address, "suspended")
    assert somebody.look("/api/session")["signed_in"] is False
    refused = somebody.submit("/api/log-in", {"address": somebody.address, "password": PASSWORD})
    assert refused.json()["error"] == "suspended"
    visitor.press_in(row(visitor, somebody.address), "Resume")
    visitor.answer("Continue")
    row(visitor, somebody.address, without="suspended")
    somebody.ok("/api/log-in", {"address": somebody.address, "password": PASSWORD})


def test_an_acme_account_is_found_suspended_and_let_on_again(visitor, site, domain):
    nobodys = Acme(site.directory_url, site.root_pem).new_account()
    number = nobodys.url.rsplit("/", 1)[-1]
    room(visitor, "ACME accounts")
    visitor.fill_in("Number", number, "[role=tabpanel]")
    visitor.press("Search", "[role=tabpanel]")
    wait_until(lambda: len(visitor.all("[role=tabpanel] tbody tr")) == 1, 20, "this one alone")
    visitor.press_in(row(visitor, number), "Details")
    assert "Thumbprint" in visitor.text(MODAL)
    visitor.answer("Close")
    visitor.press_in(row(visitor, number), "Suspend")
    visitor.answer("Continue")
    row(visitor, number, "suspended")
    assert nobodys.new_order([domain]).status_code in (401, 403)
    visitor.press_in(row(visitor, number), "Resume")
    visitor.answer("Continue")
    row(visitor, number, "active")
    assert nobodys.new_order([domain]).status_code == 201
    visitor.fill_in("Number", "999999", "[role=tabpanel]")
    visitor.press("Search", "[role=tabpanel]")
    visitor.wait_for_text("there is no such account")


def test_a_certificate_is_found_and_revoked_and_its_key_blocked(visitor, somebody, site, domain):
    with Http01(site.http01_port) as http01:
        account = somebody.bound_account("mail1")
        first, second = account.issue([domain], http01), account.issue([domain, f"b.{domain}"], http01)
    room(visitor, "Certificates")
    visitor.fill_in("Domain", domain, "[role=tabpanel] form[role=search]")
    visitor.press("Search", "[role=tabpanel]")
    visitor.press_in(row(visitor, f"b.{domain}"), "Revoke")
    visitor.answer("Show which")
    wait_until(lambda: f"{second.leaf.serial_number:x}" in visitor.all(MODAL)[-1].text, 20, "it shows which one")
    visitor.press_in(visitor.all(MODAL)[-1], "Revoke")
    visitor.gone(MODAL)
    row(visitor, f"b.{domain}", "revoked")
    wait_until(lambda: is_revoked(second.leaf), 30, "it stands on the CRL", 0.3)
    assert not is_revoked(first.leaf)
    room(visitor, "Blocked")
    fill_form(visitor, "Block a key", {"Key (SHA-256": spki_sha256(first.leaf), "Reason": "seen on a web site"})
    row(visitor, spki_sha256(first.leaf), "seen on a web site")


def test_a_domain_is_blocked_with_all_below_it_and_let_go_again(visitor, somebody, operator, domain):
    account = somebody.bound_account("mail1")
    room(visitor, "Blocked")
    visitor.wait_for_text("No domain is blocked.")
    fill_form(visitor, "Block a domain", {"Domain": domain.upper(), "and all names below it": True, "Reason": "not theirs"})
    row(visitor, domain, "and all names below it", "not theirs", operator.address)
    assert account.new_order([f"a.{domain}"]).json()["type"].endswith(":rejectedIdentifier")
    visitor.press_in(row(visitor, domain), "Unblock")
    visitor.answer("Continue")
    visitor.wait_for_text("No domain is blocked.")
    assert account.new_order([f"a.{domain}"]).status_code == 201


def test_a_network_is_turned_away_and_what_is_none_is_told(visitor, site):
    room(visitor, "Blocked")
    fill_form(visitor, "Block an address", {"Address or network": "192.0.2.1/24"})
    visitor.wait_for_text("without bits beyond its length", MODAL)
    visitor.answer("Cancel")
    room(visitor, "Blocked")
    fill_form(visitor, "Block an address", {"Address or network": "192.0.2.0/24", "Reason": "floods"})
    row(visitor, "192.0.2.0/24", "floods")
    assert "192.0.2.0/24" in site.cli("block", "list", "--addresses").stdout
    visitor.press_in(row(visitor, "192.0.2.0/24"), "Unblock")
    visitor.answer("Continue")
    visitor.wait_for_text("No address is blocked.")


def test_certificates_are_called_for_renewal_and_their_people_see_it_on_the_dashboard(visitor, somebody, site, domain, mailbox):
    with Http01(site.http01_port) as http01:
        somebody.bound_account("mail1").issue([domain], http01)
    room(visitor, "Certificates")
    form = "[role=tabpanel] details:last-of-type"
    visitor.click(f"{form} > summary")
    visitor.fill_in("Which one", domain, form)
    visitor.fill_in("A page that says why", "https://status.plain.example/", form)
    visitor.press("Call for renewal", f"{form} form")
    visitor.wait_for_text("Called for renewal: 1")
    with Visitor(site, mailbox) as owner:
        owner.be(somebody)
        owner.go("dashboard")
        card = owner.card("#certificate-list", domain)
        assert "renew now" in card.text and "asks you to renew" in card.text
        assert owner.find("#certificate-list .notice a").get_attribute("href") == "https://status.plain.example/"
        visitor.named("Take an earlier call back", form).click()
        visitor.press("Call for renewal", f"{form} form")
        visitor.wait_for_text("Calls taken back: 1")
        owner.go("dashboard")
        assert "valid" in owner.card("#certificate-list", domain).text


def test_an_order_for_a_name_of_high_risk_waits_for_the_operator(visitor, somebody, site):
    account = somebody.bound_account("mail1")
    orders = {}
    with Http01(site.http01_port) as http01:
        for name in ("bank.plain.example", "embank.plain.example"):
            orders[name] = account.order([name]).prove_all(http01)
            assert orders[name].finalize(make_csr([name])).json()["status"] == "processing"
    room(visitor, "Waiting orders")
    visitor.press_in(row(visitor, "embank.plain.example"), "Refuse")
    visitor.answer("Continue", Reason="not yours")
    wait_until(lambda: "embank" not in visitor.text("[role=tabpanel]"), 20, "it is gone from the list")
    visitor.press_in(row(visitor, "bank.plain.example"), "Approve")
    visitor.answer("Continue")
    visitor.wait_for_text("No order waits")
    assert orders["embank.plain.example"].json()["status"] == "invalid"
    assert "not yours" in orders["embank.plain.example"].json()["error"]["detail"]
    assert orders["bank.plain.example"].settled()["status"] == "valid"


def test_every_act_stands_in_the_audit_log_whose_chain_is_whole(visitor, operator, somebody):
    room(visitor, "People")
    visitor.fill_in("Mail address", somebody.address, "[role=tabpanel]")
    visitor.press("Search", "[role=tabpanel]")
    visitor.press_in(row(visitor, somebody.address), "Log out")
    visitor.answer("Continue")
    visitor.gone(MODAL)
    room(visitor, "Audit log")
    row(visitor, "person-log-out", operator.address)
    visitor.press("Verify the whole log", "[role=tabpanel]")
    visitor.wait_for_text("The chain is whole")


def test_letters_that_a_relay_refused_are_listed_and_tried_again(visitor, mailbox, site):
    address = fresh_address("refused")
    mailbox.answer = lambda recipient: "550 no such user here" if recipient == address else None
    try:
        visitor.go("operator")
        visitor.find("[role=tab]")
        visitor.awaited("await (await import('/js/api.js')).post('sign-up', given[0])", {"address": address, "password": PASSWORD})
        failed = lambda: address in site.cli("mail", "list", "--state", "failed").stdout
        wait_until(failed, 30, "the letter has failed", 0.3)
        room(visitor, "Mail")
        visitor.named("State", "[role=tabpanel]").send_keys("failed")
        row(visitor, address, "no such user here")
    finally:
        mailbox.answer = None
    visitor.press_in(row(visitor, address), "Try again now")
    mailbox.wait(address, "/confirm#")


def test_health_and_limits_are_shown(visitor):
    room(visitor, "Overview")
    for role in ("front", "validator", "signer", "mailer", "login"):
        row(visitor, role, "connected")
    room(visitor, "Limits")
    visitor.wait_for_text("*bank*")
    visitor.wait_for_text("Certificates per domain")
