"""Each defect of a file is put into the edition by itself; `mingda check` must find it by the name of the invariant it
breaks, or refuse the file with file and line (at once, where an edit leaves a state that nothing leads to).   defects.py MINGDA EDITION DEFECTS [FIRST:STEP]"""
import json
import subprocess
import sys
import tempfile


def read(path):
    found = []
    for line in open(path, encoding="utf-8").read().splitlines():
        mark, rest = line[:1], line[2:]
        if mark == "=":
            found.append({"what": rest, "by": None, "edits": []})
        elif mark == "!":
            found[-1]["by"] = rest
        elif mark == "-":
            found[-1]["edits"].append([rest, ""])
        elif mark == "+":
            found[-1]["edits"][-1][1] = rest
        elif mark not in ("", "#"):
            raise SystemExit(f"{path}: not understood: {line}")
    return found


def place(text, pattern):
    """Where the pattern stands; "…" skips to the next part."""
    head, *rest = pattern.split("…")
    start = text.find(head)
    end = start + len(head)
    for part in rest:
        at = text.find(part, end)
        if start < 0 or at < 0:
            return None
        end = at + len(part)
    return (start, end) if start >= 0 else None


def edited(text, edits):
    for old, new in edits:
        found = place(text, old)
        if not found:
            return None, old
        start, end = found
        text = text[:end] + new[7:] + text[end:] if new.startswith("@after ") else text[:start] + new + text[end:]
    return text, None


def complaint(mingda, text, by):
    """None when the defect is found by its name."""
    with tempfile.NamedTemporaryFile("w", suffix=".scxml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        run = subprocess.run([mingda, "check", file.name] + ([] if by == "load" else [by]), capture_output=True, text=True)
        if by == "load":
            return None if run.returncode == 1 and f"{file.name}:" in run.stderr and not run.stdout else "is not refused: " + run.stderr[:200]
        if not run.stdout:
            located = run.returncode == 1 and f"{file.name}:" in run.stderr  # refused before it can be judged
            return None if located else "is not even read: " + run.stderr[:300]
        line = json.loads(run.stdout)["invariants"][0]
        if line["holds"] or line["why"] != "broken" or line["name"] != by:
            return f"is not found by {by}: {line.get('why', 'holds')}"
    return None


def main():
    mingda, edition, path = sys.argv[1:4]
    first, step = map(int, (sys.argv[4] if len(sys.argv) > 4 else "0:1").split(":"))
    text = open(edition, encoding="utf-8").read()
    defects, failed = read(path)[first::step], 0
    for defect in defects:
        changed, missing = edited(text, defect["edits"])
        wrong = f"the edition has no {missing}" if missing else complaint(mingda, changed, defect["by"])
        if wrong:
            failed += 1
            print(f"FAILED {defect['what']}: {wrong}", flush=True)
    print(f"{len(defects) - failed} of {len(defects)} found, {len({d['by'] for d in defects})} names")
    return 1 if failed else 0


sys.exit(main())
