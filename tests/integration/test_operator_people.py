"""People, letters and orders that wait, as an operator sees to them: by xica, and in the site's console."""
import json
import os
import re
import signal

import pytest

from lab import ledger
from lab.acme_raw import Acme, problem
from lab.csr import make_csr
from lab.jws import Key, external_account_binding
from lab.mailbox import Mailbox
from lab.person import Person
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox):
    """A CA of this file's own: its roles are killed, and some names wait for an operator."""
    with Xicad(output / "operated", resolve_all="127.0.0.1", options=["--mail-relay", f"smtp://127.0.0.1:{mailbox.port}", "--review", "*bank*"]) as running:
        yield running


@pytest.fixture(name="xica")
def xica_fixture(site):
    def ask(*words):
        return json.loads(site.cli(*words, "--json").stdout)
    return ask


def refused(site, *words):
    done = site.cli(*words, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout


@pytest.fixture(name="people", scope="module")
def people_fixture(site, mailbox):
    """people("name"): somebody who signed up with an address of that name."""
    known = {}

    def somebody(name):
        if name not in known:
            known[name] = Person(site, f"{name}@people.example", mailbox).sign_up()
        return known[name]
    return somebody


def noted(site, command, count=1):
    wait_until(lambda: len(ledger.operator_acts(site.directory, command)) >= count, 10, f"{command} stands in the audit log", 0.1)
    return ledger.operator_acts(site.directory, command)[-1]


# --- people

def test_a_suspended_person_is_out_until_resumed(site, xica, people):
    juliet = people("juliet")
    assert juliet.get("person/sessions").status_code == 200
    assert xica("person", "suspend", juliet.address)["status"] == "suspended"
    assert juliet.get("person/sessions").status_code == 401
    answer = juliet.post("log-in", address=juliet.address, password=juliet.password)
    assert (answer.status_code, answer.json()["error"]) == (403, "suspended")
    assert "suspended already" in refused(site, "person", "suspend", juliet.address)
    assert xica("person", "resume", juliet.address)["status"] == "active"
    assert juliet.log_in()["signed_in"] is True
    assert noted(site, "person-suspend")["by"] == f"uid {os.getuid()} (control socket)"
    assert noted(site, "person-resume")["arguments"] == {"address": juliet.address}


def test_people_are_listed_shown_and_logged_out(site, xica, people):
    nurse = people("nurse")
    assert [one["address"] for one in xica("person", "list", "nur")["people"]] == [nurse.address]
    number = str(xica("person", "list", "nur")["people"][0]["id"])
    shown = xica("person", "show", number)
    assert shown["address"] == nurse.address and len(shown["sessions"]) == 1
    assert nurse.address in site.cli("person", "show", number).stdout
    assert xica("person", "log-out", nurse.address)["sessions"] == 1
    assert nurse.get("person/sessions").status_code == 401
    assert "no such person" in refused(site, "person", "show", "nobody@people.example")
    assert "no mail address" in refused(site, "person", "show", "nobody")


def test_the_accounts_of_a_person_are_listed(site, xica, people):
    romeo, acme, key = people("romeo"), Acme(site.directory_url, site.root_pem), Key()
    made = romeo.good("keys", name="balcony")
    number = str(xica("person", "show", romeo.address)["id"])
    assert xica("account", "list", "--person", number)["accounts"] == []
    account = acme.new_account(key, externalAccountBinding=external_account_binding(key, made["kid"], made["mac_key"], acme.directory["newAccount"]))
    acme.new_account()
    listed = [str(one["id"]) for one in xica("account", "list", "--person", number)["accounts"]]
    assert listed == [account.url.rsplit("/", 1)[1]]
    assert xica("account", "list", "--person", number, "--status", "suspended")["accounts"] == []


def test_a_person_is_deleted_only_after_a_yes_and_told_by_letter(site, xica, people, mailbox):
    paris = people("paris")
    assert "nobody was deleted" in refused(site, "person", "delete", paris.address)
    assert xica("person", "show", paris.address)["status"] == "active"
    site.cli("person", "delete", paris.address, "--yes")
    assert paris.get("person/sessions").status_code == 401
    assert mailbox.wait(paris.address, "deleted")
    assert "no such person" in refused(site, "person", "show", paris.address)


def test_an_operator_opens_the_console_with_the_second_factor_and_what_is_done_there_bears_the_name(site, xica, people):
    friar, romeo = people("friar"), people("romeo")
    assert friar.post("operator/enter", code="123456").json()["error"] == "not-operator"
    assert xica("person", "operator", friar.address)["operator"] is True
    assert friar.get("person/sessions").status_code == 401
    friar.log_in()
    assert friar.post("operator/enter", code="123456").json()["error"] == "second-factor"
    _, codes = friar.switch_totp_on()
    assert friar.command("health").json()["error"] == "enter-console"
    friar.good("operator/enter", code=codes[0])
    health = friar.command("health").json()
    assert all(health["roles"][role]["connected"] for role in ("validator", "signer", "mailer", "login"))
    before = len(ledger.operator_acts(site.directory, "person-suspend"))
    assert friar.command("person-suspend", address=romeo.address).status_code == 200
    assert noted(site, "person-suspend", before + 1)["by"] == friar.address
    again = friar.command("person-suspend", address=romeo.address)
    assert again.status_code == 422 and "suspended already" in again.json()["why"]
    assert "machine alone" in friar.command("person-operator", address=romeo.address, operator=True).json()["why"]
    lines = friar.command("audit-read").json()["lines"]
    assert lines[0]["command"] == "person-suspend" and lines[0]["by"] == friar.address
    assert friar.command("audit-verify").json()["whole"] is True
    xica("person", "operator", friar.address, "--take-away")
    assert friar.command("health").status_code == 401
    assert "whole" in site.cli("audit", "verify").stdout


# --- orders that wait

@pytest.fixture(name="applicant")
def applicant_fixture(site):
    """An ACME account, and a web server that proves its names."""
    with Http01(site.http01_port) as http01:
        yield Acme(site.directory_url, site.root_pem).new_account(), http01


def finalized(applicant, name):
    account, http01 = applicant
    order = account.order([name]).prove_all(http01)
    answer = order.finalize(make_csr([name]))
    assert answer.status_code == 200 and answer.json()["status"] == "processing", answer.text
    assert int(answer.headers["Retry-After"]) >= 30
    return order


def test_an_order_for_a_name_of_high_risk_waits_and_is_issued_when_approved(site, xica, applicant):
    order = finalized(applicant, "www.bank-of-verona.example")
    number = order.url.rsplit("/", 1)[1]
    assert [str(one["id"]) for one in xica("order", "waiting")["orders"]] == [number]
    site.kill("registrar")
    site.kill("signer")
    wait_until(lambda: site.cli("order", "waiting", check=False).returncode == 0, 10, "the registrar answers", 0.2)
    assert "www.bank-of-verona.example" in site.cli("order", "waiting").stdout
    wait_until(lambda: xica("health")["roles"]["signer"]["connected"], 10, "the signer is back", 0.1)
    assert order.json()["status"] == "processing"
    site.cli("order", "approve", number)
    wait_until(lambda: order.json()["status"] == "valid", 20, "the order is valid", 0.2)
    assert "does not wait" in refused(site, "order", "approve", number)
    assert noted(site, "order-approve")["arguments"] == {"order": int(number)}
    assert ledger.check_one_story(site.directory)


def test_a_refused_order_is_invalid_and_its_applicant_reads_why(site, applicant):
    order = finalized(applicant, "bank.example")
    number = order.url.rsplit("/", 1)[1]
    site.cli("order", "refuse", number, "--reason", "not yours")
    ended = order.json()
    assert ended["status"] == "invalid" and ended["error"]["type"].endswith("rejectedIdentifier") and "not yours" in ended["error"]["detail"]
    problem(order.finalize(make_csr(["bank.example"])), "orderNotReady", 403)


# --- letters

def whole_again(site, xica):
    """Every role is there, after some were killed."""
    def connected():
        if site.cli("health", check=False).returncode:
            return False
        roles = xica("health")["roles"]
        return all(roles[role]["connected"] for role in ("validator", "signer", "mailer", "login")) and all(front["connected"] for front in roles["fronts"])
    wait_until(connected, 20, "all roles are connected", 0.2)


def letters(xica, address, state):
    return [one for one in xica("mail", "list", "--state", state)["letters"] if one["to"] == address]


def test_no_letter_is_lost_when_mailer_and_registrar_are_killed(site, xica, mailbox, people):
    people("tybalt")  # so that every role has done its work once
    addresses = [f"guest{n}@people.example" for n in range(6)]
    killed = ["mailer", "registrar", "mailer", "registrar", "mailer", "login"]
    for address, role in zip(addresses, killed):
        guest = Person(site, address, mailbox)
        wait_until(lambda guest=guest: guest.post("sign-up", address=guest.address, password=guest.password).status_code == 200, 20, "signed up", 0.3)
        os.kill(site.role_pids(role)[0], signal.SIGKILL)
    for address in addresses:
        assert mailbox.wait(address, r"/confirm#", timeout=40)
        assert len(mailbox.to(address)) <= 2, "a crash doubles those that were under way, and no more"
    whole_again(site, xica)
    wait_until(lambda: all(letters(xica, address, "sent") for address in addresses), 40, "all of them are sent", 0.5)


def test_a_letter_that_the_relay_refuses_is_shown_and_can_be_tried_again(site, xica, mailbox):
    address = "refused@people.example"
    mailbox.answer = lambda recipient: "550 no such user" if recipient == address else None
    guest = Person(site, address, mailbox)
    guest.good("sign-up", address=address, password=guest.password)
    wait_until(lambda: letters(xica, address, "failed"), 20, "the letter has failed", 0.2)
    failed = letters(xica, address, "failed")[0]
    assert "550" in failed["error"] and "550" in site.cli("mail", "list", "--state", "failed").stdout
    assert re.search(rf'msg="is given up.* mail={failed["id"]} letter=confirm$', site.log.read_text(), re.M)
    mailbox.answer = None
    site.cli("mail", "retry", str(failed["id"]))
    assert mailbox.wait(address, r"/confirm#")
    wait_until(lambda: letters(xica, address, "sent"), 10, "the letter is sent", 0.2)
    assert "was sent" in refused(site, "mail", "retry", str(failed["id"]))


def test_a_letter_that_the_relay_does_not_take_yet_waits(site, xica, mailbox):
    address = "grey@people.example"
    mailbox.answer = lambda recipient: "451 come back later" if recipient == address else None
    guest = Person(site, address, mailbox)
    guest.good("sign-up", address=address, password=guest.password)
    wait_until(lambda: any(one["error"] for one in letters(xica, address, "waiting")), 20, "it was tried", 0.2)
    mailbox.answer = None
    site.cli("mail", "retry", str(letters(xica, address, "waiting")[0]["id"]))
    assert mailbox.wait(address, r"/confirm#")


def test_health_says_what_is_connected(site, xica):
    whole_again(site, xica)
    said = site.cli("health").stdout
    for role in ("front", "validator", "signer", "mailer", "login"):
        assert f"{role:<10} connected" in said
