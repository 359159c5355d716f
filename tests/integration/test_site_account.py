"""What a person does with the account itself, through the site's pages: factors, passkeys, sessions, passwords, addresses, notices, leaving."""
import json

import pytest

from lab.mailbox import Mailbox
from lab.site import PASSWORD, Client, totp_code
from lab.site_pages import MODAL, Member, Visitor, fresh_address, site_of
from lab.waiting import wait_until
from lab.webserver import Http01

NEW_PASSWORD = "the ferry leaves at nine"


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox, nameserver):
    with site_of(output / "accounts", mailbox, nameserver) as site:
        yield site


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox):
    with Visitor(site, mailbox) as visitor:
        visitor.add_authenticator()
        yield visitor


@pytest.fixture(name="member")
def member_fixture(site, mailbox, visitor):
    """Somebody who is logged in at the browser, on the page of the account."""
    member = Member(site, mailbox, fresh_address("anna"))
    visitor.driver.remove_all_credentials()
    visitor.be(member)
    visitor.go("account")
    visitor.settled()
    return member


def switch_factor_on(visitor):
    """By the dialog; returns (secret, recovery codes)."""
    visitor.press("Switch on", "#totp")
    qr = visitor.find(f"{MODAL} svg.qr")
    visitor.click(f"{MODAL} summary")
    secret = visitor.text(f"{MODAL} dd code").replace(" ", "")
    assert qr.size["width"] >= 150 and secret in visitor.find(f"{MODAL} details a").get_attribute("href")
    visitor.answer("Switch on", Code=totp_code(secret))
    codes = visitor.text(f"{MODAL} pre").split("\n")
    visitor.press("Download", MODAL)
    assert visitor.downloaded("xica-recovery-codes*.txt").read_text().split() == codes
    visitor.answer("Close")
    visitor.gone(MODAL)
    wait_until(lambda: "switched on" in visitor.text("#totp"), 20, "the page says that it is on")
    return secret, codes


def add_passkey(visitor, name):
    visitor.press("Add a passkey", "#passkeys")
    visitor.answer("Continue", Name=name)
    wait_until(lambda: name in visitor.text("#passkeys") or visitor.all(f"{MODAL} pre"), 20, "the passkey is listed")


def test_a_second_factor_is_switched_on_and_asked_for_at_log_in(visitor, member):
    secret, codes = switch_factor_on(visitor)
    assert len(codes) == 10
    visitor.be()
    visitor.log_in(member.address)
    visitor.fill("#code", "000000" if totp_code(secret) != "000000" else "111111")
    visitor.click("#second [type=submit]")
    visitor.wait_for_text("The code is wrong")
    visitor.fill("#code", codes[0])
    visitor.click("#second [type=submit]")
    visitor.wait_for_page("/dashboard")
    visitor.be()
    visitor.log_in(member.address)
    visitor.fill("#code", codes[0])
    visitor.click("#second [type=submit]")
    visitor.wait_for_text("The code is wrong")


def test_the_code_of_the_authenticator_logs_in(visitor, site, mailbox):
    member = Member(site, mailbox, fresh_address("clock"))
    secret, _ = member.factor()
    visitor.be()
    visitor.log_in(member.address)
    visitor.fill("#code", totp_code(secret))
    visitor.click("#second [type=submit]")
    visitor.wait_for_page("/dashboard")
    visitor.go("account")
    visitor.press("Switch off", "#totp")
    visitor.answer("Switch off")
    visitor.gone(MODAL)
    assert member.look("/api/session")["totp"] is False


def test_a_passkey_is_registered_and_is_all_that_a_log_in_needs(visitor, member):
    add_passkey(visitor, "my phone")
    if visitor.all(f"{MODAL} pre"):
        visitor.answer("Close")
    visitor.click("#log-out")
    visitor.wait_for_page("/")
    visitor.go("log-in")
    visitor.click("#passkey")
    visitor.wait_for_page("/dashboard")
    visitor.go("account")
    visitor.wait_for_text("my phone")
    assert member.address in visitor.text("#who")
    visitor.press("Remove", "#passkeys")
    visitor.answer("Remove")
    visitor.gone(MODAL)
    wait_until(lambda: "my phone" not in visitor.text("#passkeys"), 20, "it is gone")


def test_a_password_and_a_passkey_together_log_in(visitor, member):
    add_passkey(visitor, "my key ring")
    if visitor.all(f"{MODAL} pre"):
        visitor.answer("Close")
    visitor.be()
    visitor.log_in(member.address)
    visitor.click("#passkey-second")
    visitor.wait_for_page("/dashboard")


def test_sessions_are_listed_and_one_or_all_of_them_ended(visitor, member, site):
    other = Client(site.url, site.root_pem, agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    other.ok("/api/log-in", {"address": member.address, "password": PASSWORD})
    visitor.go("account")
    visitor.press_in(visitor.card("#sessions", "Firefox, Linux"), "End")
    wait_until(lambda: "Firefox" not in visitor.text("#sessions"), 20, "the session is gone from the list")
    assert other.look("/api/session")["signed_in"] is False
    other.ok("/api/log-in", {"address": member.address, "password": PASSWORD})
    visitor.press("Log out everywhere", "#sessions")
    visitor.wait_for_page("/log-in")
    assert other.look("/api/session")["signed_in"] is False
    visitor.go("dashboard")
    visitor.wait_for_page("/log-in")


def test_who_logged_out_leaves_nothing_behind_the_back_button(visitor, member):
    visitor.go("dashboard")
    visitor.settled()
    visitor.click("#log-out")
    visitor.wait_for_page("/")
    visitor.driver.back()
    visitor.wait_for_page("/log-in")
    assert visitor.script("return localStorage.length + sessionStorage.length") == 0


def test_a_forgotten_password_is_set_anew_by_the_letters_link(visitor, member, mailbox):
    visitor.be()
    visitor.go("log-in")
    visitor.press("Password forgotten?")
    visitor.fill("#address", member.address)
    visitor.click("#ask [type=submit]")
    visitor.find("#sent")
    link = mailbox.wait(member.address, "/reset#").link("/reset#")
    visitor.open(link)
    visitor.fill("#new-password", "password123")
    visitor.click("#finish [type=submit]")
    visitor.wait_for_text("among the first that others try")
    visitor.fill("#new-password", NEW_PASSWORD)
    visitor.click("#finish [type=submit]")
    visitor.press("Log in", "#done")
    visitor.give_password(member.address)
    visitor.wait_for_text("Address and password don't fit together")
    visitor.give_password(member.address, NEW_PASSWORD)
    visitor.wait_for_page("/dashboard")
    assert member.look("/api/session")["signed_in"] is False, "all devices were logged out"
    visitor.be()
    visitor.open(link)
    visitor.fill("#new-password", NEW_PASSWORD)
    visitor.click("#finish [type=submit]")
    visitor.wait_for_text("too old or was used already")


def test_one_who_guesses_is_told_to_wait(visitor, member):
    visitor.be()
    visitor.go("log-in")
    for number in range(10):
        visitor.give_password(member.address, f"a guess, number {number}")
        visitor.gone("#log-in [aria-busy]")
        if "There were too many tries. Wait" in visitor.text("main"):
            break
    assert 5 <= number < 10
    visitor.be(member)


def test_a_password_is_changed(visitor, member):
    visitor.fill_in("Present password", PASSWORD)
    visitor.fill_in("New password", NEW_PASSWORD)
    visitor.press("Change the password")
    visitor.wait_for_text("The new password is set")
    visitor.be()
    visitor.log_in(member.address, NEW_PASSWORD)
    visitor.wait_for_page("/dashboard")


def test_an_address_is_changed_by_a_letter_to_the_new_one_and_the_old_one_hears_of_it(visitor, member, mailbox):
    new = fresh_address("moved")
    visitor.fill_in("New address", new)
    visitor.press("Change the address")
    visitor.wait_for_text(f"Look into the mailbox of {new}")
    visitor.open(mailbox.wait(new, "/address#").link("/address#"))
    visitor.press("Use this address")
    visitor.wait_for_text(f"is now {new}")
    assert new in mailbox.wait(member.address, "was changed").text
    visitor.be()
    visitor.log_in(new)
    visitor.wait_for_page("/dashboard")


def test_a_notice_is_switched_off_by_the_letters_link_without_logging_in(visitor, member, site, mailbox, domain):
    account = member.bound_account("mail1")
    with Http01(site.http01_port) as http01:
        account.issue([domain], http01)
        letter = mailbox.wait(member.address, "certificate was issued")
        assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        visitor.be()
        visitor.open(letter.link("/unsubscribe#"))
        visitor.wait_for_text("a certificate was issued")
        visitor.press("Switch it off")
        visitor.wait_for_text("You get no more mails of this kind")
        count = len(mailbox.to(member.address))
        account.issue([f"again.{domain}"], http01)
    visitor.be(member)
    visitor.go("account")
    assert not visitor.named("a certificate was issued", "#notices").is_selected()
    visitor.named("a certificate was issued", "#notices").click()
    visitor.wait_for_text("Saved.")
    assert member.look("/api/notices")["notices"]["issued"] is True
    with Http01(site.http01_port) as http01:
        account.issue([f"third.{domain}"], http01)
    mailbox.wait(member.address, f"third.{domain}")
    assert len(mailbox.to(member.address)) == count + 1, "the letter of the second certificate was never sent"


def test_a_log_in_from_a_new_device_is_told_by_letter_and_from_a_known_one_not(visitor, member, mailbox):
    visitor.be()
    visitor.log_in(member.address)
    visitor.wait_for_page("/dashboard")
    assert "Chrome" in mailbox.wait(member.address, "from a new browser").text
    count = len(mailbox.to(member.address))
    visitor.click("#log-out")
    visitor.wait_for_page("/")
    visitor.log_in(member.address)
    visitor.wait_for_page("/dashboard")
    visitor.go("account")
    visitor.press("Log out everywhere", "#sessions")
    visitor.wait_for_page("/log-in")
    visitor.go("reset")
    visitor.fill("#address", member.address)
    visitor.click("#ask [type=submit]")
    mailbox.wait(member.address, "/reset#")
    assert len(mailbox.to(member.address)) == count + 1, "no letter but that of the reset"


def test_data_are_exported_and_the_account_deleted(visitor, member, site, mailbox, domain):
    with Http01(site.http01_port) as http01:
        member.bound_account("mail1").issue([domain], http01)
    visitor.press("Export", "#data")
    exported = json.loads(visitor.downloaded("xica-account*.json").read_text())
    assert member.address in json.dumps(exported) and domain in json.dumps(exported)
    assert "password" not in json.dumps(exported).lower() or "argon2" not in json.dumps(exported)
    visitor.press("Delete the account", "#data")
    visitor.press("Delete the account", MODAL)
    assert member.look("/api/session")["signed_in"], "not without the tick"
    visitor.click(f"{MODAL} input[name=sure]")
    visitor.press("Delete the account", MODAL)
    visitor.wait_for_page("/")
    mailbox.wait(member.address, "was deleted")
    visitor.log_in(member.address)
    visitor.wait_for_text("Address and password don't fit together")
    visitor.go("search", f"domain={domain}")
    visitor.wait_for_text("Certificates for")
    assert domain in visitor.text("#found .card"), "certificates are public and stay"
