"""verify_dkim.py FILE RECORD: checks the signature of a mail by python3-dkim, with RECORD as the answer of DNS."""
import sys

import dkim

message = open(sys.argv[1], "rb").read()
asked = []


def answer(name, timeout=5):
    asked.append(name.decode())
    return sys.argv[2].encode()


for altered in (message, message.replace(b"Guten", b"Boese"), message.replace(b"Subject: ", b"Subject: x")):
    print("pass" if dkim.verify(altered, dnsfunc=answer) else "fail")
print(asked[0])
fields = dkim.DKIM(message)
fields.verify(dnsfunc=answer)
print(fields.signature_fields[b"c"].decode(), fields.signature_fields[b"t"].decode())
print(" ".join(sorted(name.strip().decode().lower() for name in fields.signature_fields[b"h"].split(b":"))))
