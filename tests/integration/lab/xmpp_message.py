"""One message from a user to another, both logged in over TLS that must chain to the lab's root (slixmpp).

Run as a program on a host of the laboratory:
    xmpp_message.py ROOT SENDER PASSWORD ADDRESS RECEIVER PASSWORD ADDRESS TEXT
Prints "received TEXT" when it arrived, or "refused CONDITION" when the sender got an error back; ends with 0, 1 or 2 (neither)."""
import asyncio
import sys

import slixmpp

_PATIENCE = 15


class _User(slixmpp.ClientXMPP):
    def __init__(self, jid, password, root):
        super().__init__(jid, password)
        self.ca_certs = root
        self.ready = asyncio.get_event_loop().create_future()
        self.inbox = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", self._started)
        self.add_event_handler("message", self._message)
        self.add_event_handler("message_error", self._message)
        self.add_event_handler("ssl_invalid_chain", lambda problem: self._fail(f"chain: {problem}"))

    async def _started(self, _):
        self.send_presence()
        if not self.ready.done():
            self.ready.set_result(True)

    def _fail(self, why):
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(f"{self.boundjid}: {why}"))

    def _message(self, message):
        if not self.inbox.done():
            self.inbox.set_result(message)


async def _exchange(root, sender, sender_password, sender_address, receiver, receiver_password, receiver_address, text):
    users = [_User(sender, sender_password, root), _User(receiver, receiver_password, root)]
    for user, address in zip(users, (sender_address, receiver_address)):
        user.connect(address=(address, 5222))
    await asyncio.wait_for(asyncio.gather(*(user.ready for user in users)), _PATIENCE)
    users[0].send_message(mto=receiver, mbody=text, mtype="chat")
    done, _ = await asyncio.wait([user.inbox for user in users], timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    if users[1].inbox in done:
        print("received", users[1].inbox.result()["body"])
        return 0
    if users[0].inbox in done:
        print("refused", users[0].inbox.result()["error"]["condition"])
        return 1
    return 2


if __name__ == "__main__":
    loop = asyncio.get_event_loop_policy().get_event_loop()
    sys.exit(loop.run_until_complete(_exchange(*sys.argv[1:])))
