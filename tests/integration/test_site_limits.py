"""Rates in the operator's console: what is configured, what somebody used up, forgiving it, and exceptions."""
import pytest

from lab.configured import ConfiguredCa
from lab.console import fill_form, room, row
from lab.mailbox import Mailbox
from lab.site import PASSWORD
from lab.site_pages import MODAL, Member, Visitor, fresh_address

SECTIONS = """\
limits {{
	orders-per-account = "300 per 3h"
	certificates-per-domain = "50 per 10d"
}}
mail {{
	relay = "smtp://127.0.0.1:{port}"
	tls = none
}}
"""


@pytest.fixture(name="mailbox", scope="module")
def mailbox_fixture():
    with Mailbox() as box:
        yield box


@pytest.fixture(name="site", scope="module")
def site_fixture(output, mailbox):
    with ConfiguredCa(output / "console-limits", SECTIONS.format(port=mailbox.port)) as running:
        running.url = running.directory_url.removesuffix("/acme/directory")
        yield running
    assert [line for line in running.log.read_text().splitlines() if "level=error" in line] == []


@pytest.fixture(name="operator", scope="module")
def operator_fixture(site, mailbox):
    operator = Member(site, mailbox, fresh_address("operator"))
    site.cli("person", "operator", operator.address)
    operator.ok("/api/log-in", {"address": operator.address, "password": PASSWORD})
    operator.codes = operator.factor()[1]
    return operator


@pytest.fixture(name="visitor", scope="module")
def visitor_fixture(site, mailbox, operator):
    with Visitor(site, mailbox) as visitor:
        visitor.be(operator)
        visitor.go("operator")
        visitor.fill("#code", operator.codes.pop())
        visitor.click("#enter [type=submit]")
        visitor.find("[role=tab]")
        yield visitor


@pytest.fixture(name="somebody")
def somebody_fixture(site, mailbox):
    return Member(site, mailbox, fresh_address("somebody")).bound_account("mail1")


def number_of(account):
    return account.url.rsplit("/", 1)[-1]


def test_what_is_configured_is_shown(visitor):
    room(visitor, "Limits")
    shown = visitor.text("[role=tabpanel]")
    for name, rate in (("Orders per account", "300 per 3h"), ("Certificates per domain", "50 per 10d"), ("Accounts per network", "no limit")):
        assert f"{name}\n{rate}" in shown


def test_an_account_gets_a_rate_of_its_own_what_it_used_up_is_forgiven_and_the_exception_taken_back(visitor, somebody, domain):
    account = somebody
    number = number_of(account)
    room(visitor, "Limits")
    visitor.wait_for_text("There are none: the configuration holds for all.")
    fill_form(visitor, "Make an exception", {"Which one": number, "Allowed": "often"})
    visitor.wait_for_text("the rate must be as", MODAL)
    visitor.answer("Cancel")
    room(visitor, "Limits")
    fill_form(visitor, "Make an exception", {"Which one": number, "Rate": "Orders per account", "Allowed": "1 per 2h", "Reason": "loops"})
    row(visitor, "Orders per account", f"ACME account {number}", "1 per 2h", "loops")
    assert account.new_order([domain]).status_code == 201
    assert account.new_order([f"a.{domain}"]).status_code == 429
    room(visitor, "Limits")
    visitor.fill_in("Which one", number, "form[role=search]")
    visitor.press("Search", "[role=tabpanel]")
    visitor.press_in(row(visitor, f"ACME account {number}", "1 per 2h", without="loops"), "Forgive")
    visitor.answer("Continue")
    visitor.wait_for_text("Nothing is counted just now.")
    assert account.new_order([f"a.{domain}"]).status_code == 201
    visitor.press_in(row(visitor, "loops"), "Take back")
    visitor.answer("Continue")
    visitor.wait_for_text("There are none: the configuration holds for all.")
    assert account.new_order([f"b.{domain}"]).status_code == 201


def test_what_a_domain_used_up_is_found_by_any_name_below_it(visitor, site):
    site.cli("limits", "set", "--domain", "a.hosts-many.org", "--rate", "none", "--reason", "a big hoster")
    room(visitor, "Limits")
    row(visitor, "Certificates per domain", "hosts-many.org", "no limit", "a big hoster")


def test_a_limit_that_is_off_for_all_is_not_offered_as_an_exception(visitor):
    room(visitor, "Limits")
    offered = visitor.script("return [...document.querySelectorAll('[role=tabpanel] details select[name=kind] option')].map(e => e.textContent)")
    assert offered == ["all that apply", "Orders per account", "Certificates per domain"]
