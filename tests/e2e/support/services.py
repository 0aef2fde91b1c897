# SPDX-License-Identifier: Apache-2.0
"""Slack, Discord, Telegram, Sendblue, ntfy, a webhook, mail servers and a mailbox, as far as they look at what they are sent.

usage: services.py DIRECTORY

DIRECTORY has good.pem, other.pem and self.pem (certificate and key each). What is listened on is written to DIRECTORY/ports, as
NAME=PORT lines, once all is ready: http, https (good.pem), wrong (other.pem, another name), self (self.pem, nobody's), starttls
and smtps (good.pem), plain (no TLS at all), imaps (good.pem; the mails in it are the files DIRECTORY/mail-*). Each request is a line of JSON in DIRECTORY/seen: what it was, and what is wrong
with it (faults: [] is well). Loopback only.

A path that starts with one of these is answered so, whatever the service: /x-redirect/ (302 to the webhook), /x-huge/ (1 MiB),
/x-busy/ (429, then as ever), /x-broken/ (500, always).
"""
import asyncio
import base64
import hashlib
import hmac
import html.parser
import http.server
import json
import os
import re
import ssl
import threading

from aiosmtpd.smtp import SMTP

from mail_services import Mailbox, authenticate, mailbox
from recording import Faults, directory, record, within

busy = set()


def slack_block(block, faults):
    kind = block.get("type")
    text = block.get("text", {})
    if kind == "header":
        faults.unless(text.get("type") == "plain_text" and within(text.get("text"), 150), "header")
    elif kind == "section":
        faults.unless(text.get("type") in ("plain_text", "mrkdwn") and within(text.get("text"), 3000), "section")
    elif kind == "actions":
        faults.unless(1 <= len(block["elements"]) <= 25, "actions")
        for button in block["elements"]:
            faults.unless(button["type"] == "button" and within(button["text"]["text"], 75), "button")
            faults.unless(within(button["action_id"], 255) and within(button["value"], 2000), "button's value")
            faults.unless(button.get("style") in (None, "primary", "danger"), "button's style")
    elif kind == "context":
        faults.unless(1 <= len(block["elements"]) <= 10, "context")
    else:
        faults.append("a block of type %r" % kind)


def slack(call, body, faults):
    faults.unless(call.headers["Authorization"] == "Bearer xoxb-slack", "Authorization")
    faults.unless(within(body.get("channel"), 80), "channel")
    faults.unless(within(body.get("text"), 4000), "text")
    faults.unless(1 <= len(body.get("blocks", [])) <= 50, "blocks")
    for block in body.get("blocks", []):
        slack_block(block, faults)
    return {"ok": False, "error": "invalid_blocks"} if faults else {"ok": True, "channel": "C1", "ts": "1503435956.000247"}


def slack_hook(call, body, faults):
    faults.unless("channel" not in body and within(body.get("text"), 4000), "text")
    for block in body.get("blocks", []):
        slack_block(block, faults)
    return "ok"


def discord(call, body, faults):
    faults.unless(call.headers["Authorization"] == "Bot discord", "Authorization")
    faults.unless(call.headers["User-Agent"].startswith("DiscordBot ("), "User-Agent")
    faults.unless(within(body.get("content"), 2000), "content")
    faults.unless(body.get("allowed_mentions") == {"parse": []}, "allowed_mentions")
    faults.unless(len(body.get("components", [])) <= 5, "components")
    for row in body.get("components", []):
        faults.unless(row["type"] == 1 and 1 <= len(row["components"]) <= 5, "row")
        for button in row["components"]:
            faults.unless(button["type"] == 2 and button["style"] in (1, 2, 3, 4), "button")
            faults.unless(within(button["label"], 80) and within(button["custom_id"], 100), "custom_id")
    return {"id": "1012345678901234567", "content": body.get("content")}


def slack_update(call, body, faults):
    faults.unless(body.get("channel") == "C1" and body.get("ts") == "1503435956.000247", "ts")
    faults.unless("actions" not in [block["type"] for block in body.get("blocks", [])], "buttons that are left")
    return slack(call, body, faults)


def discord_edit(call, body, faults):
    faults.unless(body.get("components") == [], "buttons that are left")
    return discord(call, body, faults)


def telegram_edit(call, body, faults):
    faults.unless(body.get("message_id") == 77, "message_id")
    faults.unless(body.get("reply_markup") == {"inline_keyboard": []}, "buttons that are left")
    return telegram(call, body, faults)


def telegram_updates(call, body, faults):
    faults.unless(body.get("allowed_updates") == ["callback_query"] and 1 <= body.get("limit", 0) <= 100, "getUpdates")
    press = {"id": "4382bfdwdsb323b2d9", "from": {"id": 123456789, "is_bot": False}, "data": "30m.Abcdefgh-1234_5678"}
    news = [{"update_id": 10000, "callback_query": press}] if body.get("offset") == 0 else []
    return {"ok": True, "result": news}


def telegram_confirm(call, body, faults):
    faults.unless(body == {"callback_query_id": "4382bfdwdsb323b2d9"}, "callback_query_id")
    return {"ok": True, "result": True}


def discord_hook(call, body, faults):
    faults.unless(call.path.endswith("?wait=true"), "wait")
    faults.unless(within(body.get("content"), 2000), "content")
    faults.unless(body.get("allowed_mentions") == {"parse": []}, "allowed_mentions")
    faults.unless("components" not in body, "components of no application")
    return {"id": "1012345678901234567"}


class TelegramHtml(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.faults = [], "", []

    def handle_starttag(self, tag, attributes):
        if tag not in ("b", "i", "u", "s", "a", "code", "pre") or attributes:
            self.faults.append("tag " + tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append("end of " + tag)

    def handle_data(self, data):
        self.text += data


def telegram(call, body, faults):
    faults.unless(body.get("parse_mode") == "HTML" and body.get("chat_id") == "-100123", "chat_id")
    parser = TelegramHtml()
    parser.feed(body.get("text", ""))
    faults.unless(within(parser.text, 4096) and not parser.open, "text")
    faults.extend(parser.faults)
    for row in body.get("reply_markup", {}).get("inline_keyboard", []):
        for button in row:
            faults.unless(1 <= len(button.get("callback_data", "").encode()) <= 64, "callback_data")
    if faults:
        return 400, {"ok": False, "error_code": 400, "description": "Bad Request: " + faults[0]}
    return {"ok": True, "result": {"message_id": 77}}


def sendblue(call, body, faults):
    faults.unless(call.headers["sb-api-key-id"] == "blue-id", "sb-api-key-id")
    faults.unless(call.headers["sb-api-secret-key"] == "blue-key", "sb-api-secret-key")
    for key in ("number", "from_number"):
        faults.unless(re.fullmatch(r"\+[1-9][0-9]{6,14}", body.get(key, "")), key)
    faults.unless(within(body.get("content"), 18996), "content")
    return {"status": "QUEUED", "message_handle": "1"}


def ntfy(call, body, faults):
    faults.unless(call.headers["Authorization"] == "Bearer tk_ntfy", "Authorization")
    faults.unless(body.get("topic") == "pvm-topic", "topic")
    faults.unless(within(body.get("title"), 250), "title")
    faults.unless(1 <= len(body.get("message", "").encode()) <= 4096, "message")
    faults.unless(len(body.get("actions", [])) <= 3, "actions")
    return {"id": "x", "event": "message"}


def webhook(call, body, faults):
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = "{}.{}.".format(call.headers["webhook-id"], call.headers["webhook-timestamp"]).encode() + call.body
    good = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    faults.unless(good in call.headers["webhook-signature"].split(" "), "webhook-signature")
    faults.unless(set(body) == {"type", "timestamp", "data"}, "body")
    return {}


PATHS = [
    ("POST", r"/api/chat\.postMessage", "slack", slack),
    ("POST", r"/slack-hook/T/B/secret", "slack_hook", slack_hook),
    ("POST", r"/api/v10/channels/42/messages", "discord", discord),
    ("POST", r"/discord-hook/secret\?wait=true", "discord_hook", discord_hook),
    ("POST", r"/bot12:telegram/sendMessage", "telegram", telegram),
    ("POST", r"/api/chat\.update", "slack_update", slack_update),
    ("PATCH", r"/api/v10/channels/42/messages/1012345678901234567", "discord_edit", discord_edit),
    ("PATCH", r"/discord-hook/secret/messages/1012345678901234567", "discord_hook_edit", lambda *_: {}),
    ("POST", r"/bot12:telegram/editMessageText", "telegram_edit", telegram_edit),
    ("POST", r"/bot12:telegram/getUpdates", "telegram_updates", telegram_updates),
    ("POST", r"/bot12:telegram/answerCallbackQuery", "telegram_confirm", telegram_confirm),
    ("POST", r"/api/send-message", "sendblue", sendblue),
    ("POST", r"/hook", "webhook", webhook),
    ("POST", r"/", "ntfy", ntfy),
]


class Call(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, content, headers=()):
        content = content if isinstance(content, bytes) else content.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        for mark in ("redirect", "huge", "busy", "broken"):
            if self.path.startswith("/x-%s/" % mark):
                self.path = self.path[len(mark) + 3:]
                if mark == "redirect":
                    return self.answer(302, "", [("Location", "/hook")])
                if mark == "huge":
                    return self.answer(200, b"x" * (1 << 20))
                if mark == "broken":
                    record("broken", [])
                    return self.answer(500, "out of order")
                if self.path not in busy:
                    busy.add(self.path)
                    record("busy", [])
                    return self.answer(429, "{}", [("Retry-After", "1")])
        for method, path, name, look in PATHS:
            if method == self.command and re.fullmatch(path, self.path):
                return self.look_at(name, look)
        record("nothing", ["%s %s" % (self.command, self.path)])
        return self.answer(404, "{}")

    def look_at(self, name, look):
        faults = Faults()
        faults.unless(self.headers["Content-Type"].startswith("application/json"), "Content-Type")
        try:
            body = json.loads(self.body.decode("utf-8"))
        except ValueError as wrong:
            record(name, [str(wrong)])
            return self.answer(400, "{}")
        reply = look(self, body, faults)
        status = 200
        if isinstance(reply, tuple):
            status, reply = reply
        record(name, faults, body=body)
        return self.answer(status, reply if isinstance(reply, str) else json.dumps(reply))

    do_GET = do_PATCH = do_POST


def context_of(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, name + ".pem"))
    return context


def serve_http(certificate):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Call)
    server.daemon_threads = True
    if certificate:
        server.socket = context_of(certificate).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


async def main():
    ports = {name: serve_http(certificate) for name, certificate in
             (("http", None), ("https", "good"), ("wrong", "other"), ("self", "self"))}
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # a client that ends a TLS handshake is what is tested
    asks = {"auth_required": True, "authenticator": authenticate}
    servers = [
        ("starttls", lambda: SMTP(Mailbox("starttls"), tls_context=context_of("good"), require_starttls=True, **asks), None),
        ("smtps", lambda: SMTP(Mailbox("smtps"), auth_require_tls=False, **asks), context_of("good")),
        ("smtps_self", lambda: SMTP(Mailbox("smtps_self"), auth_require_tls=False, **asks), context_of("self")),
        ("plain", lambda: SMTP(Mailbox("plain"), auth_require_tls=False, **asks), None),
    ]
    for name, factory, context in servers:
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=context)
        ports[name] = server.sockets[0].getsockname()[1]
    server = await asyncio.start_server(mailbox, "127.0.0.1", 0, ssl=context_of("good"))
    ports["imaps"] = server.sockets[0].getsockname()[1]
    with open(os.path.join(directory, "ports.new"), "w", encoding="utf-8") as out:
        out.writelines("%s=%d\n" % item for item in ports.items())
    os.rename(os.path.join(directory, "ports.new"), os.path.join(directory, "ports"))
    await asyncio.Event().wait()


asyncio.run(main())
