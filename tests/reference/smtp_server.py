"""smtp_server.py OPTIONS: a mail server of aiosmtpd on a free port, which prints the port and then each mail as JSON.

OPTIONS is JSON: security (none, starttls, tls), certificate and key (files), mechanism (the one that AUTH offers),
user, password (or token), utf8 (whether SMTPUTF8 is offered).
"""
import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import sys

from aiosmtpd.smtp import MISSING, SMTP, AuthResult

options = json.loads(sys.argv[1])
user, password = options.get("user", "").encode(), options.get("password", "").encode()


class Handler:
    tries = 0
    signed_in = None

    async def auth_XOAUTH2(self, server, args):
        Handler.tries += 1
        if base64.b64decode(args[1]) == b"user=%b\x01auth=Bearer %b\x01\x01" % (user, password):
            return self.accept("XOAUTH2")
        await server.challenge_auth('{"status":"400"}')
        return AuthResult(success=False, handled=False)

    async def auth_SCRAM__SHA__1(self, server, args):
        return await self.scram(server, args, "sha1", "SCRAM-SHA-1")

    async def auth_SCRAM__SHA__256(self, server, args):
        return await self.scram(server, args, "sha256", "SCRAM-SHA-256")

    async def auth_SCRAM__SHA__512(self, server, args):
        return await self.scram(server, args, "sha512", "SCRAM-SHA-512")

    async def scram(self, server, args, digest, name):
        Handler.tries += 1
        bare = base64.b64decode(args[1]).split(b",", 2)[2]
        told = dict(each.split(b"=", 1) for each in bare.split(b","))
        salt = b"0123456789abcdef"
        first = b"r=%bserver,s=%b,i=4096" % (told[b"r"], base64.b64encode(salt))
        final = await server.challenge_auth(first)
        if final is MISSING:
            return AuthResult(success=False, handled=True)
        claim, proof = final.rsplit(b",p=", 1)
        salted = hashlib.pbkdf2_hmac(digest, password, salt, 4096)
        spoken = b",".join([bare, first, claim])
        client = hmac.digest(salted, b"Client Key", digest)
        mask = hmac.digest(hashlib.new(digest, client).digest(), spoken, digest)
        if told[b"n"] != user or base64.b64decode(proof) != bytes(a ^ b for a, b in zip(client, mask)):
            return AuthResult(success=False, handled=False)
        own = hmac.digest(hmac.digest(salted, b"Server Key", digest), spoken, digest)
        await server.challenge_auth(b"v=" + base64.b64encode(own))
        return self.accept(name)

    def accept(self, name):
        Handler.signed_in = name
        return AuthResult(success=True, auth_data=name)

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "to": envelope.rcpt_tos, "options": envelope.mail_options, "mechanism": Handler.signed_in,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "content": envelope.original_content.decode("utf-8"),
        }), flush=True)
        return "250 2.0.0 Ok: queued as A1"


def authenticate(server, session, envelope, mechanism, data):
    Handler.tries += 1
    if (data.login, data.password) != (user, password):
        return AuthResult(success=False, handled=False)
    return handler.accept(mechanism)


handler = Handler()
mechanisms = {"PLAIN", "LOGIN", "XOAUTH2", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}
tls = None
if options["security"] != "none":
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(options["certificate"], options["key"])


def session():
    return SMTP(
        handler, hostname="aiosmtpd", enable_SMTPUTF8=options.get("utf8", False),
        tls_context=tls if options["security"] == "starttls" else None,
        require_starttls=options["security"] == "starttls",
        auth_required="mechanism" in options, auth_require_tls=options["security"] == "starttls",
        auth_exclude_mechanism=mechanisms - {options.get("mechanism")}, authenticator=authenticate)


async def serve():
    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=tls if options["security"] == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Its input ends with whoever started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps({"tries": Handler.tries}), flush=True)


asyncio.run(serve())
