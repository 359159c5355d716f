"""From nothing to a certificate with nothing but the site's pages: sign-up, the wizard's ways of proof, keys and requests, and back again to renew."""
import re
import subprocess

import pytest

from lab.certs import dns_names, srv_names
from lab.csr import make_csr
from lab.mailbox import Mailbox
from lab.site_pages import Visitor, site_of
from lab.site_person import public_key
from lab.waiting import wait_until
from lab.webserver import Http01


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox, nameserver):
    with site_of(output / "wizard", mailbox, nameserver, ["--eab-required", "--review", "bank.plain.example"]) as site:
        yield site


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox):
    with Visitor(site, mailbox) as visitor:
        yield visitor


@pytest.fixture(name="person")
def person_fixture(visitor):
    """Somebody at a browser that has never seen the site and has no downloads; other windows that they open are closed in the end."""
    visitor.be()
    for file in visitor.downloads.iterdir():
        file.unlink()
    first = visitor.driver.current_window_handle
    yield visitor
    for other in set(visitor.driver.window_handles) - {first}:
        visitor.driver.switch_to.window(other)
        visitor.driver.close()
    visitor.driver.switch_to.window(first)


def test_a_stranger_leaves_with_a_certificate_by_dns_whose_key_is_theirs(person, nameserver):
    person.begin("anna@plain.example", ["xmpp.example", "conference.xmpp.example", "*.xmpp.example"])
    for name, value in zip(person.lines("Name"), person.lines("Value")):
        nameserver.add(name, "TXT", value)
    person.press("Check all now")
    issued, key = person.finish()
    assert sorted(dns_names(issued.leaf)) == ["*.xmpp.example", "conference.xmpp.example", "xmpp.example"]
    assert "_xmpp-server.xmpp.example" in srv_names(issued.leaf)
    assert public_key("key", key) == public_key("certificate", person.downloaded("*.cert.pem"))
    assert "PRIVATE KEY" in person.downloaded("xmpp.example.pem").read_text()
    person.press("Next: install it")
    person.wait_for_page("/install")
    person.choose("#server", "prosody")
    person.wait_for_text("prosodyctl --root cert import")
    assert "xmpp.example" in person.text() and "example.org" not in person.text()


def test_what_failed_is_said_in_the_validators_words_and_can_be_tried_again(person, site):
    person.begin("berta@plain.example", ["berta.plain.example"])
    person.click("input[value=http-01]")
    person.press("Check now")
    person.wait_for_text("could not see the proof for berta.plain.example")
    person.press("Try again")
    [content] = person.lines("Content")
    with Http01(site.http01_port) as server:
        server.answers[content.split(".")[0]] = "something else"
        person.press("Check now")
        person.wait_for_text("but not with the key authorization of this account")
        person.press("Try again")
        [content] = wait_until(lambda: [new for new in person.lines("Content") if new != content], 20, "a new value")
        server.answers[content.split(".")[0]] = content
        person.press("Check now")
        issued, _ = person.finish("rsa")
    assert issued.leaf.public_key().key_size == 3072


def test_a_code_by_mail_proves_and_a_wrong_one_does_not(person, mailbox):
    person.begin("carla@plain.example", ["carla.plain.example"])
    person.click("input[value=email-01]")
    person.choose("select[name=address]", "postmaster@carla.plain.example")
    person.press("Send the mail")
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", mailbox.wait("postmaster@carla.plain.example").text)[0]
    person.fill("input.code", "0000-0000" if code != "0000-0000" else "1111-1111")
    person.press("Confirm")
    person.wait_for_text("4 tries are left")
    person.driver.refresh()
    person.fill("input.code", code.lower().replace("-", " "))
    person.press("Confirm")
    issued, _ = person.finish()
    assert dns_names(issued.leaf) == ["carla.plain.example"]


def test_the_letters_link_asks_before_it_confirms_and_the_wizard_goes_on_by_itself(person, mailbox):
    person.begin("doris@plain.example", ["doris.plain.example"])
    person.click("input[value=email-01]")
    person.press("Send the mail")
    letter = mailbox.wait("hostmaster@doris.plain.example")
    wizard = person.driver.current_window_handle
    person.driver.switch_to.new_window("tab")
    person.open(letter.link("/code#"))
    person.wait_for_text("doris.plain.example")
    person.press("Yes, confirm")
    person.wait_for_text("is proven")
    person.driver.switch_to.window(wizard)
    person.find("input[name=key]")


def test_the_private_key_outlives_a_reload_until_it_was_saved(person, nameserver):
    person.begin("emma@plain.example", ["emma.plain.example"])
    for name, value in zip(person.lines("Name"), person.lines("Value")):
        nameserver.add(name, "TXT", value)
    person.press("Check now")
    person.press("Get the certificate")
    person.find('[data-file$=".key"]')
    person.press("Next: install it")
    person.wait_for_text("Download the private key first")
    person.driver.refresh()
    person.click('[data-file$=".key"]')
    key = person.downloaded("*.key")
    person.wait_for_text("The key was given to your downloads")
    person.driver.refresh()
    person.click('[data-file$=".cert.pem"]')
    assert public_key("key", key) == public_key("certificate", person.downloaded("*.cert.pem"))
    assert not person.all('[data-file$=".key"]')
    assert person.awaited("""
        const {drafts} = await import('/js/keystore.js'), {livingKids} = await import('/js/acme-account.js');
        return (await drafts(await livingKids())).filter(({pair}) => pair).length""") == 0


def test_an_own_request_is_checked_in_words_and_a_later_certificate_is_made_from_the_same(person, nameserver, workdir):
    own = workdir / "own.csr"
    key = workdir / "own.key"
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", own, "-subj", "/", "-addext",
                    "subjectAltName=DNS:frida.plain.example"], check=True, capture_output=True)
    person.begin("frida@plain.example", ["frida.plain.example"])
    for name, value in zip(person.lines("Name"), person.lines("Value")):
        nameserver.add(name, "TXT", value)
    person.press("Check now")
    person.click("input[value=own]")
    person.fill("textarea", key.read_text())
    person.press("Check it")
    person.wait_for_text("It has not left your browser")
    person.fill("textarea", make_pem(["other.plain.example"]))
    person.press("Check it")
    person.press("Use this request")
    person.wait_for_text("This request is for other names")
    person.find("input[type=file]").send_keys(str(own))
    person.wait_for_text("This request can be used")
    person.press("Use this request")
    person.press("Get the certificate")
    person.click('[data-file$=".crt"]')
    first = person.certificate()
    assert public_key("key", key) == public_key("certificate", person.downloaded("*.crt"))
    person.open(f"{person.site.url}/get#renew={first.leaf.serial_number:x}")
    person.driver.refresh()
    person.click("form [type=submit]")
    person.find("input[value=earlier]:checked")
    person.downloaded("*.crt").unlink()
    person.press("Get the certificate")
    person.click('[data-file$=".crt"]')
    second = person.certificate()
    assert second.leaf.serial_number != first.leaf.serial_number
    assert second.leaf.public_key().public_numbers() == first.leaf.public_key().public_numbers()


def test_markup_in_a_request_stays_text(person, site, workdir):
    markup = "<img src=x onerror=document.title='hurt'>"
    own = workdir / "markup.csr"
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", workdir / "markup.key", "-out", own, "-utf8", "-subj", f"/CN={markup}",
                    "-addext", f"subjectAltName=DNS:{markup}"], check=True, capture_output=True)
    person.open(f"{site.url}/get#domain={markup}")
    person.find("input[name=domain]")
    person.press("Continue")
    person.click("#step > div > details > summary")
    person.find("input[type=file]").send_keys(str(own))
    person.wait_for_text("This request can't be used")
    person.open(f"{site.url}/code#1-token.ABCD-EFGH.{markup}.example")
    person.open(f"{site.url}/install#names={markup}.example")
    assert not person.all("main img")
    assert "hurt" not in person.driver.title


def make_pem(names):
    der = subprocess.run(["openssl", "req", "-inform", "DER"], input=make_csr(names), capture_output=True, check=True)
    return der.stdout.decode()


def test_the_account_key_belongs_to_the_one_who_is_signed_in(person, nameserver):
    person.begin("gerda@plain.example", ["gerda.plain.example"])
    person.lines("Name")
    first = person.script("return sessionStorage.getItem('get.order')")
    person.click("#log-out")
    person.find("a[href^='/log-in']")
    person.script("sessionStorage.removeItem('go-on')")
    person.open(f"{person.site.url}/get")
    person.click("input[name=domain]")
    person.open(f"{person.site.url}/sign-up")
    person.sign_up("hanna@plain.example")
    person.wait_for_page("/dashboard")
    person.open(f"{person.site.url}/get#domain=hanna.plain.example")
    person.find("input[name=domain]")
    assert "gerda" not in person.text()
    person.click("form [type=submit]")
    person.lines("Name")
    assert person.script("return sessionStorage.getItem('get.order')") != first
    assert person.awaited("return (await (await import('/js/keystore.js')).accounts((await (await import('/js/acme-account.js')).livingKids()))).length") == 1


def test_an_account_that_was_revoked_is_replaced_without_a_word_about_it(person):
    person.begin("ida@plain.example", ["ida.plain.example"])
    person.lines("Name")
    person.awaited("""
        const {get, post} = await import('/js/api.js');
        for (const {kid} of (await get('keys')).keys) await post(`keys/${kid}/revoke`);""")
    person.driver.refresh()
    person.find("input[name=domain]")
    person.open(f"{person.site.url}/get#domain=ida.plain.example")
    wait_until(lambda: person.find("input[name=domain]").get_attribute("value") == "ida.plain.example", 20, "the domain of the address")
    person.click("form [type=submit]")
    person.lines("Name")


def test_an_account_that_was_deactivated_is_replaced_and_the_names_are_still_there(person):
    person.begin("jana@plain.example", ["jana.plain.example"])
    person.lines("Name")
    person.awaited("""
        const account = await (await import('/js/acme-account.js')).openAccount();
        await account.post(account.url, {status: 'deactivated'});""")
    person.driver.refresh()
    person.wait_for_text("Begin again; the names are still there")
    assert person.find("input[name=domain]").get_attribute("value") == "jana.plain.example"
    person.click("form [type=submit]")
    person.lines("Name")


def test_an_order_for_a_name_of_high_risk_waits_for_a_person_and_goes_on_when_they_agree(person, site, nameserver):
    person.begin("olga@plain.example", ["bank.plain.example"])
    for name, value in zip(person.lines("Name"), person.lines("Value")):
        nameserver.add(name, "TXT", value)
    person.press("Check now")
    person.press("Get the certificate")
    person.wait_for_text("somebody at the CA looks at the order")
    person.driver.refresh()
    person.wait_for_text("somebody at the CA looks at the order")
    order = person.script("return sessionStorage.getItem('get.order')").rsplit("/", 1)[-1]
    site.cli("order", "approve", order)
    person.driver.refresh()
    issued, _ = person.download()
    assert dns_names(issued.leaf) == ["bank.plain.example"]
