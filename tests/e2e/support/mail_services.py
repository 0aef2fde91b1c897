# SPDX-License-Identifier: Apache-2.0
"""Mail servers that look at what they get, and a mailbox with the files DIRECTORY/mail-* in it."""
import base64
import email
import email.policy
import os
import re

from aiosmtpd.smtp import AuthResult

from recording import Faults, directory, lock, record

fetched = set()


class Mailbox:
    def __init__(self, name):
        self.name = name

    async def handle_DATA(self, server, session, envelope):
        faults = Faults()
        faults.unless(session.ssl is not None or self.name == "smtps", "no TLS")
        faults.unless(session.authenticated, "not authenticated")
        raw = envelope.original_content
        faults.unless(b"\n" not in raw.replace(b"\r\n", b""), "a bare line end")
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        faults.extend(str(defect) for part in mail.walk() for defect in part.defects)
        for header in ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version"):
            faults.unless(len(mail.get_all(header, [])) == 1, header)
        faults.unless([part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"], "parts")
        text = "\n".join(part.get_content() for part in mail.iter_parts())
        record(self.name, faults, sender=envelope.mail_from, to=envelope.rcpt_tos, subject=mail["Subject"], body=text)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"pvm" and data.password == b"mail-secret")


async def mailbox(reader, writer):
    """As much of IMAP (RFC 3501) as finding and fetching take. What was fetched is seen."""
    names = sorted(name for name in os.listdir(directory) if name.startswith("mail-"))

    def say(line):
        writer.write(line.encode() + b"\r\n")

    say("* OK ready")
    user = None
    while line := (await reader.readline()).decode("ascii", "replace").rstrip("\r\n"):
        tag, _, command = line.partition(" ")
        word = command.upper()
        if word == "CAPABILITY":
            say("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        elif word.startswith("AUTHENTICATE PLAIN"):
            say("+ ")
            user = base64.b64decode(await reader.readline()).split(b"\0")[1:]
            if user != [b"pvm", b"mail-secret"]:
                say(tag + " NO go away")
                continue
        elif user is None and word != "LOGOUT":
            say(tag + " BAD who are you")
            continue
        elif word == "UID SEARCH UNSEEN":
            with lock:
                unseen = [str(at + 1) for at, name in enumerate(names) if name not in fetched]
            say("* SEARCH " + " ".join(unseen))
        elif match := re.fullmatch(r"UID FETCH ([0-9]+) BODY\[\]", word):
            name = names[int(match[1]) - 1]
            fetched.add(name)
            with open(os.path.join(directory, name), "rb") as mail:
                content = mail.read()
            say("* %s FETCH (UID %s BODY[] {%d}" % (match[1], match[1], len(content)))
            writer.write(content)
            say(")")
        elif not word.startswith("SELECT") and word not in ("LOGOUT", "NOOP"):
            record("imaps", [command])
        say(tag + " OK done")
        await writer.drain()
        if word == "LOGOUT":
            break
    writer.close()
