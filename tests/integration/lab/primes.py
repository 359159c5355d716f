"""Primes, for keys that no library would make."""


def is_probable_prime(number):
    """Fermat's test with a few bases: enough for a test's key."""
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))


def next_prime(start):
    number = start | 1
    while not is_probable_prime(number):
        number += 2
    return number
