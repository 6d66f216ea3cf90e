"""A timestamp authority on 127.0.0.1 (RFC 3161 over HTTP), made of `openssl ts -reply`, that a test may have lie.

usage: authority.py FOLDER   with signer.crt signer.key root.crt other.crt other.key in it
Writes its port to FOLDER/port. FOLDER/mode says how it answers, read anew for each question:
  honest · drop (closes) · hold (says nothing while the mode stays) · garbage · huge · status · type · imprint · nonce ·
  signer (certified by nobody that was named) · refuse
"""
import http.server
import os
import subprocess
import sys
import tempfile
import time

FOLDER = sys.argv[1]
CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = SERIAL
default_policy = 1.2.156.112562.9.1
other_policies = 1.2.3.4
digests = DIGESTS
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
"""


def mode():
    with open(FOLDER + "/mode") as f:
        return f.read().strip()


def changed(question, how):
    """The question with another imprint or another nonce: what comes of it is sound, and answers something else."""
    at = question.index(b"\x04\x20") + 2
    bytes_ = bytearray(question)
    if how == "imprint":
        bytes_[at] ^= 1
    else:
        at += 32
        if bytes_[at] == 6:  # a policy stands before the nonce
            at += 2 + bytes_[at + 1]
        assert bytes_[at] == 2
        bytes_[at + 1 + bytes_[at + 1]] ^= 1
    return bytes(bytes_)


def reply(question, how):
    who = "other" if how == "signer" else "signer"
    with tempfile.TemporaryDirectory(dir=FOLDER) as work:
        with open(work + "/cnf", "w") as f:
            f.write(CONFIGURATION.replace("DIGESTS", "sha512" if how == "refuse" else "sha256, sha512")
                    .replace("SERIAL", work + "/serial"))
        with open(work + "/serial", "w") as f:
            f.write(f"{time.time_ns():032X}\n")
        with open(work + "/q", "wb") as f:
            f.write(changed(question, how) if how in ("imprint", "nonce") else question)
        subprocess.run(["openssl", "ts", "-reply", "-config", work + "/cnf", "-queryfile", work + "/q", "-signer",
                        f"{FOLDER}/{who}.crt", "-inkey", f"{FOLDER}/{who}.key", "-out", work + "/r"],
                       check=True, capture_output=True)
        with open(work + "/r", "rb") as f:
            return f.read()


class Authority(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        question = self.rfile.read(int(self.headers["Content-Length"]))
        how = mode()
        with open(FOLDER + "/asked", "a") as f:
            f.write(how + "\n")
        while how == "hold" and mode() == "hold":
            time.sleep(0.05)
        if how in ("drop", "hold"):
            self.close_connection = True
            return
        body = {"garbage": b"<html>502 Bad Gateway</html>", "huge": b"0" * (16 << 20)}.get(how) or reply(question, how)
        self.send_response(503 if how == "status" else 200)
        self.send_header("Content-Type", "text/html" if how == "type" else "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority)
with open(FOLDER + "/port.new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(FOLDER + "/port.new", FOLDER + "/port")
server.serve_forever()
