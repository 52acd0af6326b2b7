#!/usr/bin/python3
"""smtp.py FOLDER [CERTIFICATE KEY]: a mail server (aiosmtpd) on a free port of loopback, until its input ends.

Its first line is the port. It asks for the user 'office' with the password 'secret', with a certificate only after STARTTLS, and keeps each mail as a file in FOLDER."""
import asyncio
import itertools
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder, certificate = sys.argv[1], sys.argv[2:]
numbers = itertools.count()


class Keep:
    async def handle_DATA(self, server, session, envelope):
        name = os.path.join(folder, f"{next(numbers):03}")
        with open(name + ".part", "wb") as mail:
            encrypted = session.ssl["cipher"][1] if session.ssl else "no"
            mail.write(f"X-Recipients: {', '.join(envelope.rcpt_tos)}\r\nX-Encrypted: {encrypted}\r\n".encode() + envelope.content)
        os.rename(name + ".part", name + ".eml")
        return "250 kept"


class AnyCase(SMTP):
    async def smtp_AUTH(self, arg):
        # .NET says "AUTH login": names of mechanisms are alike in any case (RFC 4954), which aiosmtpd does not know.
        method, _, rest = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{method.upper()} {rest}".rstrip() or None)


def known(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"office", b"secret"))


async def serve():
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: AnyCase(Keep(), authenticator=known, auth_required=True, auth_require_tls=tls is not None, tls_context=tls, hostname="localhost"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(serve())
