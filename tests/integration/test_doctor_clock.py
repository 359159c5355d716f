"""`xica doctor` and the clock: what the kernel says of it, told by a stand-in for the call; and a clock that was set back."""
import json

import pytest

from lab.paths import BUILD
from lab.process import run
from lab.xicad import Xicad

_KERNEL = """\
#include <errno.h>
#include <stdlib.h>
#include <sys/timex.h>
int adjtimex(struct timex *state)
{
	const char *maxerror = getenv("MAXERROR"), *status = getenv("STATUS");
	if (!maxerror) {
		errno = EPERM;
		return -1;
	}
	*state = (struct timex){.maxerror = atol(maxerror), .status = atoi(status)};
	return state->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
"""
_UNSYNC = 0x40


@pytest.fixture(name="ca", scope="module")
def ca_fixture(output):
    with Xicad(output / "doctor-clock", resolve_all="127.0.0.1") as ca:
        yield ca


def _checks(ca, before=()):
    done = run([*before, BUILD / "xica", "doctor", "--offline", "--json", "--dev", ca.directory], check=False, timeout=60)
    return {one["check"]: one for one in json.loads(done.stdout)["checks"]}


@pytest.mark.parametrize("kernel, result, text", [
    ({"MAXERROR": "40123", "STATUS": "8193"}, "ok", "0.040 s off at most"),
    ({"MAXERROR": "5000001", "STATUS": "0"}, "warning", "5.0 s off"),
    ({"MAXERROR": "16000000", "STATUS": str(_UNSYNC)}, "warning", "nobody synchronizes"),
    ({}, "warning", "does not say")], ids=["synchronized", "long ago", "never", "refused"])
def test_what_the_kernel_says_of_the_clock_is_told(ca, workdir, kernel, result, text):
    (workdir / "kernel.c").write_text(_KERNEL)
    run(["cc", "-shared", "-fPIC", "-o", workdir / "kernel.so", workdir / "kernel.c"])
    clock = _checks(ca, ["env", f"LD_PRELOAD={workdir}/kernel.so", *(f"{name}={value}" for name, value in kernel.items())])["clock"]
    assert clock["result"] == result and text in clock["text"], clock
    assert result == "ok" or clock["advice"]


def test_a_clock_that_was_set_back_is_told_by_the_audit_log_and_by_the_issuer(ca):
    assert "log-clock" not in _checks(ca)
    little, much = _checks(ca, ["faketime", "-f", "-60s"]), _checks(ca, ["faketime", "-f", "-30d"])
    assert little["log-clock"]["result"] == "failure" and "set back" in little["log-clock"]["text"] and little["clock"]["result"] != "failure"
    assert much["clock"]["result"] == "failure" and much["log-clock"]["result"] == "failure"
