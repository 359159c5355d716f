"""From nothing to a certificate with nothing but the site's pages, and what its owner does with it on the dashboard afterwards."""
import re
import shlex
import time

import pytest
from selenium.webdriver.common.keys import Keys

from lab import certs
from lab.clients.certbot import Certbot
from lab.mailbox import Mailbox
from lab.paths import BUILD, ROOT
from lab.process import run
from lab.site_pages import MODAL, Member, Visitor, fresh_address, site_of
from lab.site_person import public_key
from lab.waiting import wait_until
from lab.webserver import Http01


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox, nameserver):
    with site_of(output / "certificates", mailbox, nameserver, ["--eab-required"]) as site:
        yield site


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox):
    with Visitor(site, mailbox) as visitor:
        yield visitor


@pytest.fixture(name="member")
def member_fixture(site, mailbox, visitor):
    """Somebody who is logged in at the browser."""
    member = Member(site, mailbox, fresh_address("owner"))
    visitor.be(member)
    return member


@pytest.fixture(name="issued")
def issued_fixture(member, site, domain):
    """A certificate of the member's for `domain`."""
    with Http01(site.http01_port) as http01:
        return member.bound_account("made before").issue([domain], http01)


def put_records(visitor, nameserver):
    for name, value in zip(visitor.lines("Name"), visitor.lines("Value")):
        nameserver.add(name, "TXT", value)


def test_from_sign_up_to_a_downloaded_certificate_in_the_browser(visitor, site, nameserver, workdir):
    visitor.be()
    begun = time.monotonic()
    domain, address = "main.xmpp.example", fresh_address("newcomer")
    visitor.go("index")
    visitor.fill("#domain", f"somebody@{domain}")
    visitor.click("#begin [type=submit]")
    visitor.wait_for_page("/get")
    visitor.wait_for_value("input[name=domain]", domain)
    visitor.press_in(visitor.find("main"), "Continue")
    visitor.press("Sign up")
    visitor.sign_up(address)
    visitor.wait_for_page("/get")
    visitor.click("main label.check")
    visitor.press("Continue")
    assert visitor.lines("Name") == [f"_acme-challenge.{domain}", f"_acme-challenge.conference.{domain}"]
    put_records(visitor, nameserver)
    visitor.press("Check all now")
    issued, key = visitor.finish()
    taken = time.monotonic() - begun
    print(f"from the home page to a certificate in {taken:.1f} s")
    assert taken < 300
    certs.check_xmpp_certificate(issued, [domain, f"conference.{domain}"], site.root_pem, workdir)
    assert public_key("key", key) == public_key("certificate", visitor.downloaded("*.cert.pem"))
    visitor.press("Next: install it")
    visitor.wait_for_page("/install")
    assert domain in visitor.text()


def test_the_keyboard_alone_is_enough_from_the_home_page_to_the_key(visitor, member, nameserver):
    domain = "keyboard.plain.example"
    visitor.go("index")
    visitor.tab_to("#domain").send_keys(domain + Keys.ENTER)
    visitor.wait_for_page("/get")
    visitor.wait_for_value("input[name=domain]", domain)
    visitor.tab_to("button", "Continue").send_keys(Keys.ENTER)
    put_records(visitor, nameserver)
    visitor.tab_to("button", "Check now").send_keys(Keys.ENTER)
    visitor.find("input[name=key]")
    visitor.tab_to("input[name=key]").send_keys(Keys.DOWN)
    assert visitor.script("return document.activeElement.value") == "rsa"
    visitor.driver.switch_to.active_element.send_keys(Keys.UP)
    visitor.tab_to("button", "Get the certificate").send_keys(Keys.ENTER)
    visitor.find("[data-file]", timeout=60)
    visitor.tab_to("[data-file$='.key']").send_keys(Keys.SPACE)
    assert "PRIVATE KEY" in visitor.downloaded(f"{domain}.key").read_text()


def test_a_record_that_is_wrong_is_told_in_the_validators_words_with_what_to_do(visitor, member, nameserver, domain):
    visitor.go("get", f"domain={domain}")
    visitor.find("input[name=domain]")
    visitor.press("Continue")
    [name], [value] = visitor.lines("Name"), visitor.lines("Value")
    nameserver.add(name, "TXT", "something else")
    visitor.press("Check now")
    visitor.wait_for_text(f"could not see the proof for {domain}")
    detail = visitor.text("main blockquote")
    assert name in detail and "TXT" in detail, detail
    assert "exactly this name" in visitor.text("main"), "it says what to do"
    nameserver.delete(name, "TXT")
    visitor.press("Try again")
    [again] = wait_until(lambda: [new for new in visitor.lines("Value") if new != value], 20, "a new value")
    nameserver.add(name, "TXT", again)
    visitor.press("Check now")
    visitor.find("input[name=key]")


def test_the_letters_link_is_followed_in_another_browser_and_the_wizard_goes_on(visitor, member, site, mailbox):
    domain = "letter.plain.example"
    visitor.go("get", f"domain={domain}")
    visitor.find("input[name=domain]")
    visitor.press("Continue")
    visitor.click("input[value=email-01]")
    visitor.choose("select[name=address]", f"webmaster@{domain}")
    visitor.press("Send the mail")
    letter = mailbox.wait(f"webmaster@{domain}", "/code#")
    with Visitor(site, mailbox) as other:
        other.open(letter.link("/code#"))
        other.wait_for_text(domain)
        other.press("Yes, confirm")
        other.wait_for_text("is proven")
    visitor.find("input[name=key]")


def test_a_certificate_is_renewed_from_the_dashboard_with_the_key_it_has(visitor, issued, nameserver, domain):
    visitor.go("dashboard")
    visitor.press_in(visitor.card("#certificate-list", domain), "Renew")
    visitor.wait_for_page("/get")
    visitor.wait_for_value("input[name=domain]", domain)
    visitor.press("Continue")
    put_records(visitor, nameserver)  # it was another ACME account that had proven the name
    visitor.press("Check now")
    visitor.find("input[value=earlier]:checked")
    visitor.press("Get the certificate")
    visitor.click('[data-file$=".crt"]')
    renewed = certs.Issued(visitor.downloaded(f"{domain}.crt").read_text())
    assert renewed.leaf.public_key().public_numbers() == issued.leaf.public_key().public_numbers()
    assert renewed.leaf.serial_number != issued.leaf.serial_number
    visitor.go("dashboard")
    visitor.click("#certificate-list > details > summary")
    assert "renewed" in visitor.card("#certificate-list details", f"{issued.leaf.serial_number:x}").text


def test_files_of_a_certificate_are_downloaded_from_the_dashboard(visitor, issued, domain, site, workdir):
    visitor.go("dashboard")
    visitor.press_in(visitor.card("#certificate-list", domain), "Files and details")
    visitor.press("Download", MODAL)
    chain = certs.Issued(visitor.downloaded(f"{domain}.fullchain.pem").read_text())
    assert chain.leaf == issued.leaf
    assert certs.openssl_verify(chain, site.root_pem, workdir).returncode == 0


def test_a_revoked_certificate_is_on_the_crl_with_the_reason_that_was_chosen(visitor, issued, domain, member, mailbox):
    visitor.go("dashboard")
    visitor.press_in(visitor.card("#certificate-list", domain), "Revoke")
    visitor.click(f"{MODAL} input[value='5']")
    visitor.answer("Revoke")
    visitor.gone(MODAL)
    visitor.click("#certificate-list > details > summary")
    assert "The server is no more" in visitor.card("#certificate-list details", domain).text
    entry = wait_until(lambda: certs.fetch_crl(issued.leaf).get_revoked_certificate_by_serial_number(issued.leaf.serial_number), 30, "it stands on the CRL", 0.3)
    assert entry.extensions[0].value.reason.value == "cessationOfOperation"
    assert "cessationOfOperation" in mailbox.wait(member.address, "revoked").text


def test_a_compromised_key_is_blocked(visitor, issued, domain, site):
    visitor.go("dashboard")
    visitor.press_in(visitor.card("#certificate-list", domain), "Revoke")
    visitor.click(f"{MODAL} input[value='1']")
    visitor.answer("Revoke")
    visitor.gone(MODAL)
    entry = wait_until(lambda: certs.fetch_crl(issued.leaf).get_revoked_certificate_by_serial_number(issued.leaf.serial_number), 30, "it stands on the CRL", 0.3)
    assert entry.extensions[0].value.reason.value == "keyCompromise"
    assert certs.spki_sha256(issued.leaf) in site.cli("block", "list").stdout


def make_key(visitor, name, domain, client):
    """Makes a key on the dashboard; returns the lines that the dialog has for this client."""
    visitor.go("dashboard")
    visitor.fill_in("Name", name, "#key-list form")
    visitor.fill_in("Domain", domain, "#key-list form")
    visitor.press("Make the key", "#key-list")
    visitor.press(client, f"{MODAL} [role=tablist]")
    lines = [code.text for code in visitor.all(f"{MODAL} [role=tabpanel] pre")]
    visitor.answer("Close")
    return lines


def test_the_line_for_certbot_is_copied_from_the_dashboard_and_certbot_issues_with_it(visitor, member, site, mailbox, nameserver, workdir, domain):
    [line] = make_key(visitor, "certbot on mail1", domain, "certbot")
    words = shlex.split(line.replace("\\\n", " "))
    assert words[:2] == ["certbot", "certonly"] and domain in words
    client = Certbot(site, workdir / "certbot", nameserver)
    folders = [word for name in ("config", "work", "logs") for word in (f"--{name}-dir", client.home / name)]
    client.run(*words, *folders, "--non-interactive", "--agree-tos", "-m", "admin@xmpp.example", "--no-eff-email", "--http-01-port", site.http01_port, timeout=120)
    live = client.home / "config" / "live" / domain
    certs.check_xmpp_certificate(certs.Issued((live / "fullchain.pem").read_text()), [domain], site.root_pem, workdir)
    visitor.go("dashboard")
    assert "certbot on mail1" in visitor.card("#certificate-list", domain).text
    assert "in use" in visitor.card("#key-list", "certbot on mail1").text
    assert "certbot on mail1" in visitor.find("#domain-list table").text
    assert "certbot on mail1" in mailbox.wait(member.address, "registered with one of the keys").text
    assert domain in mailbox.wait(member.address, "certificate was issued").text


def test_the_line_for_xica_get_is_copied_from_the_dashboard_and_gets_a_certificate(visitor, member, site, workdir, domain):
    [lines] = make_key(visitor, "xica on mail1", domain, "xica")
    command, _, timer = lines.partition("\nsystemctl ")
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["xica", "get"] and words[-1] == domain
    assert timer.split()[-1] in [unit.name for unit in (ROOT / "dist").iterdir()]
    where = ["--config-dir", workdir / "xica", "--ca-file", site.root_pem, "--http-port", site.http01_port, "--no-install", "--yes"]
    run([BUILD / "xica", *words[1:], *where], timeout=120)
    current = workdir / "xica" / "certificates" / domain / "current"
    certs.check_xmpp_certificate(certs.Issued((current / "fullchain.pem").read_text()), [domain], site.root_pem, workdir)
    visitor.go("dashboard")
    assert "xica on mail1" in visitor.card("#certificate-list", domain).text


@pytest.mark.parametrize("server, option", [("Prosody", r"^(?:xica_)(\w+) = "), ("ejabberd", r"^    (\w+): ")])
def test_the_lines_for_a_servers_module_name_options_that_it_has_and_hold_the_key(visitor, member, site, workdir, domain, server, option):
    module, get, *_ = make_key(visitor, server, domain, server)
    options = re.findall(option, module, re.M)
    described = (ROOT / "integrations" / server.lower() / "README.md").read_text()
    assert {"server", "get_options", "config_dir", "challenges"} == set(options)
    for name in options:
        assert re.search(rf"`(xica_)?{name}`", described), name
    kid = next(key["kid"] for key in member.look("/api/keys")["keys"] if key["name"] == server)
    assert f'"--eab-kid", "{kid}", "--eab-key", "' in module and site.directory_url in module
    assert get.split()[:2] in (["prosodyctl", "mod_xica"], ["ejabberdctl", "xica_get"]) and get.split()[-1] == domain


def test_a_key_is_renamed_and_taken_back_on_the_dashboard(visitor, member):
    account = member.bound_account("first name")
    visitor.go("dashboard")
    visitor.press_in(visitor.card("#key-list", "first name"), "Rename")
    visitor.answer("Save", Name="second name")
    visitor.gone(MODAL)
    visitor.press_in(visitor.card("#key-list", "second name"), "Take back")
    visitor.answer("Take back")
    visitor.gone(MODAL)
    visitor.find("#key-list details")
    assert account.new_order(["late.plain.example"]).status_code in (401, 403)
    visitor.go("dashboard")
    wait_until(lambda: "Took back the key second name" in visitor.text("#history-list"), 20, "it stands in the history")


def test_the_owner_hears_when_somebody_else_gets_a_certificate_for_the_same_name(member, issued, site, mailbox, domain):
    other = Member(site, mailbox, fresh_address("other"))
    with Http01(site.http01_port) as http01:
        second = other.bound_account("not the owner's").issue([domain], http01)
    letter = mailbox.wait(member.address, "(?i)another account")
    assert domain in letter.text and f"{second.leaf.serial_number:x}" in letter.text.replace(":", "").lower()
    assert "List-Unsubscribe" not in letter.message
