"""read_mail.py FILE: prints a mail as Python's parser reads it, as JSON: headers decoded, parts decoded, defects."""
import email
import email.policy
import json
import re
import sys
from email.header import decode_header, make_header

data = open(sys.argv[1], "rb").read()
message = email.message_from_bytes(data, policy=email.policy.default)


# The parser of addresses sets spaces between encoded words (bpo-35547); that of headers does not.
def decoded(value):
    return str(make_header(decode_header(re.sub("\r?\n(?=[ \t])", "", value))))


parts = list(message.walk())
print(json.dumps({
    "headers": [[name, decoded(value)] for name, value in email.message_from_bytes(data).items()],
    "parts": [
        {
            "type": part.get_content_type(),
            "charset": part.get_content_charset(),
            "encoding": part["Content-Transfer-Encoding"],
            "text": part.get_payload(decode=True).decode("utf-8"),
        }
        for part in parts if not part.is_multipart()
    ],
    "defects": [repr(each) for part in parts for each in part.defects]
    + [repr(each) for part in parts for value in part.values() for each in value.defects],
}))
