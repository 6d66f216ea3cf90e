// beside.mjs - Mingda beside bare.c: the same statements on the same database behind the same nginx, in turn, a short
// while each; the median of the ratios counts. Called by beside.sh with a site that runs.
//   node beside.mjs PORT BARE_PORT FOLDER DOSSIERS CLOSED SECONDS
import { createHash, randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Visitor, APPLICATION } from '../browser/visitor.mjs';

const [port, barePort, folder, dossiers, closed, seconds] = process.argv.slice(2);
const { MINGDA_PASSWORD, SITE } = process.env;
const ROUNDS = 3, CONNECTIONS = '8';
const TEXTS = ['2025年度市级应急物资储备目录', '某道路改造工程的立项批复文件', '2024年空气质量监测站点的原始数据',
  '关于老旧小区加装电梯补贴的会议纪要', '城市更新项目的征收补偿方案'];

function sql(text) {
  const as = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const [command, ...args] = [...as, 'psql', '--no-psqlrc', '-qAt', '-v', 'ON_ERROR_STOP=1', '-h', `${SITE}/run/db`, '-U', 'postgres',
    '-d', 'mingda', '-c', text];
  return execFileSync(command, args, { cwd: '/', maxBuffer: 1 << 28 }).toString().trimEnd();
}

// ---- exchanges as they go over the wire ----
function wire(method, path, headers, body = '') {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: bench', ...Object.entries(headers).map(([k, v]) => `${k}: ${v}`)];
  if (body) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  const whole = Buffer.from(lines.join('\r\n') + '\r\n\r\n' + body);
  return Buffer.concat([Buffer.from(`${whole.length}\n`), whole]);
}
// Statements for bare.c: null is \N, a byte string is hexadecimal.
const line = (name, ...values) => [name, ...values.map((v) => (v === null ? '\\N' : String(v)))].join('\t') + '\n';
const bare = (...lines) => wire('POST', '/', { 'Content-Type': 'text/plain' }, lines.join('') + '.\n');
const hex = (bytes) => '\\x' + Buffer.from(bytes).toString('hex');

function file(name, exchanges) {
  const path = `${folder}/${name}`;
  writeFileSync(path, Buffer.concat(exchanges));
  return path;
}
function load(where, status, mode, path, time = seconds) {
  const out = execFileSync(`${folder}/load`, [where, CONNECTIONS, time, status, mode, path]).toString().trim().split(' ');
  const [count, , rate, p50, p99, bytes] = out.map(Number);
  return { count, rate, p50, p99, bytes };
}

// ---- what is there, and who signs in ----
function application(i) {
  return wire('POST', '/apply', { 'Content-Type': 'application/json', Accept: 'application/json' },
    JSON.stringify({ ...APPLICATION, item_1: `${TEXTS[i % 5]}（第${i}号）`, submission: randomUUID() }));
}
const here = () => Number(sql('SELECT count(*) FROM mingda.dossier WHERE agency_id = 1'));
function fill(wanted) {
  for (let missing; (missing = wanted - here()) > 0;)
    load(port, '201', 'once', file('fill', Array.from({ length: missing }, (_, i) => application(i))), '600');
  sql('VACUUM ANALYZE');
}
const few = Math.min(1000, Number(dossiers));
fill(few);

const clerk = new Visitor();
const signed = await clerk.fill('/login', { login: 'shouli', password: MINGDA_PASSWORD });
if (signed.status !== 303) throw new Error(`signing in: ${signed.status}`);
const cookie = { Cookie: Object.entries(clerk.cookies).map(([k, v]) => `${k}=${v}`).join('; ') };
const token = hex(createHash('sha256').update(Buffer.from(clerk.cookies['mingda-session'], 'hex')).digest());
const [person, handler] = ['shouli', 'chengban'].map((login) => sql(`SELECT person_id FROM mingda.person WHERE login = '${login}'`));
const SCOPE = line('SCOPE', 1, person, 'f'), SESSION = line('SESSION_BY_TOKEN', token);

// ---- the pairs ----
const heads = `jsonb_build_object('dossier', to_jsonb(d), 'wake', (SELECT w.on_day FROM mingda.wake w WHERE (w.agency_id, w.dossier_id) = (d.agency_id, d.dossier_id)),
  'clocks', coalesce((SELECT jsonb_agg(to_jsonb(c)) FROM mingda.clock c WHERE (c.agency_id, c.dossier_id) = (d.agency_id, d.dossier_id)), '[]'),
  'children', coalesce((SELECT jsonb_agg(to_jsonb(c)) FROM mingda.child c WHERE (c.agency_id, c.dossier_id) = (d.agency_id, d.dossier_id)), '[]'),
  'letters', coalesce((SELECT jsonb_agg(to_jsonb(c)) FROM mingda.letter c WHERE (c.agency_id, c.dossier_id) = (d.agency_id, d.dossier_id)), '[]'))`;
const AT = '2026-03-30T01:00:00Z', DAY = '2026-03-30';

function queue() {
  const until = '9999-12-31', from = '0001-01-01';
  return [
    [wire('GET', '/queue?view=all', cookie)],
    [bare(SCOPE, SESSION, line('QUEUE_FIGURES', person, '2026-04-07'), line('QUEUE_PAGE', from, until, from, 0))],
  ];
}
const opened = (ref, path) => [SCOPE, SESSION, line('DOSSIER_BASE', ref), line('DOSSIER_FACTS', ref), line('DOSSIER_TEXTS', ref),
  line('ACCESS_ADD', ref, path, '0123456789abcdef0123456789abcdef')];
function dossier() {
  const refs = sql('SELECT ref FROM mingda.dossier WHERE agency_id = 1 AND closed IS NULL ORDER BY due, dossier_id OFFSET 100 LIMIT 200').split('\n');
  return [refs.map((ref) => wire('GET', `/dossiers/${ref}`, cookie)), refs.map((ref) => bare(...opened(ref, '/dossiers/{ref}')))];
}
const [ref, id, head] = sql(`SELECT d.ref, d.dossier_id, ${heads} FROM mingda.dossier d WHERE d.agency_id = 1 AND d.state = 'registering' ORDER BY dossier_id DESC LIMIT 1`).split('|');
const sample = { ref, id, head };
function submit(count) {
  const applications = Array.from({ length: count }, (_, i) => application(i));
  const { ref, id, head } = sample;
  const words = sql(`SELECT words FROM mingda.posting WHERE agency_id = 1 AND dossier_id = ${id}`);
  const texts = sql(`SELECT nonce, cipher, commitment FROM mingda.private WHERE agency_id = 1 AND dossier_id = ${id} ORDER BY row LIMIT 2`).split('\n').map((r) => r.split('|'));
  const data = sql(`SELECT data FROM mingda.fact WHERE agency_id = 1 AND dossier_id = ${id} AND seq = 1`);
  const scope = line('SCOPE', 2, '', 'f');
  // Agency 2: what a bare program writes opens for nobody. The fact's bytes are its text.
  const mine = head.replaceAll(ref, '@2').replaceAll(`"dossier_id": ${id}`, '"dossier_id": @1').replaceAll('"agency_id": 1', '"agency_id": 2');
  const random = () => hex(createHash('sha256').update(randomUUID()).digest());
  const exchanges = Array.from({ length: count }, () => bare(
    scope, line('DRAFT_GET', random()), '.\n',
    'BEGIN\n', scope, line('AGENCY_CURRENT'), line('DOSSIER_NEW', null, null), '.\n',
    line('KEY_ADD', '@1', hex('k'.repeat(72))), line('POSTING_PUT', '@1', words),
    ...texts.map(([nonce, cipher, commitment], i) => line('PRIVATE_ADD', '@1', i + 1, i ? 'request' : 'applicant', nonce, cipher, commitment)),
    line('QUERY_CODE_ADD', '@1', random()), line('APPLICANT_HASH_ADD', 'id-number', random(), '@1'), line('APPLICANT_HASH_ADD', 'phone', random(), '@1'),
    line('FACT_ADD', '@1', 1, 'received', '', DAY, AT, DAY, null, 'applicant', randomUUID(),
      JSON.stringify({ agency: 2, at: AT, by: null, child: null, data: JSON.parse(data), dossier: 0, kind: 'received', on: DAY, recorded: DAY, role: 'applicant', seq: 1 }).replace('"dossier":0', '"dossier":@1')),
    line('HEADS_SAVE', '@1', mine), 'COMMIT\n', '.\n',
    scope, line('DRAFT_PUT', random(), hex('w'), hex('n'.repeat(24)), hex('c'.repeat(400)))));
  return [applications, exchanges];
}

// The hashes that a question asks by are nobody's but the program's: those of a dossier with its number stand for them.
function search() {
  const found = sql(`SELECT d.ref, p.words FROM mingda.posting p JOIN mingda.dossier d USING (agency_id, dossier_id) WHERE p.agency_id = 1 ORDER BY dossier_id DESC LIMIT 50`)
    .split('\n').map((r) => r.split('|'));
  return [
    found.map(([ref]) => wire('GET', `/search?q=${ref}`, cookie)),
    found.map(([, words]) => bare(SCOPE, SESSION, line('SEARCH_PAGE', words, '{0}', '9223372036854775807', '0123456789abcdef0123456789abcdef'))),
  ];
}

// Each dossier is assigned once; those of the one are not those of the other.
function transition(count) {
  const { csrf } = form.hidden;
  const rows = sql(`SELECT d.ref, d.dossier_id, d.seq, ${heads} FROM mingda.dossier d WHERE d.agency_id = 1 AND d.state = 'reviewing'
    AND d.handler IS NULL ORDER BY dossier_id LIMIT ${2 * count}`).split('\n').map((r) => r.split('|'));
  if (rows.length < 2 * count) throw new Error(`only ${rows.length} dossiers to assign`);
  const ours = rows.slice(0, count).map(([ref, , seq]) => wire('POST', `/dossiers/${ref}/events/assigned`,
    { ...cookie, 'Content-Type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ csrf, submission: randomUUID().replaceAll('-', ''), seq, child: '', handler }).toString()));
  const theirs = rows.slice(count).map(([ref, id, seq, head]) => {
    const next = Number(seq) + 1, about = JSON.parse(head);
    Object.assign(about.dossier, { seq: next, state: 'searching', handler: Number(handler) });
    const fact = JSON.stringify({ agency: 1, at: AT, by: Number(person), child: null, data: { handler }, dossier: Number(id),
      kind: 'assigned', on: DAY, recorded: DAY, role: 'clerk', seq: next });
    return bare(...opened(ref, '/dossiers/{ref}/events/{kind}'), '.\n',
      'BEGIN\n', SCOPE, line('DOSSIER_HOLD', ref), line('DOSSIER_BASE', ref), line('DOSSIER_FACTS', ref), '.\n',
      line('FACT_ADD', id, next, 'assigned', '', DAY, AT, DAY, person, 'clerk', randomUUID(), fact),
      line('HEADS_SAVE', id, JSON.stringify(about)), 'COMMIT\n');
  });
  return [ours, theirs];
}
// Registering makes the receipt: what that costs is told, and compared with nothing.
let form;
function registered(count) {
  const refs = sql(`SELECT ref FROM mingda.dossier WHERE agency_id = 1 AND state = 'registering' ORDER BY dossier_id LIMIT ${count}`).split('\n');
  const { csrf } = form.hidden;
  return refs.map((ref) => wire('POST', `/dossiers/${ref}/events/registered`, { ...cookie, 'Content-Type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ csrf, submission: randomUUID().replaceAll('-', ''), seq: '1', child: '' }).toString()));
}

const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const number = (n, digits = 0) => n.toFixed(digits).padStart(7);
let wrong = 0;
function tell(name, ours, theirs, aim) {
  const ratio = middle(ours.map((o, i) => o.rate / theirs[i].rate));
  if (ratio < aim) wrong++;
  console.log(`${name.padEnd(24)}${number(middle(ours.map((o) => o.rate)))}/s${number(middle(theirs.map((o) => o.rate)))}/s   ` +
    `ratio ${ratio.toFixed(2)} (aim ${aim})${ratio < aim ? ' MISSED' : ''}   p50 ${middle(ours.map((o) => o.p50)).toFixed(1)} and ` +
    `${middle(theirs.map((o) => o.p50)).toFixed(1)} ms   ${ours[0].bytes} and ${theirs[0].bytes} bytes`);
}
function compare(name, aim, status, mode, make) {
  const ours = [], theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = make().map((exchanges, i) => file(`${name}${i}`, exchanges));
    ours.push(load(port, status, mode, a));
    theirs.push(load(barePort, '200', mode, b));
  }
  tell(name, ours, theirs, aim);
}

// ---- what must not grow ----
function alone() {
  return Object.fromEntries([['queue page', queue], ['dossier page', dossier]].map(([name, make]) => {
    const path = file('alone', make()[0]);
    return [name, middle(Array.from({ length: ROUNDS }, () => load(port, '200', 'again', path).rate))];
  }));
}
function grown(title, before, after) {
  for (const [name, rate] of Object.entries(after))
    console.log(`${name.padEnd(24)}${number(rate)}/s ${title}: ${(rate / before[name]).toFixed(2)} of that before`);
}

const atFew = alone();
fill(Number(dossiers));
const writes = Math.max(400, 100 * Number(seconds));
const some = sql(`SELECT ref FROM mingda.dossier WHERE agency_id = 1 AND state = 'registering' ORDER BY dossier_id LIMIT 1`);
// A connection that stood still meanwhile may have been closed: asked a second time.
const formPath = `/dossiers/${some}/events/registered`;
form = await clerk.open(formPath).catch(() => clerk.open(formPath));
if (form.status !== 200) throw new Error(`the form of ${some}: ${form.status}`);
const first = load(port, '303', 'once', file('registered', registered(2 * ROUNDS * writes)), '600');
sql('VACUUM ANALYZE');
console.log(`${here()} dossiers, ${CONNECTIONS} connections; each figure the middle of ${ROUNDS} runs of at most ${seconds} s, in turn`);
console.log(`${''.padEnd(24)}   mingda     bare`);
compare('queue page', 0.5, '200', 'again', queue);
compare('dossier page', 0.5, '200', 'again', dossier);
compare('search', 0.5, '200', 'again', search);
compare('transition', 0.6, '303', 'once', () => transition(writes));
compare('submit', 0.6, '201', 'once', () => submit(writes));
console.log(`${'registered, with receipt'.padEnd(24)}${number(first.rate)}/s   (two packages are made; nothing bare does that)`);

sql('VACUUM ANALYZE');
const atMany = alone();
grown(`with ${dossiers} open dossiers, ${few} before`, atFew, atMany);
sql(`INSERT INTO mingda.dossier_number (agency_id, dossier_id, ref) SELECT 1, 2019000000000 + g, 'OLD' || lpad(g::text, 12, '0') FROM generate_series(1, ${closed}) g;
  INSERT INTO mingda.dossier (agency_id, dossier_id, ref, seq, edition, edition_version, calendar, calendar_version, configuration, state, public_state, opened, due, closed)
  SELECT 1, 2019000000000 + g, 'OLD' || lpad(g::text, 12, '0'), 1, 'cn-2019', '1', 'cn', '1', 'answered', 'answered', 'answered', '2019-06-01', '2019-07-01', date '2019-06-01' + g % 20
  FROM generate_series(1, ${closed}) g`);
sql('VACUUM ANALYZE');
grown(`with ${closed} closed dossiers besides`, atMany, alone());
process.exitCode = wrong ? 1 : 0;
