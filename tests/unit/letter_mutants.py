"""Makes templates that are wrong, each in one place, from the shipped ones; the same ones for the same seed.

    /usr/bin/python3 letter_mutants.py TEMPLATES_FOLDER OUT_FOLDER COUNT SEED

Writes OUT_FOLDER/NNNN-CODE-HOW.xml and prints a line per file: `NAME FIRST LAST`, the lines of which the error has to
name one. What is wrong stands in one line; only where the XML itself is torn may a parser notice it later.
"""

import random
import re
import sys
from pathlib import Path

CODE = re.compile(r'<when is="([A-Z0-9_ a-z-]+)"')


def lines_with(lines, pattern):
    return [i for i, line in enumerate(lines) if re.search(pattern, line)]


def on_a_line(pattern, change):
    """A mutation of one line that has the pattern; `change` gives the new line."""
    def mutate(lines, rng):
        found = lines_with(lines, pattern)
        if not found:
            return None
        i = rng.choice(found)
        changed = change(lines[i], rng)
        if changed is None or changed == lines[i]:
            return None
        return lines[:i] + [changed] + lines[i + 1:], i + 1, i + 1
    return mutate


def one(pattern, replacement):
    def change(line, rng):
        places = list(re.finditer(pattern, line))
        m = rng.choice(places)
        return line[:m.start()] + m.expand(replacement) + line[m.end():]
    return on_a_line(pattern, change)


def in_the_head(mutate):
    """Of an attribute the line is that on which its tag ends; the letter's own tag has up to three lines."""
    def tag(lines, rng):
        result = mutate(lines, rng)
        if not result:
            return None
        end = next(i for i in range(result[1] - 1, len(lines)) if result[0][i].rstrip().endswith(">"))
        return result[0], result[1], end + 1
    return tag


def torn(mutate):
    """The parser may see it anywhere from there on."""
    def later(lines, rng):
        result = mutate(lines, rng)
        return result and (result[0], result[1], len(result[0]))
    return later


def undeclared(lines, rng):
    """A declaration is gone: the first place that uses the name says so."""
    names = re.findall(r'^    <field name="([a-z_]+)"[^>]*/>$', "\n".join(lines), re.M)
    rng.shuffle(names)
    for name in names:
        used = lines_with(lines, rf'<(v|if|choose|text|each) n="{name}"')
        if used:
            declared = lines_with(lines, rf'^    <field name="{name}"')[0]
            return lines[:declared] + lines[declared + 1:], used[0], used[0]
    return None


def declared_twice(lines, rng):
    found = lines_with(lines, r'^    <field name="[a-z_]+"[^>]*/>$')
    if not found:
        return None
    i = rng.choice(found)
    return lines[:i + 1] + [lines[i]] + lines[i + 1:], i + 2, i + 2


def cut_short(lines, rng):
    i = rng.randrange(3, len(lines) - 1)
    return lines[:i], 1, len(lines)


def twice(pattern):
    def mutate(lines, rng):
        found = lines_with(lines, pattern)
        if not found:
            return None
        i = rng.choice(found)
        return lines[:i + 1] + [lines[i]] + lines[i + 1:], i + 2, i + 2
    return mutate


MUTATIONS = {
    "unknown-element": one(r"<(p|th|text|sign)\b(?=[ >])", r"<\1x"),
    "unknown-attribute": one(r"<(p|tr|td|th)>", r'<\1 onclick="x">'),
    "unknown-name": one(r'<v n="[a-z_]+"', '<v n="nobody_said_so"'),
    "unknown-clause": one(r'<clause ref="[a-z-]+"', '<clause ref="no-such-clause"'),
    "clause-path": one(r'<clause ref="[a-z-]+"', '<clause ref="../../etc/passwd"'),
    "unknown-type": one(r'type="(text|date|number)"', 'type="formula"'),
    "impossible-word": one(r'<when is="[A-Za-z_-]+', '<when is="NEVER_DECLARED'),
    "no-condition": one(r'<if n="items" (?:is|not)="1"', '<if n="items"'),
    "wrong-number": one(r'<if n="items" (is|not)="1"', r'<if n="items" \1="one"'),
    "widths": one(r'widths="(\d+) ', r'widths="1\1 '),
    "short-row": on_a_line(r"^ *<tr>.*<td", lambda line, rng: re.sub(r"<t[dh][^>]*>.*?</t[dh]>", "", line, count=1)),
    "row-too-wide": one(r"<td>", '<td span="29">'),
    "version": in_the_head(one(r'version="1"', 'version="1.5"')),
    "layout": in_the_head(one(r'layout="(notice|letter|document)"', 'layout="poster"')),
    "code": in_the_head(one(r'code="[A-Z]\d\d"', 'code="Ü1"')),
    "day": in_the_head(one(r'version="1"', 'version="1" from="2026-13-01"')),
    "index-outside": on_a_line(r"^  <p>", lambda line, rng: line.replace("<p>", "<p><index/>", 1)),
    "each-of-text": one(r'<v n="(agency|applicant|number|text)"/>', r'<each n="\1"><v n="\1"/></each>'),
    "rows-printed": on_a_line(r"^  <p>", lambda line, rng: line.replace("<p>", '<p><v n="items"/>', 1)),
    "expression": one(r'<v n="([a-z_]+)"', r'<v n="\1 or system()"'),
    "processing-instruction": on_a_line(r"^  <p>", lambda line, rng: "<?php x?>" + line),
    "words-between": on_a_line(r"^  <(p|clause|sign)", lambda line, rng: "散落的文字" + line),
    "agency-is-a-day": one(r'<sign agency="agency"', '<sign agency="date"'),
    "date-is-a-text": one(r'<sign agency="agency" date="date"', '<sign agency="agency" date="agency"'),
    "foreign": one(r"<p>", '<p xmlns="http://www.w3.org/1999/xhtml">'),
    "doctype": on_a_line(r"<letter ", lambda line, rng: '<!DOCTYPE letter [<!ENTITY x "y">]>' + line),
    "ampersand": torn(one(r"，", "&，")),
    "less-than": torn(one(r"，", "<，")),
    "control": torn(one(r"，", "\x0b，")),
    "entity": torn(one(r"，", "&copy;，")),
    "unclosed": torn(one(r"</(p|td|th|tr|if|title|to)>", "")),
    "quote": torn(one(r'(n|ref|agency)="([a-z_-]+)"', r'\1="\2')),
    "undeclared": undeclared,
    "declared-twice": declared_twice,
    "cut-short": cut_short,
    "title-twice": twice(r"^  <title>.*</title>$"),
    "number-twice": twice(r"^  <number>.*</number>$"),
}


def main():
    source, out, count, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    rng = random.Random(seed)
    templates = {p.stem: p.read_text().split("\n") for p in sorted(source.glob("*.xml"))}
    out.mkdir(parents=True, exist_ok=True)
    kinds, made, tries, seen = list(MUTATIONS), 0, 0, set()
    while made < count:
        how = kinds[tries % len(kinds)]
        tries += 1
        if tries > 100 * count:
            raise SystemExit(f"letter_mutants: only {made} different ones can be made")
        code = rng.choice(sorted(templates))
        result = MUTATIONS[how](templates[code], rng)
        text = result and "\n".join(result[0])
        if not result or text in seen:
            continue
        seen.add(text)
        name = f"{made:04}-{code}-{how}.xml"
        (out / name).write_text(text)
        print(name, result[1], result[2])
        made += 1


main()
