"""An admin's client that runs one ad-hoc command (XEP-0050) of its server (slixmpp; the server's certificate may be any).

Run as a program on a host of the laboratory:
    xmpp_commands.py JID PASSWORD ADDRESS NODE [FIELD=VALUE[,VALUE...]]
With a field it submits the command's form. Prints what came back as JSON: {"commands": {node: name}, "error": condition or null, "status",
"fields": {name: values}, "options": {name: values}, "notes": [[kind, text]], "message": the body of the message that came afterwards, or null}.
It waits for a message only after a form that was taken."""
import asyncio
import json
import ssl
import sys

import slixmpp
from slixmpp.exceptions import IqError

_PATIENCE = 20
_COMMANDS = "http://jabber.org/protocol/commands"


class _Admin(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        for plugin in ("xep_0030", "xep_0004", "xep_0050"):
            self.register_plugin(plugin)
        loop = asyncio.get_event_loop()
        self.ready, self.inbox = loop.create_future(), loop.create_future()
        self.add_event_handler("session_start", self._started)
        self.add_event_handler("message", lambda message: self.inbox.done() or self.inbox.set_result(message["body"]))

    def get_ssl_context(self):
        context = super().get_ssl_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    async def _started(self, _):
        self.send_presence()
        self.ready.set_result(True)


def _describe(answer, result):
    command = answer["command"]
    result["status"] = command["status"]
    result["notes"] = command["notes"]
    form = command.xml.find("{jabber:x:data}x")
    for field in form.findall("{jabber:x:data}field") if form is not None else ():
        name = field.get("var")
        result["fields"][name] = [value.text for value in field.findall("{jabber:x:data}value")]
        result["options"][name] = [option.findtext("{jabber:x:data}value") for option in field.findall("{jabber:x:data}option")]


async def _run(admin, node, field, result):
    server = admin.boundjid.domain
    items = await admin["xep_0030"].get_items(jid=server, node=_COMMANDS)
    result["commands"] = {item[1]: item[2] for item in items["disco_items"]["items"]}
    answer = await admin["xep_0050"].send_command(server, node)
    _describe(answer, result)
    if field is None:
        return
    name, values = field.split("=", 1)
    form = admin["xep_0004"].make_form(ftype="submit")
    form.add_field(var=name, ftype="list-multi", value=values.split(","))
    answer = await admin["xep_0050"].send_command(server, node, action="complete", payload=form, sessionid=answer["command"]["sessionid"])
    _describe(answer, result)
    if result["status"] == "completed" and [kind for kind, _ in result["notes"]] == ["info"]:
        result["message"] = await asyncio.wait_for(admin.inbox, _PATIENCE)


async def _main(jid, password, address, node, field=None):
    admin = _Admin(jid, password)
    admin.connect(address=(address, 5222))
    await asyncio.wait_for(admin.ready, _PATIENCE)
    result = {"commands": {}, "error": None, "status": None, "fields": {}, "options": {}, "notes": [], "message": None}
    try:
        await _run(admin, node, field, result)
    except IqError as refused:
        result["error"] = refused.condition
    print(json.dumps(result))


if __name__ == "__main__":
    asyncio.get_event_loop_policy().get_event_loop().run_until_complete(_main(*sys.argv[1:]))
