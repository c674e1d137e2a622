#!/usr/bin/python3
"""Runs sesearch and seinfo many times in one process.

Each line of standard input is a JSON list: the program's name, then its arguments. Each answer is a line with the status
and what was printed. It is the installed programs' own text that runs, with the library that they call; only opening a
policy is remembered, since that alone takes them a second.
"""

import contextlib
import io
import json
import logging
import sys
import warnings

import setools

warnings.simplefilter("ignore")
RealPolicy = setools.SELinuxPolicy
policies = {}
programs = {}


class RememberedPolicy(RealPolicy):
    """A policy that walks its hash tables once."""

    def terules(self):
        if not hasattr(self, "remembered"):
            self.remembered = list(RealPolicy.terules(self))
        return iter(self.remembered)


def open_policy(path=None):
    if path not in policies:
        policies[path] = RememberedPolicy(path)
    return policies[path]


def run(program, arguments):
    if program not in programs:
        with open(f"/usr/bin/{program}", encoding="utf-8") as text:
            programs[program] = compile(text.read(), program, "exec")
    sys.argv = [program, *arguments]
    out = io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            exec(programs[program], {"__name__": "__main__"})
        except SystemExit as end:
            status = end.code or 0
    return {"status": status, "out": out.getvalue()}


setools.SELinuxPolicy = open_policy
logging.disable(logging.CRITICAL)
for line in sys.stdin:
    words = json.loads(line)
    print(json.dumps(run(words[0], words[1:])), flush=True)
