#!/usr/bin/python3
"""Answers with libsepol's verdict: the policy is the first argument; each line of standard input is a JSON list of source
context, target context, class and permission; each answer is a word of audit2why."""

import json
import sys

import selinux.audit2why as audit2why

WORDS = {getattr(audit2why, word): word for word in dir(audit2why) if word.isupper()}
audit2why.init(sys.argv[1])
for line in sys.stdin:
    source, target, tclass, permission = json.loads(line)
    print(WORDS[audit2why.analyze(source, target, tclass, [permission])[0]], flush=True)
