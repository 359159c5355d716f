"""libxica as somebody has it who installed it: header, pkg-config file, shared object, and the example built against them.

Usage: installed.py BUILD-FOLDER SOURCE-FOLDER
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD, SOURCE = Path(sys.argv[1]), Path(sys.argv[2])
VECTORS = SOURCE / "tests" / "vectors" / "peer"
EXAMPLE = SOURCE / "docs" / "examples" / "peer.c"
TOKEN, THUMBPRINT = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"


def run(*words, code=0, **options):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=50, **options)
    assert done.returncode == code, f"{words}: {done.returncode}: {done.stdout}"
    return done.stdout


def one(folder, pattern):
    found = sorted(folder.glob(pattern))
    assert found, f"{pattern} is not installed"
    return found[0]


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="xica-installed-")
        cls.root = Path(cls.folder.name)
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--tags", "devel,libxica", "--destdir", cls.root)
        cls.library = one(cls.root, "**/libxica.so")
        config = one(cls.root, "**/xica.pc")
        cls.env = dict(os.environ, PKG_CONFIG_LIBDIR=str(config.parent), PKG_CONFIG_SYSROOT_DIR=str(cls.root), PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1",
                       PKG_CONFIG_ALLOW_SYSTEM_LIBS="1", LD_LIBRARY_PATH=str(cls.library.parent))
        cls.env.pop("PKG_CONFIG_PATH", None)
        cls.flags = run("pkg-config", "--cflags", "--libs", "xica", env=cls.env).split()
        cls.example = cls.root / "peer"
        run("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", cls.example, EXAMPLE, *cls.flags)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def peer(self, *words, code=0):
        return run(self.example, *words, code=code, env=self.env)

    def test_the_example_is_short(self):
        self.assertLess(len(EXAMPLE.read_text().splitlines()), 80)

    def test_the_example_accepts_and_refuses(self):
        root, chain = VECTORS / "root.pem", VECTORS / "chain.pem"
        for role in ("c2s", "s2s"):
            self.assertEqual(self.peer("verify", "example.org", role, chain, root), "accept: the dNSName example.org\n")
        self.assertIn("reject: name: None of its names", self.peer("verify", "example.net", "s2s", chain, root, code=1))
        self.assertIn("reject: untrusted: ", self.peer("verify", "example.org", "s2s", chain, code=1))
        self.assertIn("reject: revoked: ", self.peer("verify", "example.org", "s2s", VECTORS / "revoked.pem", root, VECTORS / "crls.pem", code=1))
        self.assertEqual(self.peer("verify", "*.org", "s2s", chain, root, code=2), "the input is malformed\n")

    def test_the_example_shows_the_proofs_of_a_domain(self):
        folder = self.root / "challenges"
        self.assertEqual(self.peer("features", "example.org", folder), "\n")
        folder.mkdir()
        (folder / TOKEN).write_text(f"example.org\n{TOKEN}.{THUMBPRINT}\n")
        self.assertEqual(self.peer("features", "example.org", folder), f"<acme xmlns='urn:xica:acme:0' token='{TOKEN}'>{TOKEN}.{THUMBPRINT}</acme>\n")
        self.assertEqual(self.peer("features", "example.net", folder), "\n")

    def test_the_library_exports_what_the_header_declares_and_the_manual_explains(self):
        header = (one(self.root, "**/xica.h")).read_text()
        declared = set(re.findall(r"^[^/#\n]*?\b(xica_\w+)\(", header, re.M))
        exported = {line.split()[2].split("@")[0] for line in run("nm", "-D", "--defined-only", self.library).splitlines() if line.split()[1] == "T"}
        explained = set(re.findall(r"^\.Fn (xica_\w+)", (SOURCE / "man" / "xica.3").read_text(), re.M)) | \
            set(re.findall(r'^\.Fn "[^"]*?(xica_\w+)"', (SOURCE / "man" / "xica.3").read_text(), re.M))
        self.assertEqual(declared, exported)
        self.assertEqual(declared, explained)

    def test_the_library_needs_little(self):
        needed = set(re.findall(r"NEEDED.*\[(\w+)", run("readelf", "-d", self.library)))
        self.assertLessEqual(needed, {"libcrypto", "libidn2", "libpsl", "libcurl", "libjansson", "libc"})
        self.assertIn("Library soname: [libxica.so.0]", run("readelf", "-d", self.library))

    def test_pkg_config_knows_the_version_of_the_library(self):
        self.assertEqual(run("pkg-config", "--modversion", "xica", env=self.env).strip(),
                         re.search(r"version : '([^']*)'", (SOURCE / "meson.build").read_text())[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
