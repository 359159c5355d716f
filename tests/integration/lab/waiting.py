"""Waiting with a bound: every loop of the laboratory goes through here."""
import time


def wait_until(condition, timeout, what, interval=0.05):
    """Returns condition()'s first true value; AssertionError naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(interval)
