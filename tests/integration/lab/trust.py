"""How a client comes to trust the laboratory's private root: by its environment, or by the system's bundle."""
import shlex
from pathlib import Path

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def environment(root_pem):
    """The variables by which requests (certbot), Go (lego), OpenSSL (acme-tiny) and curl (dehydrated) take a root."""
    return {name: str(root_pem) for name in
            ("REQUESTS_CA_BUNDLE", "LEGO_CA_CERTIFICATES", "SSL_CERT_FILE", "CURL_CA_BUNDLE")}


def with_system_bundle(argv, root_pem, workdir):
    """argv, run in a mount namespace in which the system's bundle holds the root too: for clients that know no other."""
    combined = workdir / "ca-certificates.crt"
    combined.write_text(SYSTEM_BUNDLE.read_text() + Path(root_pem).read_text())
    mount = f"mount --bind {shlex.quote(str(combined))} {SYSTEM_BUNDLE} && exec \"$@\""
    return ["unshare", "-m", "sh", "-c", mount, "sh", *[str(part) for part in argv]]
