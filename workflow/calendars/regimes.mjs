// Made us-federal.csv, uk-any-part.csv, eu-institution.csv and eu-institution-2027-provisional.csv, once, with
// date-holidays 3.37.0 of npm (its data: CC BY-SA 3.0, from the lists of Wikipedia; its code: ISC):
//   npm install --no-save date-holidays@3.37.0 && node regimes.mjs .
// The files are the source now and are corrected by hand when a notice changes a day. README.md says what was checked.
import Holidays from "date-holidays";
import { writeFileSync } from "node:fs";

const [FIRST, LAST] = [2019, 2027];
const folder = process.argv[2];
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const weekend = (date) => [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
const plain = (name) => name.replace(/[,"]/g, "").replace(/ \(substitute day\)/, " (substitute day)");

function rowsOf(place, years, notice, keep = () => true) {
  const calendar = new Holidays(...place);
  return years.flatMap((year) => calendar.getHolidays(year)
    .filter((h) => h.type === "public" && keep(h))
    .map((h) => ({ date: h.date.slice(0, 10), name: plain(h.name), notice, known: "" })));
}

// One row per day: the first that gives a day its name stays.
function write(name, rows) {
  const days = new Map();
  for (const row of rows)
    if (!days.has(row.date)) days.set(row.date, row);
  const lines = [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1))
    .map((r) => `${r.date},holiday,${r.name},${r.notice},${r.known}`);
  writeFileSync(`${folder}/${name}.csv`, ["date,kind,name,notice,known", ...lines, ""].join("\n"));
}

const LIBRARY = "date-holidays 3.37.0";
write("us-federal", rowsOf(["US"], range(FIRST, LAST), `${LIBRARY} US; 5 U.S.C. 6103`));

// s.10(6): a bank holiday in any part of the United Kingdom (Alderney is none).
const parts = ["ENG", "WLS", "SCT", "NIR"];
write("uk-any-part", [
  ...parts.flatMap((part) => rowsOf(["GB", part], range(FIRST, LAST), `${LIBRARY} GB-${part}`)),
  { date: "2026-06-15", name: "World Cup bank holiday (Scotland)", notice: "Royal Proclamation of 4 February 2026", known: "2026-02-04" },
]);

// The Commission's list: the public holidays of Belgium but Armistice Day, and its own days, on days of the week.
const own = [["01-02", "Day after New Year"], ["easter -3", "Maundy Thursday"], ["easter -2", "Good Friday"],
  ["05-09", "Europe Day"], ["easter 40", "Day after Ascension"], ["11-02", "All Souls"],
  ...range(24, 31).map((day) => [`12-${day}`, "End of the year"])];
const english = { "01-01": "New Year", "05-01": "Labour Day", "07-21": "Belgian National Day", "08-15": "Assumption", "11-01": "All Saints", "12-25": "Christmas" };
const moving = { "easter 1": "Easter Monday", "easter 39": "Ascension", "easter 50": "Whit Monday" };
function institution(years) {
  const rows = rowsOf(["BE"], years, `${LIBRARY} BE`, (h) => !h.date.slice(5).startsWith("11-11"));
  const rules = new Holidays();
  [...own, ...Object.entries(moving)].forEach(([rule, name]) => rules.setHoliday(rule, { name: { en: name }, type: "public" }));
  const named = years.flatMap((year) => rules.getHolidays(year)).map((h) => [h.date.slice(0, 10), h.name]);
  const names = new Map(named);
  for (const row of rows) row.name = names.get(row.date) ?? english[row.date.slice(5)];
  for (const row of rows) row.name = english[row.date.slice(5)] ?? row.name;
  const more = named.map(([date, name]) => ({ date, name, notice: "own days of the Commission; pattern of its list for 2020", known: "" }));
  return [...rows, ...more].filter((row) => !weekend(row.date));
}
write("eu-institution", institution(range(FIRST, LAST - 1)));
write("eu-institution-2027-provisional", institution([LAST]));
