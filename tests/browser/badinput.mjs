import net from 'node:net'
import { randomUUID } from 'node:crypto'
import { Visitor, is, report, base, APPLICATION } from './visitor.mjs'

const WHOLE = { ...APPLICATION, email: 'a@example.org', address: '演示路1号101室', postcode: '200000', representative: '李四', contact_name: '王五' }
const TEXTS = ['name', 'id_number', 'phone', 'email', 'address', 'postcode', 'representative', 'contact_name', 'item_1']
const NEEDED = ['category', 'name', 'id_kind', 'id_number', 'phone', 'delivery', 'item_1']

/** What is wrong with a text, and the code that says so. */
const HAZARDS = {
  'too long': ['文'.repeat(5000), 'TEXT_TOO_LONG'],
  'not UTF-8': [Buffer.from([0x61, 0xff, 0xfe, 0x62]), 'TEXT_NOT_UTF8'],
  'half a character': [Buffer.from([0xe5, 0xbc]), 'TEXT_NOT_UTF8'],
  'a surrogate': [Buffer.from([0xed, 0xa0, 0x80]), 'TEXT_NOT_UTF8'],
  'an overlong slash': [Buffer.from([0xc0, 0xaf]), 'TEXT_NOT_UTF8'],
  'a control character': ['a\u0007b', 'TEXT_CONTROL'],
  'an escape': ['a\u001b[31mb', 'TEXT_CONTROL'],
  'right to left': ['a\u202eb', 'TEXT_CONTROL'],
  'an isolate': ['a\u2067b', 'TEXT_CONTROL'],
}
const code = (r, field) => r.json.errors?.find(e => e.field === field)?.code ?? r.json.code

function isProblem(what, r, status, field, wanted) {
  is(`${what}: status`, r.status, status)
  is(`${what}: type`, r.headers['content-type'], 'application/problem+json')
  is(`${what}: code`, code(r, field), wanted)
  is(`${what}: in words`, r.json.errors?.find(e => e.field === field)?.detail ?? '', /..../)
}

// ---- programs: one document ----
const program = new Visitor()
for (const field of TEXTS)
  for (const [hazard, [value, wanted]] of Object.entries(HAZARDS)) {
    if (Buffer.isBuffer(value)) continue // below: a document that is not UTF-8 is no JSON at all
    isProblem(`apply, ${field} ${hazard}`, await program.json('/apply', { ...WHOLE, [field]: value }), 422, field, wanted)
  }
for (const field of NEEDED) {
  isProblem(`apply without ${field}`, await program.json('/apply', { ...WHOLE, [field]: undefined }), 422, field, 'REQUIRED')
  isProblem(`apply with empty ${field}`, await program.json('/apply', { ...WHOLE, [field]: '' }), 422, field, 'REQUIRED')
}
isProblem('apply with a blank name', await program.json('/apply', { ...WHOLE, name: ' \u3000 ' }), 422, 'name', 'REQUIRED')
isProblem('an organisation without its head', await program.json('/apply', { ...WHOLE, category: 'other', representative: undefined }), 422,
  'representative', 'REQUIRED')
isProblem('by mail without an address', await program.json('/apply', { ...WHOLE, delivery: 'mail', address: undefined }), 422, 'address', 'REQUIRED')
for (const field of ['category', 'id_kind', 'delivery'])
  isProblem(`apply, ${field} no choice`, await program.json('/apply', { ...WHOLE, [field]: 'nothing' }), 422, field, 'NOT_A_CHOICE')
isProblem('a postcode of emoji', await program.json('/apply', { ...WHOLE, postcode: '😀😀😀😀😀😀' }), 422, 'postcode', 'PATTERN')
const broken = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')])
for (const [what, body] of [['not UTF-8', broken], ['cut off', '{"name":"a'], ['an array', '[1]'], ['a number', '7'], ['nothing', ' '],
  ['deep', '['.repeat(100000)], ['two of a name', '{"name":"a","name":"b"}'], ['an object for a text', '{"name":{"a":1}}'],
  ['a zero', '{"name":"a\\u0000b"}'], ['half a surrogate', '{"name":"\\ud800"}']]) {
  const r = await program.json('/apply', body)
  is(`JSON ${what}`, r.status, [400, 422])
  is(`JSON ${what}: type`, r.headers['content-type'], 'application/problem+json')
}
const unknown = await program.json('/apply', { ...WHOLE, due: '2026-01-01' })
is('an unknown field', `${unknown.status} ${unknown.json.code} ${unknown.json.field}`, '400 FIELD_UNKNOWN due')

// ---- people: page by page; what was typed comes back ----
const person = new Visitor()
await person.fill('/apply/category', { category: 'natural', go: 'next' })
const STEPS = {
  identity: { name: '张三', id_kind: 'id-card', id_number: '310000190001010099' },
  contact: { phone: '021-55555555', email: 'a@example.org', address: '演示路1号101室', postcode: '200000' },
  items: { item_1: '应急演练记录' },
}
for (const [step, good] of Object.entries(STEPS)) {
  const path = `/apply/${step}`
  const texts = Object.keys(good).filter(f => TEXTS.includes(f))
  for (const field of texts)
    for (const [hazard, [value, wanted]] of Object.entries(HAZARDS)) {
      const page = await person.open(path)
      const r = await person.fill(path, { ...good, [field]: value }, { page })
      is(`${path}, ${field} ${hazard}`, r.status, 422)
      is(`${path}, ${field} ${hazard}: summary`, r.text, new RegExp(`href="#field-${field}"`))
      for (const other of texts.filter(f => f !== field)) is(`${path}, ${field} ${hazard}: ${other} kept`, r.text.includes(good[other]), true)
      is(`${path}, ${field} ${hazard}: clean`, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069\ufffe]/.test(r.text), false)
      const j = await person.fill(path, { ...good, [field]: value }, { page, accept: 'application/json' })
      is(`${path}, ${field} ${hazard}: for programs`, `${j.status} ${j.headers['content-type']}`, '422 application/problem+json')
      is(`${path}, ${field} ${hazard}: code`, code(j, field), wanted)
    }
}
const twice = await person.fill('/apply/identity', { ...STEPS.identity, 'name': '甲' }, { page: { hidden: { ...(await person.open('/apply/identity')).hidden } } })
is('a good page', twice.status, 303)

// Emoji and marks of writing that are text stay as they were typed, to the letter.
const NAME = '张三😀👨‍👩‍👧é', ITEM = '记录 <b>&amp;"\'😀 שלום'
await person.fill('/apply/identity', { ...STEPS.identity, name: NAME })
await person.fill('/apply/contact', STEPS.contact)
await person.fill('/apply/items', { item_1: ITEM, go: 'next' })
await person.fill('/apply/delivery', { delivery: 'electronic', go: 'next' })
const check = await person.open('/apply/check')
is('emoji come back', check.text.includes(NAME), true)
is('markup comes back as text', check.text.includes('记录 &lt;b&gt;&amp;amp;'), true)
const early = await person.fill('/apply/check', { go: 'next' }, { page: check, to: '/apply' })
is('without the declaration', early.status, 422)
const sent = await person.fill('/apply/check', { agree: 'on', go: 'send' }, { page: check, to: '/apply' })
is('the application', `${sent.status} ${sent.headers.location}`, '303 /apply/receipt')
const receipt = await person.get('/apply/receipt')
const ref = /SQ[0-9A-Z]{20,}/.exec(receipt.text)?.[0]
const again = await person.fill('/apply/check', { agree: 'on', go: 'send' }, { page: check, to: '/apply' })
is('the same form again', `${again.status} ${again.headers.location}`, '303 /apply/receipt')
is('the same receipt', (await person.get('/apply/receipt')).text.includes(ref), true)

// ---- the same document twice, and two at once ----
const submission = randomUUID()
const both = await Promise.all([1, 2, 3].map(() => new Visitor().json('/apply', { ...APPLICATION, submission })))
is('three at once', both.map(r => r.status).join(), '201,201,201')
is('three at once: one receipt', new Set(both.map(r => r.text)).size, 1)
const other = await new Visitor().json('/apply', { ...APPLICATION, name: '李四', submission })
is('the same number for something else', other.status, 409)
is('and no code of somebody else', JSON.stringify(other.json).includes(both[0].json.code), false)
for (const bad of ['x', 'not-a-uuid', '../../etc/passwd', randomUUID() + '0']) {
  const r = await new Visitor().json('/apply', { ...APPLICATION, submission: bad })
  is(`submission ${bad}`, r.status, [400, 422])
}

// ---- bodies that are no form of ours ----
const page = await person.open('/track')
const part = (name, value, more = '') => `--X\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
const hidden = Object.entries(page.hidden).map(([k, v]) => part(k, v)).join('')
const multipart = (body, headers = {}) => person.send('POST', '/track', { body,
  headers: { Accept: 'application/json', 'Content-Type': 'multipart/form-data; boundary=X', ...headers } })
is('multipart, both fields', (await multipart(hidden + part('ref', 'SQ00000000') + part('code', '0000000000') + '--X--\r\n')).status, 422)
is('a file for a text', (await multipart(hidden + part('ref', 'x', '; filename="../../etc/passwd"') + part('code', '0000000000') + '--X--\r\n')).status, [400, 422])
is('an empty file', (await multipart(hidden + part('ref', '', '; filename=""') + part('code', '0000000000') + '--X--\r\n')).status, [400, 422])
is('no end', (await multipart(hidden + part('ref', 'x'))).status, 400)
is('two of a name', (await multipart(hidden + part('ref', 'SQ00000001') + part('ref', 'SQ00000002') + part('code', '0000000000') + '--X--\r\n')).status, [400, 422])
is('a long boundary', (await multipart('x', { 'Content-Type': 'multipart/form-data; boundary=' + 'b'.repeat(2000) })).status, 400)
is('no boundary', (await multipart('x', { 'Content-Type': 'multipart/form-data' })).status, 400)
is('too large', (await person.send('POST', '/track', { body: Buffer.alloc(21 << 20), headers: { 'Content-Type': 'multipart/form-data; boundary=X' } })
  .catch(e => ({ status: e.code }))).status, [413, 'EPIPE', 'ECONNRESET'])
await new Promise(done => { // interrupted: promises a megabyte, sends a little, goes away
  const s = net.connect(base.port, base.hostname, () => s.write(
    `POST /apply HTTP/1.1\r\nHost: ${base.host}\r\nContent-Type: multipart/form-data; boundary=X\r\nContent-Length: 1000000\r\n\r\n${hidden}`,
    () => setTimeout(() => { s.destroy(); done() }, 200)))
})
is('after an interrupted body', (await person.get('/healthz')).status, 200)

// ---- zero bytes: nobody's keyboard has one; the body as a whole is refused ----
for (const [path, field] of [['/apply/identity', 'name'], ['/track', 'ref'], ['/login', 'login']]) {
  const r = await person.fill(path, { [field]: 'a\0b' }, { accept: 'application/json' })
  is(`a zero byte to ${path}`, `${r.status} ${r.json.code}`, '400 BODY_MALFORMED')
}

// ---- tokens ----
for (const [what, csrf] of [['none', undefined], ['empty', ''], ['short', 'ab'], ['another', '0'.repeat(64)], ['not hex', 'z'.repeat(64)],
  ["somebody else's", (await new Visitor().open('/track')).hidden.csrf]]) {
  const r = await person.fill('/track', { ref: 'SQ00000000', code: '0000000000', csrf }, { page })
  is(`token: ${what}`, r.status, 403)
}

// ---- officers: the generic form ----
const clerk = new Visitor()
is('signing in', (await clerk.fill('/login', { login: 'shouli', password: process.env.MINGDA_PASSWORD })).status, 303)
for (const [hazard, [value]] of Object.entries(HAZARDS)) {
  const r = await new Visitor().fill('/login', { login: value, password: 'x' }, { accept: 'application/json' })
  is(`login ${hazard}`, r.status, 422)
  const t = await new Visitor().fill('/track', { ref: value, code: '1234567890' }, { accept: 'application/json' })
  is(`track, ref ${hazard}`, t.status, 422)
  const c = await new Visitor().fill('/track', { ref: 'SQ12345678', code: value }, { accept: 'application/json' })
  is(`track, code ${hazard}`, `${c.status} ${code(c, 'code')}`, /^422 (TEXT_|PATTERN)/)
}
const mine = both[0].json.ref
const raise = (kind, fields) => clerk.json(`/dossiers/${mine}/events/${kind}`, fields)
const seqOf = async () => Number((await clerk.open(`/dossiers/${mine}/events/withdrawn`)).hidden.seq)
is('registered', (await raise('registered', { seq: await seqOf() })).status, 201)
const seq = await seqOf()
const notice = { seq, 'reply-by': '2026-04-20', what: '请写明文号' }
for (const [hazard, [value, wanted]] of Object.entries(HAZARDS)) {
  if (!Buffer.isBuffer(value)) isProblem(`an event's note ${hazard}`, await raise('correction-notified', { ...notice, what: value }), 422, 'what', wanted)
  const form = await clerk.open(`/dossiers/${mine}/events/correction-notified`)
  const r = await clerk.fill(`/dossiers/${mine}/events/correction-notified`, { 'reply-by': '2026-04-20', what: value }, { page: form })
  is(`an event's form, note ${hazard}`, `${r.status} ${/href="#field-what"/.test(r.text)} ${r.text.includes('2026-04-20') || /value="2026"/.test(r.text)}`, '422 true true')
}
isProblem('an event without its note', await raise('correction-notified', { ...notice, what: '' }), 422, 'what', 'REQUIRED')
for (const day of ['2026-02-30', '20260420', 'tomorrow', '9999999-01-01', '2026-13-01'])
  isProblem(`reply-by ${day}`, await raise('correction-notified', { ...notice, 'reply-by': day }), 422, 'reply-by', /^NOT_A_DAY|^DAY/)
for (const on of ['2027-01-01', '0000-00-00', 'x'])
  is(`on ${on}`, (await raise('correction-notified', { ...notice, on })).status, 422)
for (const handler of ['', '0', '-1', '99999999999999999999', 'shouli', "1' OR '1'='1", '😀'])
  is(`handler ${handler}`, (await raise('assigned', { seq, handler })).status, 422)
for (const s of [-1, 'x', 99999999999, 1.5])
  is(`seq ${s}`, (await raise('assigned', { seq: s, handler: '1' })).status, [400, 422])
for (const child of ['L99', 'i0', '../x', '😀', 'i1'.repeat(20)])
  is(`child ${child}`, (await raise('assigned', { seq, child, handler: '1' })).status, [404, 409, 422])
for (const kind of ['no-such', 'received', 'sealed', 'overdue', '%F0%9F%98%80'])
  is(`event ${kind}`, (await raise(kind, { seq })).status, [400, 403, 404, 405, 422])

// ---- a stale page ----
const stale = await clerk.open(`/dossiers/${mine}/events/correction-notified`)
const once = randomUUID()
const first = await raise('correction-notified', { ...notice, submission: once })
is('a notice', first.status, 201)
const repeated = await raise('correction-notified', { ...notice, submission: once })
is('the same notice', `${repeated.status} ${repeated.json.seq}`, `201 ${first.json.seq}`)
const late = await clerk.fill(`/dossiers/${mine}/events/correction-notified`, { 'reply-by': '2026-04-21', what: '再请写明' }, { page: stale })
is('a stale page', late.status, 409)
is('a stale page keeps what was typed', late.text.includes('再请写明'), true)
const lateProgram = await raise('correction-delivered', { seq })
is('a stale program', `${lateProgram.status} ${lateProgram.json.code}`, '409 DOSSIER_MOVED')
is('one notice in the dossier', (await clerk.get(`/dossiers/${mine}/facts`)).text.split('告知补正').length > 1, true)

// The receipt that was drafted by rule bears the name with its emoji: a letter can be made of whatever a form accepts.
const theirs = Number((await clerk.open(`/dossiers/${ref}/events/withdrawn`)).hidden.seq)
is('a letter of emoji', (await clerk.json(`/dossiers/${ref}/events/registered`, { seq: theirs })).status, 201)

// ---- query codes: limited, and the same answer as for a number that does not exist ----
const stranger = new Visitor()
const tries = async number => {
  const seen = []
  for (let i = 0; i < 7; i++) {
    const begun = process.hrtime.bigint()
    const r = await stranger.json('/track', { ref: number, code: '0000000000' })
    seen.push({ status: r.status, body: JSON.stringify({ ...r.json, exchange: '' }), ms: Number(process.hrtime.bigint() - begun) / 1e6 })
  }
  return seen
}
const wrongCode = await tries(both[0].json.ref), wrongNumber = await tries('SQDEMO31000120260330999')
is('a wrong code is limited', wrongCode.map(t => t.status).join(), '422,422,422,422,422,429,429')
is('an unknown number likewise', wrongNumber.map(t => t.status).join(), wrongCode.map(t => t.status).join())
is('the same words', wrongNumber.map(t => t.body).join('\n'), wrongCode.map(t => t.body).join('\n'))
const middle = list => list.slice(0, 5).map(t => t.ms).sort((a, b) => a - b)[2]
is('the same class of time', middle(wrongCode) / middle(wrongNumber) > 0.2 && middle(wrongCode) / middle(wrongNumber) < 5, true)
is('the right code waits too', (await stranger.json('/track', { ref: both[0].json.ref, code: both[0].json.code })).status, 429)

report('badinput')
