// A visitor without a browser: keeps cookies, sends forms byte by byte as they are given, reads tokens out of pages.
import http from 'node:http'
import { execFileSync } from 'node:child_process'

const base = new URL(process.env.MINGDA_BASE)

/** The bytes of a form field: text as UTF-8, a Buffer as it is. */
export function encoded(value) {
  return [...Buffer.from(value)].map(b => '%' + b.toString(16).padStart(2, '0')).join('')
}

/** A one-time code of a demonstration account that is valid now: the authenticator in its owner's hand. */
export const code = login => execFileSync(`${process.env.SITE}/prefix/bin/mingda`, ['demo', 'code', login],
  { env: { ...process.env, MINGDA_SETTINGS: `${process.env.SITE}/settings/demo.conf` } }).toString().trim()

export class Visitor {
  cookies = {}
  async send(method, path, { headers = {}, body } = {}) {
    const cookie = Object.entries(this.cookies).map(([k, v]) => `${k}=${v}`).join('; ')
    return new Promise((resolve, reject) => {
      const out = http.request({ host: base.hostname, port: base.port, method, path, timeout: 30000,
        headers: { ...(cookie && { Cookie: cookie }), ...(body && { 'Content-Length': Buffer.byteLength(body) }), ...headers } }, r => {
        const pieces = []
        for (const line of r.headers['set-cookie'] ?? []) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
          this.cookies[name] = value
        }
        r.on('data', piece => pieces.push(piece))
        r.on('error', reject)
        r.on('end', () => resolve({ status: r.statusCode, headers: r.headers, text: Buffer.concat(pieces).toString() }))
      })
      out.on('timeout', () => out.destroy(new Error('no answer in 30 s')))
      out.on('error', reject)
      out.end(body)
    })
  }
  get(path, headers = {}) { return this.send('GET', path, { headers }) }
  /** A program: JSON there and back. */
  async json(path, fields) {
    const body = typeof fields === 'string' || Buffer.isBuffer(fields) ? fields : JSON.stringify(fields)
    const r = await this.send('POST', path, { body, headers: { Accept: 'application/json', 'Content-Type': 'application/json' } })
    try { r.json = JSON.parse(r.text) } catch { r.json = {} }
    return r
  }
  /** Opens the page of a form; its hidden values. */
  async open(path) {
    const page = await this.get(path)
    const hidden = {}
    for (const [, name, value] of page.text.matchAll(/<input type="hidden"[^>]* name="([^"]+)" value="([^"]*)"/g)) hidden[name] = value
    return { ...page, hidden }
  }
  /** A person: opens the form, fills it in, sends it. `accept` for what programs do with forms. */
  async fill(path, fields, { accept = 'text/html', page, hidden, to } = {}) {
    const form = hidden ?? (page ?? await this.open(path)).hidden
    const body = Object.entries({ ...form, ...fields }).filter(([, v]) => v !== undefined)
      .map(([k, v]) => `${encoded(k)}=${encoded(v)}`).join('&')
    const r = await this.send('POST', to ?? path, { body, headers: { Accept: accept, 'Content-Type': 'application/x-www-form-urlencoded' } })
    if (r.headers['content-type']?.includes('json')) r.json = JSON.parse(r.text)
    return r
  }
}

let held = 0
const wrong = []
export function is(what, got, wanted) {
  if (got === wanted || (wanted instanceof RegExp && wanted.test(got)) || (Array.isArray(wanted) && wanted.includes(got))) held++
  else wrong.push(`${what}: ${JSON.stringify(got)?.slice(0, 300)} instead of ${wanted instanceof RegExp ? wanted : JSON.stringify(wanted)}`)
}
export function report(name) {
  for (const line of wrong) console.error('FAILED ' + line)
  console.log(`${name}: ${held} checks held, ${wrong.length} failed`)
  process.exit(wrong.length ? 1 : 0)
}
export const APPLICATION = { category: 'natural', name: '张三', id_kind: 'id-card', id_number: '310000190001010099', phone: '021-55555555',
  delivery: 'electronic', item_1: '应急演练记录' }
export { base }
