"""integrations/: the consoles of each XMPP server call `xica`, and show the state of its certificates, to its admins and to nobody else.

Here `xica` is a program that writes down what it was asked for; test_modules.py has the real one."""
import json
import re
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from lab import xmpp_commands
from lab.browser import Browser
from lab.modules import CONFERENCE, DOMAIN, HOST_PAGE, OTHER, EjabberdWithModule, ProsodyWithModule, WebAdmin, put_xica
from lab.process import run
from lab.waiting import wait_until

CONFIG_DIR = " --config-dir /nowhere"


def get(server, *names):
    """What `xica` is asked for when a console gets a certificate for these names."""
    return (f"get {' '.join(names)} --no-timer --proof xmpp --challenges {server.challenges} --server-config {server.configuration_file} "
            "--server https://ca.example/acme/directory")


@pytest.fixture
def xica(server):
    return put_xica(server)


def test_prosodyctl_gets_for_the_given_hosts_or_all(host, workdir, any_root):
    with ProsodyWithModule(host, workdir, any_root, settings='xica_config_dir = "/nowhere"\nxica_get_options = { "--yes" }\n') as prosody:
        asked = put_xica(prosody)
        prosody.ctl("mod_xica", "get", DOMAIN)
        prosody.ctl("mod_xica", "get")
        prosody.ctl("mod_xica", "renew")
        assert asked() == [get(prosody, DOMAIN) + " --yes" + CONFIG_DIR, get(prosody, DOMAIN, CONFERENCE, OTHER) + " --yes" + CONFIG_DIR, "renew" + CONFIG_DIR]
        (prosody.home / "fail").touch()
        failed = prosody.ctl("mod_xica", "get", DOMAIN, check=False)
        assert failed.returncode == 1 and "the CA's words" in failed.stdout
        assert prosody.ctl("mod_xica", "put", check=False).returncode == 1


def test_ejabberdctl_gets_for_the_given_hosts_or_all(ejabberd):
    asked = put_xica(ejabberd)
    ejabberd.ctl("xica_get", DOMAIN)
    ejabberd.ctl("xica_get", "all")
    ejabberd.ctl("xica_renew")
    assert asked() == [get(ejabberd, DOMAIN), get(ejabberd, DOMAIN, CONFERENCE, OTHER, f"conference.{OTHER}"), "renew"]
    assert ejabberd.ctl("xica_get", f"{DOMAIN},evil.example", check=False).returncode == 1
    assert ejabberd.ctl("xica_get", "--hook", check=False).returncode == 1
    assert len(asked()) == 3
    (ejabberd.home / "fail").touch()
    failed = ejabberd.ctl("xica_get", DOMAIN, check=False)
    assert failed.returncode == 1 and "the CA's words" in failed.stdout


def test_ejabberdctl_shows_the_state_of_each_host(ejabberd):
    lines = dict(line.split("\t") for line in ejabberd.ctl("xica_status").stdout.splitlines())
    assert sorted(lines) == sorted([DOMAIN, CONFERENCE, OTHER, f"conference.{OTHER}"])
    assert "until 20" in lines[DOMAIN] and "days), self-signed" in lines[DOMAIN]
    assert lines[f"conference.{OTHER}"] == "no certificate"


def test_prosodyctl_shows_the_state_of_each_host(prosody):
    lines = dict(line.split("\t") for line in prosody.ctl("mod_xica", "status").stdout.splitlines() if "\t" in line)
    assert sorted(lines) == sorted([DOMAIN, CONFERENCE, OTHER])
    for line in lines.values():
        assert "until 20" in line and "days), self-signed" in line


def test_prosody_renews_by_itself(host, workdir, any_root):
    settings = "xica_renew = true\nxica_renew_interval = 2\n"
    with ProsodyWithModule(host, workdir, any_root, settings=settings) as prosody:
        asked = put_xica(prosody)
        prosody.start()
        wait_until(lambda: len(asked()) >= 2, 20, "it was renewed twice")
        assert set(asked()) == {"renew"}


def test_ejabberd_renews_by_itself(host, workdir, any_root):
    with EjabberdWithModule(host, workdir, any_root, xica="renew_interval: 2") as ejabberd:
        asked = put_xica(ejabberd)
        wait_until(lambda: len(asked()) >= 2, 20, "it was renewed twice")
        assert set(asked()) == {"renew"}


# --- ejabberd's web admin

def test_the_web_admin_shows_each_host_and_gets_a_certificate(ejabberd):
    asked = put_xica(ejabberd)
    person = WebAdmin(ejabberd, f"admin@{DOMAIN}")
    page = person.request("GET", "xica/").text
    assert all(f">{name}<" in page for name in (DOMAIN, CONFERENCE, OTHER)) and "self-signed" in page
    assert OTHER not in person.request("GET", HOST_PAGE).text
    assert "xica/'>Certificates<" in person.request("GET", "").text and "xica/'>Certificates<" in person.request("GET", f"server/{DOMAIN}/").text
    form = [("word", person.word(HOST_PAGE)), ("host", CONFERENCE), ("host", OTHER), ("get", "Get certificate")]
    assert "Begun" in person.request("POST", HOST_PAGE, form).text
    wait_until(lambda: "worked" in person.request("GET", HOST_PAGE).text, 20, "the page tells how it ended")
    assert asked() == [get(ejabberd, CONFERENCE)], "a host's page is for that host and its components"


def test_the_button_works_in_a_browser(ejabberd, any_root):
    asked = put_xica(ejabberd)
    with ejabberd.host.entered(), Browser(any_root) as browser:
        browser.open(f"http://{quote(f'admin@{DOMAIN}')}:secret@{ejabberd.host.address}:5280/admin/{HOST_PAGE}")
        browser.wait_for_text("self-signed", "body")
        browser.screenshot("ejabberd-certificates")
        browser.click(f"input[value='{CONFERENCE}']")
        browser.click("input[name='get']")
        browser.wait_for_text("Begun", "body")
        wait_until(asked, 20, "xica was called")
        browser.open(f"http://{ejabberd.host.address}:5280/admin/{HOST_PAGE}")
        wait_until(lambda: browser.open(browser.driver.current_url) or "worked" in browser.text(), 20, "the page tells how it ended")
        browser.screenshot("ejabberd-certificates-got")
    assert asked() == [get(ejabberd, DOMAIN)]


def test_a_foreign_page_can_not_press_the_button(ejabberd):
    asked = put_xica(ejabberd)
    person, another = WebAdmin(ejabberd, f"admin@{DOMAIN}"), WebAdmin(ejabberd, f"tybalt@{OTHER}")
    anothers = another.word(f"server/{OTHER}/xica/")
    for word in ([], [("word", "")], [("word", "x" * 44)], [("word", anothers)]):
        answer = person.request("POST", HOST_PAGE, [*word, ("host", DOMAIN), ("get", "Get certificate")])
        assert "Nothing was done" in answer.text
    person.request("GET", f"{HOST_PAGE}?word={quote(person.word(HOST_PAGE))}&host={DOMAIN}&get=1")
    assert asked() == []


def test_the_admins_of_a_host_are_not_told_of_another(ejabberd):
    put_xica(ejabberd)
    person, another = WebAdmin(ejabberd, f"admin@{DOMAIN}"), WebAdmin(ejabberd, f"tybalt@{OTHER}")
    theirs = f"server/{OTHER}/xica/"
    before = re.findall("Last: .*", another.request("GET", theirs).text)
    person.request("POST", "xica/", [("word", person.word("xica/")), ("host", CONFERENCE), ("host", OTHER), ("get", "Get certificate")])
    wait_until(lambda: f"{CONFERENCE}, {OTHER}: worked" in person.request("GET", "xica/").text, 20, "the server's page tells how it ended")
    assert re.findall("Last: .*", another.request("GET", theirs).text) == before


def test_an_admin_of_another_host_and_nobody_have_no_page(ejabberd):
    for user in (f"tybalt@{OTHER}", f"romeo@{DOMAIN}"):
        person = WebAdmin(ejabberd, user)
        assert person.request("GET", HOST_PAGE).status_code == 401 and person.request("GET", "xica/").status_code == 401
        assert person.request("POST", HOST_PAGE, [("host", DOMAIN)]).status_code == 401


# --- commands in any client

def admin(server, user, node, *field):
    """One ad-hoc command; what lab/xmpp_commands.py prints."""
    program = [sys.executable, Path(xmpp_commands.__file__), f"{user}@{DOMAIN}", "secret", server.host.address, f"urn:xica:acme:0#{node}", *field]
    return json.loads(run(server.host.command(program), timeout=60).stdout.splitlines()[-1])


def test_an_admin_sees_the_state_of_the_hosts_in_any_client(server):
    answer = admin(server, "admin", "status")
    assert answer["commands"]["urn:xica:acme:0#status"] == "Certificate status"
    assert answer["commands"]["urn:xica:acme:0#get"] == "Get a certificate"
    assert answer["status"] == "completed" and sorted(answer["fields"]) == [DOMAIN, CONFERENCE]
    assert "self-signed" in answer["fields"][DOMAIN][0]


def test_an_admin_gets_a_certificate_in_any_client_and_is_told_how_it_went(server, xica):
    answer = admin(server, "admin", "get", f"hosts={CONFERENCE}")
    assert answer["options"]["hosts"] == [DOMAIN, CONFERENCE]
    assert answer["status"] == "completed" and answer["message"] == f"There is a new certificate for {CONFERENCE}."
    assert "socket" not in (server.home / "files").read_text(), "the program has none of the server's connections"
    (server.home / "fail").touch()
    answer = admin(server, "admin", "get", f"hosts={DOMAIN},{CONFERENCE}")
    assert answer["message"] == f"There is no new certificate for {DOMAIN}, {CONFERENCE}:\nxica: the CA's words\n".rstrip("\n")
    assert xica() == [get(server, CONFERENCE), get(server, DOMAIN, CONFERENCE)]
    assert [note for _, note in admin(server, "admin", "status")["notes"] if note.endswith("failed: xica: the CA's words")]


def test_somebody_elses_host_can_not_be_chosen(server, xica):
    answer = admin(server, "admin", "get", f"hosts={OTHER},evil.example,--hook")
    assert answer["notes"] == [["error", "Choose a host"]] and xica() == []


def test_somebody_who_is_no_admin_gets_nothing(server, xica):
    for words in (["status"], ["get"], ["get", f"hosts={DOMAIN}"]):
        answer = admin(server, "romeo", *words)
        assert answer["error"] == "forbidden" and answer["fields"] == {}
        assert not any("xica" in node for node in answer["commands"])
    assert xica() == []
