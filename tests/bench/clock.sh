#!/bin/bash
# Dossiers a second through the law alone: the bulk form of clock-explain, without a database.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=20000
node -e '
const n = Number(process.argv[1]), out = [];
for (let i = 0; i < n; i++) out.push({ id: `b${i}`, edition: "cn-2019", facts: [
  { kind: "received", on: "2026-03-02", channel: "web" },
  { kind: "consultation-sent", child: "t1", to: "third-party", on: "2026-03-09" },
  { kind: "consultation-delivered", child: "t1", on: "2026-03-11" },
  { kind: "consultation-answered", child: "t1", on: "2026-03-25", answer: "objects" },
  { kind: "extension-granted", on: "2026-03-27", workdays: 20 },
  { kind: "extension-notified", on: "2026-03-27" }] });
console.log(JSON.stringify(out));' "$count" >"$work/in.json"
begun=$(date +%s%N)
"$MINGDA" clock-explain --today 2026-03-30 "$work/in.json" >"$work/out"
took=$(($(date +%s%N) - begun))
[ "$(wc -l <"$work/out")" = "$count" ] || { echo 'not every dossier was answered'; exit 1; }
printf '%-28s %7d/s\n' 'clock-explain, six facts' $((count * 1000000000 / took))
