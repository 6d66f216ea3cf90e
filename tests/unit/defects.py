"""Each defect of a file is put into the edition by itself. `mingda check` must find it by the name of the invariant it breaks,
with a story; or the file must be refused, with file and line and the words given ("load WORDS"). And each promise of the edition
is broken by at least one defect of the file. Each story is played as facts through the engine (REPLAY, story_replay.c): what
cannot be played to its end is listed with its reason; more than two and more than a tenth of them is a failure.
defects.py MINGDA EDITION DEFECTS [FIRST:STEP [REPLAY]]"""
import json
import re
import subprocess
import sys
import tempfile


def read(path):
    found = []
    for line in open(path, encoding="utf-8").read().splitlines():
        mark, rest = line[:1], line[2:]
        if mark == "=":
            found.append({"what": rest, "by": None, "edits": [], "behind": ""})
        elif mark == "!":
            found[-1]["by"] = rest
        elif mark == "@":
            found[-1]["behind"] = rest
        elif mark == "-":
            found[-1]["edits"].append([found[-1]["behind"], rest, ""])
        elif mark == "+":
            found[-1]["edits"][-1][2] = rest
        elif mark not in ("", "#"):
            raise SystemExit(f"{path}: not understood: {line}")
    return found


def place(text, pattern, first):
    """Where the pattern stands, from `first`; "…" skips to the next part."""
    head, *rest = pattern.split("…")
    start = text.find(head, first)
    end = start + len(head)
    for part in rest:
        at = text.find(part, end)
        if start < 0 or at < 0:
            return None
        end = at + len(part)
    return (start, end) if start >= 0 else None


def edited(text, edits):
    for behind, old, new in edits:
        first = text.find(behind)
        found = place(text, old, first) if first >= 0 else None
        if not found:
            return None, old if first >= 0 else behind
        start, end = found
        text = text[:end] + new[7:] + text[end:] if new.startswith("@after ") else text[:start] + new + text[end:]
    return text, None


def replay(program, file, report, played):
    """Notes what became of the story; one of a role that may do too much tells no way."""
    story = json.loads(report)["invariants"][0].get("story")
    if not program or not story or " by somebody of the role " in story[-1]:
        return
    run = subprocess.run([program, file], input=report, capture_output=True, text=True)
    played.append(None if run.returncode == 0 and run.stdout.startswith("replayed") else (run.stdout + run.stderr).strip())


def complaint(mingda, text, by, program, played):
    """None when the defect is found by its name."""
    load = by.startswith("load ")
    with tempfile.NamedTemporaryFile("w", suffix=".scxml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        run = subprocess.run([mingda, "check", file.name] + ([] if load else [by]), capture_output=True, text=True)
        located = re.search(re.escape(file.name) + r":\d+: (.*)", run.stderr)
        if load:
            refused = run.returncode == 1 and located and by[5:] in located[1] and not run.stdout
            return None if refused else "is not refused so: " + run.stderr[:200]
        if not run.stdout:
            return "is not even read: " + run.stderr[:300]
        line = json.loads(run.stdout)["invariants"][0]
        if line["holds"] or line["why"] != "broken" or line["name"] != by:
            return f"is not found by {by}: {line.get('why', 'holds')}"
        replay(program, file.name, run.stdout, played)
    return None


def unbroken(text, defects):
    """Promises that no defect breaks; names that are no promise."""
    promises = set(re.findall(r'<law:invariant name="([^"]+)"', text))
    broken = {d["by"] for d in defects if not d["by"].startswith("load ")}
    return sorted(promises - broken), sorted(broken - promises)


def main():
    mingda, edition, path = sys.argv[1:4]
    first, step = map(int, (sys.argv[4] if len(sys.argv) > 4 else "0:1").split(":"))
    program = sys.argv[5] if len(sys.argv) > 5 else None
    played = []
    text = open(edition, encoding="utf-8").read()
    every, failed = read(path), 0
    pairs = [] if path.endswith("-not-found.txt") else zip(unbroken(text, every), ("no defect breaks", "there is no promise"))
    for names, what in pairs:
        failed += len(names)
        for name in names:
            print(f"FAILED {path}: {what} {name}", flush=True)
    defects = every[first::step]
    missed = 0
    for defect in defects:
        changed, missing = edited(text, defect["edits"])
        wrong = f"the edition has no {missing}" if missing else complaint(mingda, changed, defect["by"], program, played)
        if wrong:
            missed += 1
            print(f"FAILED {defect['what']}: {wrong}", flush=True)
    single = sum(len(d["edits"]) == 1 for d in defects)
    print(f"{path.rsplit('/', 1)[-1]}: {len(defects) - missed} of {len(defects)} found ({single} of one edit), "
          f"by {len({d['by'] for d in defects})} names")
    lost = [reason for reason in played if reason]
    for reason in lost:
        print(f"not replayed: {reason}")
    if program:
        print(f"{len(played) - len(lost)} of {len(played)} stories replayed as facts")
    return 1 if failed or missed or len(lost) > max(2, len(played) // 10) else 0


sys.exit(main())
