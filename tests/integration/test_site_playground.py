"""A CA to play with, as ./tools/run starts it: from sign-up to a downloaded certificate with nothing but the pages, and the folder of letters that they name."""
import email
import email.policy
import time
from pathlib import Path

import pytest

from lab.mailbox import Letter, Mailbox
from lab.site_person import Person
from lab.xicad import Xicad

DOMAIN = "play.example"


class Folder(Mailbox):
    """The letters that lie in a folder as files, newest last."""

    def __init__(self, path):  # pylint: disable=super-init-not-called  (there is no server)
        self.path = Path(path)

    @property
    def letters(self):
        messages = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in sorted(self.path.glob("*.eml"))]
        return [Letter(message["From"], [address.addr_spec for address in message["To"].addresses], message) for message in messages]


@pytest.fixture(name="site", scope="module")
def site_fixture(output):
    with Xicad(output / "playground", resolve_all="127.0.0.1") as running:
        running.url = running.directory_url.removesuffix("/acme/directory")
        yield running
    assert [line for line in running.log.read_text().splitlines() if "level=error" in line] == []


def test_from_sign_up_to_a_certificate_by_the_letters_that_the_page_says_where_they_lie(site):
    with Person(site, None) as person:
        begun = time.monotonic()
        person.open(site.url)
        person.mailbox = Folder(person.text("#play code"))
        person.begin("anna@play.example", [DOMAIN])
        person.click("input[value=email-01]")
        person.press("Send the mail")
        wizard = person.driver.current_window_handle
        person.driver.switch_to.new_window("tab")
        person.open(person.mailbox.wait(f"hostmaster@{DOMAIN}", "/code#").link("/code#"))
        person.press("Yes, confirm")
        person.wait_for_text("is proven")
        person.driver.switch_to.window(wizard)
        issued, key = person.finish()
        taken = time.monotonic() - begun
        print(f"from sign-up to the files in {taken:.1f} s")
        assert taken < 300
        assert "PRIVATE KEY" in key.read_text() and DOMAIN in issued.leaf.subject.rfc4514_string()
