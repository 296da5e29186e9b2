"""read_mail.py FILE: prints a mail as Python's parser reads it, as JSON: headers decoded, parts decoded, defects."""
import email
import email.policy
import json
import sys

message = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.default)
parts = list(message.walk())
print(json.dumps({
    "headers": [[name, str(value)] for name, value in message.items()],
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
