"""A CA to play with, on free ports, by a configuration file of the test's own: what `--dev` has no options for."""
from .paths import BUILD
from .ports import free_port
from .process import run
from .xicad import Running

_TEXT = """\
url = "https://localhost:{https}"
http-url = "http://localhost:{http}"
state-dir = "{state}"
listen {{
	https = {{"127.0.0.1:{https}"}}
	http = {{"127.0.0.1:{http}"}}
	fronts = {fronts}
}}
proof {{
	{resolver}
	http01-port = {http01}
	allowed-networks = {{"127.0.0.0/8", "::1"}}
}}
names {{
	lenient = true
}}
development {{
	{development}
}}
{more}
"""


class ConfiguredCa(Running):
    """`xicad -c DIRECTORY.conf`; `more` are sections, which may be changed before a reload (`write`). Every name is on loopback, without a name server."""

    def __init__(self, directory, more="", *, fronts=2, resolver='resolve-all = "127.0.0.1"', development=""):
        self.https_port, self.http_port, self.http01_port = free_port(), free_port(), free_port()
        self.configuration = directory.with_name(directory.name + ".conf")
        self._fronts, self._resolver, self._development = fronts, resolver, development
        super().__init__(directory, [BUILD / "xicad", "-c", self.configuration])
        self.write(more)

    def write(self, more):
        self.configuration.write_text(_TEXT.format(https=self.https_port, http=self.http_port, http01=self.http01_port, state=self.directory,
                                                   fronts=self._fronts, resolver=self._resolver, development=self._development, more=more))

    @property
    def root_pem(self):
        return self.directory / "root.pem"

    def cli(self, *words, check=True):
        """Runs `xica WORDS… -c FILE`."""
        return run([BUILD / "xica", *words, "-c", self.configuration], check=check)
