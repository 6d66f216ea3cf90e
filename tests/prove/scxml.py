"""Steps `mingda workflow trace` through the public SCXML test documents, unchanged, and compares every configuration.

    scxml.py MINGDA FOLDER      a folder of pairs NAME.scxml, NAME.json (initialConfiguration, events)

What stays within the statechart - no script, no data, no message to the outside - must run and agree. What needs more must
be refused with file and line, never be run in part. Exit status 1 on anything else."""
import collections
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

SCXML = "{http://www.w3.org/2005/07/scxml}"
CHART = {SCXML + name for name in
         "scxml state parallel final history initial transition onentry onexit raise if elseif else log".split()}
READ = re.compile(r"\s*(true|false|!?\s*In\(\s*(['\"])[^'\"]+\2\s*\))\s*")  # conditions that need no script


def outside_the_chart(root):
    """The first thing that is no part of a plain statechart; None: it is one."""
    for node in root.iter():
        if isinstance(node.tag, str) and node.tag.startswith(SCXML) and node.tag not in CHART:
            return "<%s>" % node.tag[len(SCXML):]
        condition = node.get("cond")
        if condition is not None and not READ.fullmatch(condition):
            return "cond=" + condition
    return None


def differences(told, script):
    """`told`: the lines of the trace. What differs from the script, else None."""
    wanted = [script["initialConfiguration"]] + [step["nextConfiguration"] for step in script["events"]]
    found = [json.loads(line)["configuration"] for line in told.splitlines()]
    for step, (want, got) in enumerate(zip(wanted, found)):
        if sorted(want) != sorted(got):
            return "step %d: %s wanted, %s found" % (step, want, got)
    return None if len(wanted) == len(found) else "%d steps wanted, %d found" % (len(wanted), len(found))


def judge(mingda, document):
    """(what became of it, what is wrong or None)"""
    try:
        root = xml.parse(document).getroot()
    except xml.ParseError as error:
        return "no XML", str(error)
    script = json.loads(document.with_suffix(".json").read_text(encoding="utf-8"))
    events = [step["event"]["name"] for step in script["events"]]
    ran = subprocess.run([mingda, "workflow", "trace", str(document), *events], capture_output=True, text=True, timeout=60)
    beyond = outside_the_chart(root)
    if beyond is None:
        return "run", ran.stderr.strip() if ran.returncode else differences(ran.stdout, script)
    where = re.search(re.escape(document.name) + r":\d+: ", ran.stderr)
    if ran.returncode == 1 and where and not ran.stdout:
        return "refused", None
    return "refused", "it needs %s, but: exit %d %s" % (beyond, ran.returncode, ran.stderr.strip())


def main():
    mingda, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    fates, wrong, skipped = collections.Counter(), 0, []
    for document in sorted(folder.rglob("*.scxml")):
        if not document.with_suffix(".json").exists():
            skipped.append(document.name)
            continue
        fate, complaint = judge(mingda, document)
        fates[fate] += 1
        if complaint:
            wrong += 1
            print("%s: %s" % (document.relative_to(folder), complaint))
        elif "-v" in sys.argv and fate == "run":
            print(document.relative_to(folder))
    print("%d public documents run unchanged, %d refused for what they need beyond a chart, %d disagree, "
          "%d parts of others" % (fates["run"], fates["refused"], wrong, len(skipped)))
    return wrong or fates["run"] < 100


sys.exit(1 if main() else 0)
