// Files with the form that drafts a reply: each kind of bad one is refused by name and nothing is filed; a good one is.
import net from 'node:net'
import { Visitor, base, is, report } from './visitor.mjs'

const ref = process.env.DRAFTING, path = `/dossiers/${ref}/events/drafted`
const officer = new Visitor()
await officer.fill('/login', { login: 'chengban', password: process.env.MINGDA_PASSWORD })

const facts = async () => JSON.parse((await officer.get(`/dossiers/${ref}`, { Accept: 'application/json' })).text).facts.length
const part = (name, value, more = '') => Buffer.concat([
  Buffer.from(`--X\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`), Buffer.from(value), Buffer.from('\r\n')])
async function body(filename, bytes) {
  const { hidden } = await officer.open(path)
  return Buffer.concat([...Object.entries({ ...hidden, template: 'R02' }).map(([k, v]) => part(k, v)),
    part('file_1', bytes, `; filename="${filename}"`), Buffer.from('--X--\r\n')])
}
const headers = { Accept: 'application/json', 'Content-Type': 'multipart/form-data; boundary=X' }
async function send(filename, bytes) {
  const r = await officer.send('POST', path, { body: await body(filename, bytes), headers })
  return { status: r.status, answer: r.headers['content-type']?.includes('json') ? JSON.parse(r.text) : {} }
}
const before = await facts()

for (const [what, filename, bytes, code] of [
  ['an empty file', 'list.pdf', '', 'FILE_EMPTY'],
  ['a name with a control character', 'li\x01st.pdf', 'x', 'FILE_MISNAMED'],
  ['a name that turns the writing round', 'fdp.\u202etsil', 'x', 'FILE_MISNAMED'],
  ['a name of 400 characters', 'x'.repeat(400), 'x', 'FILE_MISNAMED'],
  ['one byte too many', 'list.pdf', Buffer.alloc((10 << 20) + 1, 'x'), 'FILE_TOO_LARGE'],
]) {
  const { status, answer } = await send(filename, bytes)
  is(`${what}: status`, status, 422)
  is(`${what}: field`, answer.errors?.[0]?.field, 'file_1')
  is(`${what}: code`, answer.errors?.[0]?.code, code)
}
is('a body beyond all limits', (await send('list.pdf', Buffer.alloc(25 << 20, 'x'))).status, 413)
is('nothing was filed', await facts(), before)

// A sender that breaks off: the body ends before what its head promised.
const whole = await body('list.pdf', 'half of a list')
const cookie = Object.entries(officer.cookies).map(([k, v]) => `${k}=${v}`).join('; ')
await new Promise(done => {
  const line = net.connect(base.port, base.hostname, () => {
    line.write(`POST ${path} HTTP/1.1\r\nHost: ${base.host}\r\nCookie: ${cookie}\r\nAccept: application/json\r\n` +
      `Content-Type: multipart/form-data; boundary=X\r\nContent-Length: ${whole.length + 1000}\r\n\r\n`)
    line.write(whole, () => setTimeout(() => { line.destroy(); done() }, 300))
  })
  line.on('error', done)
})
is('nothing was filed of what broke off', await facts(), before)

const good = await send('统计表 2025.pdf', '%PDF-1.4 a list')
is('a good file', good.status, 201)
is('one fact more', await facts(), before + 1)
report('uploads')
