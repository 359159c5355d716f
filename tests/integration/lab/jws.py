"""JSON Web Signatures of an ACME client that may also do it wrong: keys, signing, and the pieces to bend (RFC 7515, 8555 §6.2)."""
import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(data):
    """base64url without padding, of bytes or text."""
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A private key that signs with one algorithm: ES256, ES384, RS256 or EdDSA."""

    def __init__(self, algorithm="ES256", private=None, bits=2048):
        self.algorithm = algorithm
        self.private = private or self._generate(bits)

    def _generate(self, bits):
        match self.algorithm:
            case "ES256":
                return ec.generate_private_key(ec.SECP256R1())
            case "ES384":
                return ec.generate_private_key(ec.SECP384R1())
            case "RS256":
                return rsa.generate_private_key(65537, bits)
            case "EdDSA":
                return ed25519.Ed25519PrivateKey.generate()
        raise ValueError(self.algorithm)

    def jwk(self):
        public = self.private.public_key()
        match self.algorithm:
            case "ES256" | "ES384":
                size = 32 if self.algorithm == "ES256" else 48
                point = public.public_numbers()
                return {"kty": "EC", "crv": f"P-{size * 8}", "x": _number(point.x, size), "y": _number(point.y, size)}
            case "RS256":
                return {"kty": "RSA", "n": _number(public.public_numbers().n), "e": _number(public.public_numbers().e)}
            case "EdDSA":
                return {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))}

    def thumbprint(self):
        return b64(hashlib.sha256(json.dumps(self.jwk(), sort_keys=True, separators=(",", ":")).encode()).digest())

    def key_authorization(self, token):
        return f"{token}.{self.thumbprint()}"

    def sign(self, data):
        match self.algorithm:
            case "ES256" | "ES384":
                size, digest = (32, hashes.SHA256()) if self.algorithm == "ES256" else (48, hashes.SHA384())
                r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(digest)))
                return r.to_bytes(size, "big") + s.to_bytes(size, "big")
            case "RS256":
                return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case "EdDSA":
                return self.private.sign(data)


def encode(value):
    """What stands in a JWS for a header or payload: "" for None (POST-as-GET), text as it is, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def flattened(key, protected, payload):
    """The flattened JSON serialization, signed by `key`, as a dictionary that a test may bend before it is sent."""
    protected64, payload64 = b64(encode(protected)), b64(encode(payload))
    return {"protected": protected64, "payload": payload64, "signature": b64(key.sign(f"{protected64}.{payload64}".encode()))}


def external_account_binding(key, kid, mac_key, url):
    """The inner JWS of RFC 8555 §7.3.4: the account's public key under the MAC key (base64url) that the CA handed out."""
    protected64 = b64(json.dumps({"alg": "HS256", "kid": kid, "url": url}))
    payload64 = b64(json.dumps(key.jwk()))
    mac = hmac.new(unb64(mac_key), f"{protected64}.{payload64}".encode(), hashlib.sha256).digest()
    return {"protected": protected64, "payload": payload64, "signature": b64(mac)}


def txt_value(key, token):
    """What the TXT record of dns-01 says (RFC 8555 §8.4)."""
    return b64(hashlib.sha256(key.key_authorization(token).encode()).digest())
