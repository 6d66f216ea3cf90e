// One-time codes as approvers meet them; the letters are named by codes.sh.
import { Visitor, code, is, report } from './visitor.mjs'

const letters = process.env.APPROVALS.split('\n').map(line => { const [ref, child] = line.split(' '); return { ref, child } })
is('letters to approve', letters.length, 2)
const leader = new Visitor(), handler = new Visitor(), legal = new Visitor()
for (const [v, login] of [[leader, 'lingdao'], [handler, 'chengban'], [legal, 'fagui']])
  await v.fill('/login', { login, password: process.env.MINGDA_PASSWORD })
const letter = async ({ ref, child }) => JSON.parse((await leader.get(`/dossiers/${ref}/letters/${child}`, { Accept: 'application/json' })).text).letter
const until = async (what, l, holds) => {
  for (const end = Date.now() + 20000; Date.now() < end; await new Promise(done => setTimeout(done, 100)))
    if (holds(await letter(l))) return is(what, true, true)
  is(what, JSON.stringify(await letter(l)), 'within 20 s')
}
const approve = async (l, one_time_code) => {
  const { odt_sha256: odt, docx_sha256: docx } = await letter(l)
  return leader.json(`/dossiers/${l.ref}/events/approved`, { child: l.child, odt, docx, ...(one_time_code && { one_time_code }) })
}
const type = (v, l, one_time_code) => v.json(`/dossiers/${l.ref}/letters/${l.child}/code`, { one_time_code })
const other = c => String((Number(c) + 123457) % 1000000).padStart(6, '0')

const [first, second] = letters
await legal.json(`/dossiers/${second.ref}/events/review-passed`, { child: second.child, opinion: '程序合法，适用依据正确。' })
is('without a code', (await approve(first)).json.errors?.[0]?.field, 'one_time_code')
is('five digits', (await approve(first, '12345')).json.errors?.[0]?.code, 'TEXT_TOO_SHORT')
is('letters', (await approve(first, 'abcdef')).json.errors?.[0]?.code, 'PATTERN')
is('nothing was approved', (await letter(first)).approved, null)

// Both were drafted on an earlier day: a letter bears the day on which it is signed, and what is approved is what was read.
const date = (v, l, seq) => v.json(`/dossiers/${l.ref}/letters/${l.child}/date`, { seq })
const digest = (await letter(first)).odt_sha256
const misdated = await approve(first, code('lingdao'))
is('on another day than it bears', [misdated.status, misdated.json.rule].join(), '422,letter-date')
is('still nothing was approved', (await letter(first)).approved, null)
is('the page says it, and has the button', (await leader.get(`/dossiers/${first.ref}/letters/${first.child}`, { Accept: 'text/html' })).text, /按今天的日期重新生成/)
is('nobody else is asked to', (await handler.get(`/dossiers/${first.ref}/letters/${first.child}`, { Accept: 'text/html' })).text.includes('按今天的日期重新生成'), false)
is('nor may', (await date(handler, first)).status, 403)
is('nor over what has happened since', (await date(leader, first, 1)).status, 409)
is('with the day of today', (await date(leader, first)).status, 201)
is('it is another file', (await letter(first)).odt_sha256 === digest, false)
is('which shows the day', (await leader.get(`/dossiers/${first.ref}/letters/${first.child}.html`, { Accept: 'text/html' })).text, /2026年3月30日/)
is('once', (await date(leader, first)).status, 200)
is('the page says it no more', (await leader.get(`/dossiers/${first.ref}/letters/${first.child}`, { Accept: 'text/html' })).text.includes('按今天的日期重新生成'), false)
is('what was read before is not approved', (await leader.json(`/dossiers/${first.ref}/events/approved`, { child: first.child, odt: digest, docx: digest, one_time_code: '123456' })).status, 409)
is('nor can anybody say what it should read', (await leader.json(`/dossiers/${first.ref}/events/dated`, { fact: 1, data: { odt: digest } })).status >= 400, true)
is('the other one, too', (await date(leader, second)).status, 201)

is('with a wrong code', (await approve(first, other(code('lingdao')))).status, 201)
await until('the signer waits for a right one', first, l => l.wants_code)
const waiting = await letter(first)
is('it says so', waiting.waits, '一次性口令不正确或者已过时，不能加盖。请签发人重新输入。')
is('it is not sealed', waiting.sealed, false)
is('the page leads to the code', (await leader.get(`/dossiers/${first.ref}/letters/${first.child}`, { Accept: 'text/html' })).text, /letters\/L\d\/code">签发人输入一次性口令/)
is("somebody else's code", (await type(handler, first, code('lingdao'))).status, 403)
is("somebody else's page", (await handler.get(`/dossiers/${first.ref}/letters/${first.child}/code`, { Accept: 'application/json' })).status, 403)
is('the page for the code', (await leader.get(`/dossiers/${first.ref}/letters/${first.child}/code`, { Accept: 'text/html' })).text, /autocomplete="one-time-code"/)
const right = code('lingdao')
is('a right code', (await type(leader, first, right)).status, 200)
await until('now it is sealed', first, l => l.sealed)

is('the same code for another letter: approved', (await approve(second, right)).status, 201)
await until('but not sealed', second, l => l.wants_code)
is('it says why', (await letter(second)).waits, /已经用过/)
for (let i = 0; i < 12; i++) {
  const r = await type(leader, second, '000000')
  if (r.status === 429) break
  is('a wrong code is taken for the signer to judge', r.status, 200)
}
is('guessing ends', (await type(leader, second, '000000')).status, 429)
is('and the letter still waits', (await letter(second)).sealed, false)
report('codes')
