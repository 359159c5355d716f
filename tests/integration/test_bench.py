"""tools/bench fills in every figure. How fast anything is, no test says."""
import json
import subprocess
from xml.etree import ElementTree

import pytest

from lab.paths import BUILD, ROOT
from lab.process import run


@pytest.fixture(scope="module")
def measured(output):
    folder = output / "bench"
    done = subprocess.run([ROOT / "tools" / "bench", "--smoke", "--build", BUILD, "--output", folder], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "bench.json").read_text()), done.stdout, folder


def test_every_load_has_its_figures(measured):
    results, _, _ = measured
    for name in ("pebble", "xica"):
        assert results[name]
        for row in results[name]:
            assert "failed" not in row, row
            assert row["orders"] > 0 and row["lost"] == 0 and row["server_errors"] == 0
            assert row["orders_per_second"] > 0 and row["order"]["p99_ms"] >= row["order"]["p50_ms"] > 0
            for step in ("newOrder", "authorization", "challenge", "finalize", "download"):
                assert row["steps"][step]["count"] == row["orders"], (step, row)
    ways = {(row["validation"], row["kept_connections"]) for row in results["xica"]}
    assert ways == {("assumed", True), ("assumed", False), ("http-01", True), ("http-01", False)}
    assert {"front", "registrar", "signer", "validator"} <= set(results["xica"][0]["cpu_ms"])


def test_the_floor_and_what_stands_beside_the_load_are_measured_too(measured):
    results, _, _ = measured
    floor = results["floor"]
    assert 0 < floor["sign_us"] < floor["verify_us"] < 10000
    counted = sum(floor["signatures"].values()) * floor["sign_us"] + sum(floor["verifications"].values()) * floor["verify_us"]
    assert abs(floor["cpu_ms_per_order"] * 1000 - counted) < 1
    assert results["memory"]["idle_bytes"] > 1e6
    for kind in ("kept", "fresh"):
        assert results["ocsp"][kind]["good"] == results["ocsp"][kind]["answers"] > 0
    assert results["crl"]["bytes"] > 20 * results["crl"]["entries"] and results["crl"]["peak_bytes"] > results["memory"]["idle_bytes"] / 2
    assert [size["certificates"] for size in results["sizes"]] == [100, 200]
    for name in ("half_load", "double_load"):
        assert results[name]["orders"] > 0 and results[name]["lost"] == 0 and results[name]["rate"] > 0


def test_the_table_and_the_plot_show_them(measured):
    results, table, folder = measured
    for word in ("pebble", "assumed, 2 clients, kept", "http-01, 2 clients, new", "registrar", "OCSP answers per core-second, kept", "of the floor"):
        assert word in table, table
    assert (folder / "bench.txt").read_text() == table
    root = ElementTree.parse(folder / "bench.svg").getroot()
    bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("height") not in ("12.0", None)]
    assert len(bars) > len(results["xica"])


def test_a_load_on_what_is_no_acme_server_says_so():
    answer = run([BUILD / "bench" / "acme-load", "--directory", "https://localhost:1/"], check=False)
    assert answer.returncode == 1 and "no ACME directory there" in answer.stdout
