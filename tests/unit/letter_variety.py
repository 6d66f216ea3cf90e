"""Makes data of letters in great variety from the samples; the same for the same seed.

    /usr/bin/python3 letter_variety.py TEMPLATES_FOLDER SAMPLES_FOLDER OUT_FOLDER COUNT SEED

Writes OUT_FOLDER/NNNN-CODE.json and prints `NNNN-CODE` for each.
"""

import json
import random
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

SPACE = "{urn:mingda:letter}"
TEXTS = [
    "A & B <c>", "\"引号\"与'撇号'", "]]> <!-- & -->", "&amp; &#60; {{x}} ${y} %n", "喆堃珺镕昇𠮷𡈼㐂䶮", "𬇕𫵷𬴊𪩘𰻝",
    "emoji 😀👨‍👩‍👧", "Ünïcödé Ω Ж א ع", "两个  空格", "a" * 120, "字" * 200, "12345678901234567890", "第一行\n第二行\n第三行",
    "http://例子.测试/查询?甲=1&乙=2#末", "滨江市2025年度安全生产执法检查情况（第3季度）", "《安全生产法》执行情况",
]
SHAPES = ["notice", "document", "letter", None]
MANY = [1, 1, 1, 2, 3, 5, 12, 40, 300]


def word(rng):
    return rng.choice(TEXTS) + rng.choice(["", "。", "；见附表", "1"])


def value(field, rng):
    kind = field.get("type")
    if kind == "text":
        return word(rng)
    if kind == "date":
        return f"{rng.randrange(2024, 2031)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    if kind in ("number", "money"):
        return rng.choice([0, 1, 7, 20, 300, 123456789])
    if kind == "flag":
        return rng.random() < 0.5
    if kind == "sha256":
        return "".join(rng.choice("0123456789abcdef") for _ in range(64))
    if kind == "code":
        return rng.choice(field.get("values").split())
    if kind == "list":
        return [word(rng) for _ in range(rng.randrange(1, 6))]
    return None


def row(columns, sample, rng):
    """A row of the sample, with some of its texts others and some words of its codes others."""
    out = dict(sample)
    for column in columns:
        name = column.get("name")
        if name != "outcome" and rng.random() < 0.7 and not (column.get("optional") == "yes" and rng.random() < 0.1):
            out[name] = value(column, rng)
    return {k: v for k, v in out.items() if v is not None}


def vary(template, sample, rng):
    data = dict(sample)
    for field in template.findall(f"{SPACE}fields/{SPACE}field"):
        name, columns = field.get("name"), field.findall(f"{SPACE}field")
        if name in ("layout", "date", "number"):
            continue
        if columns and name in data:
            count = rng.choice(MANY if name == "items" else MANY[:6])
            data[name] = [row(columns, rng.choice(data[name]), rng) for _ in range(count)]
            if name == "items":
                whole(template, columns, data[name], rng)
        elif field.get("optional") == "yes" and rng.random() < 0.3:
            data.pop(name, None)
        elif name not in data and field.get("optional") != "yes":
            data[name] = value(field, rng)
        elif name in data and rng.random() < 0.7 and name not in ("agency", "review_body", "court"):
            data[name] = value(field, rng)
    data["electronic"] = rng.random() < 0.5
    shape = rng.choice(SHAPES)
    if shape:
        data["layout"] = shape
    if rng.random() < 0.2:
        data["agency"] = rng.choice(["某局", "某某自治区某某市安全生产委员会办公室", "字" * 60])
    return data


def whole(template, columns, rows, rng):
    """Every column has a value, so that any outcome can be told."""
    for one in rows:
        for column in columns:
            name = column.get("name")
            if name == "outcome":
                one[name] = value(column, rng)
            elif name not in one and column.get("type") != "number":
                one[name] = value(column, rng)


def main():
    templates, samples, out, count, seed = (Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]),
                                            int(sys.argv[5]))
    rng = random.Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    codes = sorted(p.stem for p in templates.glob("*.xml"))
    for i in range(count):
        code = codes[i % len(codes)]
        data = vary(xml.parse(templates / f"{code}.xml").getroot(), json.loads((samples / f"{code}.json").read_text()), rng)
        (out / f"{i:04}-{code}.json").write_text(json.dumps(data, ensure_ascii=False))
        print(f"{i:04}-{code}")


main()
