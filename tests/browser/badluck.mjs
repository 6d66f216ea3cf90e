// Applicants who do not give up: each sends one form until it has a receipt, then looks whether the application is there.
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { Visitor, APPLICATION } from './visitor.mjs'

const file = process.argv[2], end = Date.now() + 16000
const wait = ms => new Promise(done => setTimeout(done, ms))
const receipts = []
let refused = 0
const wrong = []

async function apply() {
  const form = { ...APPLICATION, submission: randomUUID() }
  const seen = new Set()
  for (let i = 0; i < 300; i++) {
    let r
    try { r = await new Visitor().json('/apply', form) } catch (e) { r = { status: e.code } }
    if (r.status === 201) {
      seen.add(`${r.json.ref} ${r.json.code}`)
      receipts.push([r.json.ref, r.json.code])
      appendFileSync(file, r.json.ref + '\n')
      return
    }
    refused++
    if (![502, 503, 504, 'ECONNRESET', 'ECONNREFUSED'].includes(r.status)) wrong.push(`answer ${r.status} ${r.text}`)
    await wait(100)
  }
  wrong.push('no receipt after 300 tries')
}
async function applicant() { while (Date.now() < end) await apply() }
await Promise.all([1, 2, 3, 4].map(applicant))

for (let i = 0; i < 300 && (await new Visitor().get('/healthz').catch(() => ({}))).status !== 200; i++) await wait(100)
for (const [ref, code] of receipts) {
  const visitor = new Visitor()
  let r
  for (let i = 0; i < 50; i++) { // workers are still being killed
    r = await visitor.json('/track', { ref, code }).catch(e => ({ status: e.code }))
    if (r.status !== 502 && r.status !== 503 && typeof r.status === 'number') break
    await wait(100)
  }
  if (r.status !== 200) wrong.push(`${ref} is not found: ${r.status}`)
}
for (const line of wrong.slice(0, 20)) console.error('FAILED ' + line)
console.log(`${receipts.length} receipts, ${refused} answers that were none`)
process.exit(wrong.length || receipts.length < 50 ? 1 : 0)
