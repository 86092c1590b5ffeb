"""A mail server that speaks SMTP on a socket, and can be told to refuse, to hang, to offer TLS or not."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(slots=True, kw_only=True)
class SmtpTwin:
    """Open it with `async with`. `answers` to a command (`RCPT`) are given once each, before the usual one."""

    tls: ssl.SSLContext | None = None
    tls_at_once: bool = False
    password: tuple[str, str] | None = None
    hangs: bool = False
    answers: dict[str, deque[str]] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> SmtpTwin:
        context = self.tls if self.tls_at_once else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def answer(text: str) -> None:
            writer.write(f"{text}\r\n".encode())

        try:
            if self.hangs:
                await reader.read()
                return
            answer("220 twin ESMTP")
            encrypted = self.tls_at_once
            while line := (await reader.readline()).decode().strip():
                self.said.append(line)
                verb = line.split(" ")[0].upper()
                if self.answers.get(verb):
                    answer(self.answers[verb].popleft())
                    continue
                match verb:
                    case "EHLO":
                        offers = ["250-twin", "250-8BITMIME"]
                        offers += ["250-STARTTLS"] if self.tls and not encrypted else []
                        offers += ["250-AUTH PLAIN LOGIN"] if self.password else []
                        answer("\r\n".join([*offers, "250 SIZE 1000000"]))
                    case "STARTTLS" if self.tls:
                        answer("220 go on")
                        await writer.drain()
                        await writer.start_tls(self.tls)
                        encrypted = True
                    case "AUTH":
                        given = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
                        answer("235 welcome" if tuple(given) == self.password else "535 who are you")
                    case "RCPT":
                        self.recipients.append(line)
                        answer("250 ok")
                    case "DATA":
                        answer("354 go on")
                        content = await reader.readuntil(b"\r\n.\r\n")
                        message = message_from_bytes(content[:-3].replace(b"\r\n..", b"\r\n."), policy=default)
                        self.taken.append(message)
                        answer("250 taken")
                    case "QUIT":
                        answer("221 bye")
                        return
                    case _:
                        answer("250 ok")
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for 127.0.0.1, and the file of the authority a client must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "smtp.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    authority = folder / "authority.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, authority
