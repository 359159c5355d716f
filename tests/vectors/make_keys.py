#!/usr/bin/python3
"""Makes keys/: RSA keys with known faults, and a certificate for the TLS tests.

Seeded: the RSA part gives the same bytes on every run. Facts used:
ROCA primes are k*M + (65537^a mod M), M the product of the first 126 primes for 1024-bit primes (CVE-2017-15361);
Fermat's method finds p, q after about (p-q)^2 / (8*sqrt(n)) rounds (CVE-2022-26320).
"""
import datetime
import math
import pathlib
import random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HERE = pathlib.Path(__file__).parent / "keys"
RANDOM = random.Random("xica weak keys")
E = 65537


def is_prime(n, rounds=24):
    if any(n % p == 0 for p in SMALL if p < n):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(rounds):
        x = pow(RANDOM.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


SMALL = [p for p in range(2, 800) if all(p % d for d in range(2, math.isqrt(p) + 1))]


def random_bits(bits):
    """Odd, with the two highest bits set, so that products have full length."""
    return RANDOM.getrandbits(bits) | 3 << (bits - 2) | 1


def next_prime(n):
    n |= 1
    while not is_prime(n) or math.gcd(n - 1, E) != 1:
        n += 2
    return n


def sound_number(bits, step=1):
    """A number of that many bits without small factors: what a modulus must look like before anyone knows its primes."""
    n = random_bits(bits)
    while any(n % p == 0 for p in SMALL):
        n += 2 * step
    return n


def roca_prime(bits):
    m = math.prod(SMALL[:126])
    while True:
        a = RANDOM.getrandbits(40)
        k = random_bits(bits) // m
        p = k * m + pow(E, a, m)
        if p.bit_length() == bits and is_prime(p) and math.gcd(p - 1, E) == 1:
            return p


def roca_by_prime_alone():
    """n is a power of 65537 modulo each small prime, but no one exponent serves all of them: not a ROCA key."""
    primes = SMALL[1:39]
    m = math.prod(primes)
    p = next_prime(random_bits(1024))
    while True:
        residue = 0
        for s in primes:
            wanted = pow(E, RANDOM.randrange(s), s) * pow(p, -1, s) % s
            rest = m // s
            residue += wanted * rest * pow(rest, -1, s)
        residue %= m
        q = random_bits(1024) // m * m + residue
        for _ in range(5000):
            if q % 2 and q.bit_length() == 1024 and is_prime(q) and math.gcd(q - 1, E) == 1:
                return p, q
            q += m


def close_primes(rounds):
    """About so many rounds of Fermat's method away from each other."""
    p = next_prime(random_bits(1024))
    distance = max(2, math.isqrt(rounds * 8 * p))
    return p, next_prime(p + distance)


def write_private_key(name, p, q):
    d = pow(E, -1, math.lcm(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(E, p * q))
    (HERE / f"{name}.key").write_bytes(pem(numbers.private_key()))


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def write_weak_keys():
    roca = roca_prime(1024), roca_prime(1024)
    prime_alone = roca_by_prime_alone()
    close, closer, apart = close_primes(60), close_primes(0), close_primes(2000)
    sound = next_prime(random_bits(1024)), next_prime(random_bits(1024))
    for name, (p, q) in {"roca": roca, "fermat": closer, "sound": sound}.items():
        write_private_key(name, p, q)
    n = sound[0] * sound[1]
    rows = [
        ("sound", "none", n, E),
        ("8192-bits", "none", sound_number(8192), E),
        ("exponent-of-256-bits", "none", n, 2**256 - 1),
        ("roca", "roca", roca[0] * roca[1], E),
        ("powers-of-65537-without-a-common-exponent", "none", prime_alone[0] * prime_alone[1], E),
        ("primes-next-to-each-other", "fermat", closer[0] * closer[1], E),
        ("primes-60-rounds-apart", "fermat", close[0] * close[1], E),
        ("primes-2000-rounds-apart", "none", apart[0] * apart[1], E),
        ("square-of-a-prime", "fermat", sound[0] ** 2, E),
        ("even-modulus", "factor", n + 1, E),
        ("divisible-by-3", "factor", 3 * sound_number(2046), E),
        ("divisible-by-751", "factor", 751 * (sound_number(2048) // 751 | 1), E),
        ("divisible-by-757-only", "none", 757 * next_prime(2**2048 * 9 // 10 // 757), E),
        ("1024-bits", "size", sound_number(1024), E),
        ("2047-bits", "size", sound_number(2047), E),
        ("2049-bits", "size", sound_number(2049), E),
        ("8200-bits", "size", sound_number(8200), E),
        ("exponent-3", "exponent", n, 3),
        ("exponent-65535", "exponent", n, 65535),
        ("even-exponent", "exponent", n, 65538),
        ("exponent-above-2-256", "exponent", n, 2**256 + 1),
    ]
    lines = ["# name, weakness, modulus, exponent; made by make_keys.py"]
    lines += [f"{name} {weakness} {hexadecimal(n)} {hexadecimal(e)}" for name, weakness, n, e in rows]
    (HERE / "weak.txt").write_text("\n".join(lines) + "\n")


def hexadecimal(number):
    digits = f"{number:x}"
    return "0" * (len(digits) % 2) + digits


def write_tls_certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TLS test issuer")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tls.example")])

    def certificate(name, public_key):
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.datetime(2026, 1, 1)).not_valid_after(datetime.datetime(2046, 1, 1))
            .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
            .sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    (HERE / "tls.key").write_bytes(pem(key))
    (HERE / "tls.crt").write_bytes(certificate(subject, key.public_key()) + certificate(issuer, issuer_key.public_key()))


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    write_weak_keys()
    write_tls_certificate()
