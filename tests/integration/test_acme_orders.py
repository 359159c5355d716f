"""Orders and authorizations: which names, how long, which profile, and when a proof counts again (RFC 8555 §7.4, 7.5; acme-profiles)."""
import datetime

import pytest

from lab import certs
from lab.acme_raw import challenge_of, problem
from lab.csr import make_csr
from lab.jws import txt_value
from lab.race import at_once


def _time(text):
    assert text.endswith("Z"), text
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


def _rfc3339(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _prove_by_dns(account, nameserver, authorization_url):
    """Proves an authorization by dns-01 and returns it, valid."""
    authorization = account.json(authorization_url)
    challenge = challenge_of(authorization, "dns-01")
    name = f"_acme-challenge.{authorization['identifier']['value']}"
    nameserver.add(name, "TXT", f'"{txt_value(account.key, challenge["token"])}"')
    assert account.post(challenge["url"], {}).status_code == 200
    settled = account.settled(authorization_url)
    assert settled["status"] == "valid", settled
    return settled


def test_an_order_lists_its_names_and_authorizations(account, domain):
    order = account.order([domain, f"conference.{domain}", f"*.{domain}"])
    document = order.json()
    assert document["status"] == "pending"
    assert {i["value"] for i in document["identifiers"]} == {domain, f"conference.{domain}", f"*.{domain}"}
    assert len(document["authorizations"]) == 3
    assert _time(document["expires"]) > _now()
    assert "certificate" not in document


def test_the_authorization_of_a_wildcard_says_so_and_offers_dns_alone(account, domain):
    authorization = account.json(account.order([f"*.{domain}"]).json()["authorizations"][0])
    assert authorization["wildcard"] is True
    assert authorization["identifier"] == {"type": "dns", "value": domain}
    assert [challenge["type"] for challenge in authorization["challenges"]] == ["dns-01"]
    base = account.json(account.order([domain]).json()["authorizations"][0])
    assert not base.get("wildcard", False)
    assert {"http-01", "dns-01", "tls-alpn-01"} <= {challenge["type"] for challenge in base["challenges"]}


def test_names_are_folded_and_duplicates_collapse(account, domain):
    document = account.order([domain, domain.upper(), domain]).json()
    assert [i["value"] for i in document["identifiers"]] == [domain]
    assert len(document["authorizations"]) == 1


def test_an_idn_is_ordered_and_certified_by_its_a_label(account, http01, domain):
    name = f"xn--mnchen-3ya.{domain}"
    leaf = account.issue([name], http01).leaf
    assert certs.dns_names(leaf) == [name]
    assert f"_xmpp-server.{name}" in certs.srv_names(leaf)


@pytest.mark.parametrize("name", [
    "a b.example", "-a.example.org", "a-.example.org", "a..example.org", ".example.org", "192.0.2.1", "*.*.example.org", "a.*.example.org",
    "*", "*a.example.org", "x" * 64 + ".example.org", ".".join(["a" * 60] * 5), "example.org.", "münchen.example.org", "", "a_b.example.org",
    "xn--.example.org", "xn--0.example.org", "ab--cd.example.org", "[::1]", "example.org:443", "user@example.org", "example.org/path", "a\x00.example.org"])
def test_a_bad_name_is_a_rejected_identifier(account, name):
    problem(account.new_order([name]), "rejectedIdentifier|malformed", 400)


def test_each_bad_name_of_several_is_told_in_a_subproblem(account, domain):
    document = problem(account.new_order([domain, "-bad.example.org", "192.0.2.7"]), "rejectedIdentifier|malformed|compound", 400)
    told = {sub["identifier"]["value"]: sub for sub in document["subproblems"]}
    assert set(told) == {"-bad.example.org", "192.0.2.7"}
    assert all(sub["type"] == "urn:ietf:params:acme:error:rejectedIdentifier" and sub["detail"] for sub in told.values())


@pytest.mark.parametrize("kind", ["ip", "email", "bundleEID", ""])
def test_other_types_of_identifiers_are_unsupported(account, kind):
    problem(account.new_order([{"type": kind, "value": "192.0.2.1"}]), "unsupportedIdentifier|malformed|rejectedIdentifier", 400)


def test_an_order_needs_a_name_and_has_a_limit(account, domain):
    problem(account.new_order([]), "malformed|rejectedIdentifier", 400)
    problem(account.new_order([f"n{number}.{domain}" for number in range(101)]), "malformed|rejectedIdentifier", 400)
    assert account.new_order([f"n{number}.{domain}" for number in range(50)]).status_code == 201


def test_a_validity_within_the_profiles_bounds_is_kept_to_the_second(account, http01, domain):
    begin = _now().replace(microsecond=0)
    end = begin + datetime.timedelta(days=30)
    leaf = account.issue([domain], http01, notBefore=_rfc3339(begin), notAfter=_rfc3339(end)).leaf
    assert leaf.not_valid_before == begin.replace(tzinfo=None)
    assert leaf.not_valid_after == end.replace(tzinfo=None)


@pytest.mark.parametrize("begin, end", [(None, 400), (-30, None), (30, 20), (0, 0.0001), (400, None), (200, 230)])
def test_a_validity_outside_the_profiles_bounds_is_refused(account, domain, begin, end):
    members = {name: _rfc3339(_now() + datetime.timedelta(days=days))
               for name, days in (("notBefore", begin), ("notAfter", end)) if days is not None}
    problem(account.new_order([domain], **members), "malformed", 400)


@pytest.mark.parametrize("text", ["tomorrow", "2030-02-30T00:00:00Z", "2030-01-01", "2030-01-01T00:00:00", "99999-01-01T00:00:00Z", 5])
def test_a_time_must_be_an_rfc_3339_time(account, domain, text):
    problem(account.new_order([domain], notAfter=text), "malformed", 400)


def test_an_unknown_profile_is_refused(account, domain):
    problem(account.new_order([domain], profile="gold"), "invalidProfile", 400)


def test_a_profile_that_can_not_last_so_long_is_the_wrong_one(account, domain):
    late = _rfc3339(_now() + datetime.timedelta(days=30))
    problem(account.new_order([domain], profile="shortlived", notAfter=late), "invalidProfile", 400)
    assert account.order([domain], notAfter=late).json()["profile"] == "xmpp-server"


def test_the_default_profile_is_for_xmpp_servers(account, http01, domain, ca, workdir):
    names = [domain, f"conference.{domain}"]
    issued = account.issue(names, http01)
    certs.check_xmpp_certificate(issued, names, ca.root_pem, workdir)
    days = (issued.leaf.not_valid_after - issued.leaf.not_valid_before + datetime.timedelta(seconds=1)).days
    assert days == 90


def test_the_profile_serverauth_is_for_tls_servers_alone(account, http01, domain):
    leaf = account.issue([domain], http01, profile="serverauth").leaf
    assert certs.usages(leaf) == {certs.SERVER_AUTH}
    assert certs.dns_names(leaf) == [domain] and certs.srv_names(leaf) == []


def test_the_profile_shortlived_lasts_six_days_and_has_no_status_urls(account, http01, domain):
    leaf = account.issue([domain], http01, profile="shortlived").leaf
    assert leaf.not_valid_after - leaf.not_valid_before <= datetime.timedelta(days=6)
    present = {extension.oid.dotted_string for extension in leaf.extensions}
    assert "2.5.29.31" not in present, "no CRL distribution point"


def test_the_order_tells_its_profile(account, domain):
    assert account.order([domain], profile="serverauth").json()["profile"] == "serverauth"


def test_a_valid_authorization_is_used_again_and_keeps_its_method_and_time(account, http01, domain):
    first = account.order([domain]).prove_all(http01).json()
    before = account.json(first["authorizations"][0])
    second = account.order([domain]).json()
    assert second["status"] == "ready"
    assert second["authorizations"] == first["authorizations"]
    after = account.json(second["authorizations"][0])
    assert after == before
    assert challenge_of(after)["status"] == "valid" and _time(challenge_of(after)["validated"]) <= _now()
    assert _time(after["expires"]) <= _now() + datetime.timedelta(days=7, seconds=5)


def test_an_authorization_is_used_again_for_its_own_account_alone(acme, account, http01, domain):
    account.order([domain]).prove_all(http01)
    assert acme.new_account().order([domain]).json()["status"] == "pending"


def test_a_deactivated_authorization_is_not_used_again_and_its_order_is_lost(account, http01, domain):
    order = account.order([domain]).prove_all(http01)
    url = order.json()["authorizations"][0]
    assert account.post(url, {"status": "deactivated"}).json()["status"] == "deactivated"
    assert account.json(url)["status"] == "deactivated"
    assert order.finalize(make_csr([domain])).status_code in (400, 403)
    again = account.order([domain]).json()
    assert again["status"] == "pending" and url not in again["authorizations"]


def test_a_pending_authorization_can_be_deactivated(account, domain):
    order = account.order([domain])
    url = order.json()["authorizations"][0]
    challenge = challenge_of(account.json(url))
    assert account.post(url, {"status": "deactivated"}).json()["status"] == "deactivated"
    assert account.post(challenge["url"], {}).status_code in (200, 400, 403)
    assert account.json(url)["status"] == "deactivated"
    assert order.json()["status"] == "invalid"


def test_the_proof_of_a_wildcard_is_none_of_its_base_and_the_other_way(account, http01, nameserver, domain):
    wildcard = account.order([f"*.{domain}"])
    _prove_by_dns(account, nameserver, wildcard.json()["authorizations"][0])
    assert account.order([domain]).json()["status"] == "pending"
    assert account.order([f"www.{domain}"]).json()["status"] == "pending"
    base = f"base.{domain}"
    nameserver.add(base, "A", "127.0.0.1")
    account.order([base]).prove_all(http01)
    assert account.order([f"*.{base}"]).json()["status"] == "pending"
    issued = wildcard.certificate(make_csr([f"*.{domain}"]))
    assert certs.dns_names(issued.leaf) == [f"*.{domain}"] and certs.srv_names(issued.leaf) == []


def test_a_name_can_be_proved_before_it_is_ordered(acme, account, http01, domain):
    answer = account.post(acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": domain}})
    assert answer.status_code == 201 and answer.json()["status"] == "pending"
    assert account.prove(answer.headers["Location"], http01)["status"] == "valid"
    assert account.order([domain]).json()["status"] == "ready"


def test_a_wildcard_cannot_be_proved_before_it_is_ordered(acme, account, domain):
    answer = account.post(acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": f"*.{domain}"}})
    problem(answer, "malformed|rejectedIdentifier|unsupportedIdentifier")


def test_an_order_is_not_ready_before_every_name_is_proved(account, http01, domain):
    order = account.order([domain, f"other.{domain}"])
    problem(order.finalize(make_csr(order.names)), "orderNotReady", 403)
    account.prove(order.json()["authorizations"][0], http01)
    problem(order.finalize(make_csr(order.names)), "orderNotReady", 403)


def test_of_64_new_orders_at_once_every_one_is_answered(acme, account, domain):
    bodies = [account.signed(acme.directory["newOrder"], {"identifiers": [{"type": "dns", "value": domain}]}) for _ in range(64)]
    answers = at_once([lambda body=body: acme.send(acme.directory["newOrder"], body) for body in bodies])
    assert {answer.status_code for answer in answers} <= {201, 429}
    good = [answer.json() for answer in answers if answer.status_code == 201]
    assert good and len({tuple(order["authorizations"]) for order in good}) == 1
