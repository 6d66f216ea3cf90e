// sm2.mjs FOLDER: letter, letter.sm2.p7s and key.hex (the signer's point) judged by sm-crypto.
import fs from 'node:fs'
import { createRequire } from 'node:module'
const { sm2, sm3 } = createRequire(import.meta.url)('sm-crypto')
const folder = process.argv[2]
const read = (name) => fs.readFileSync(`${folder}/${name}`)

// DER, as far as it is needed here: [tag, content, whole] of each element in a constructed one.
function * elements (bytes) {
  for (let at = 0; at < bytes.length;) {
    let length = bytes[at + 1]; let head = 2
    if (length & 0x80) {
      const n = length & 0x7f
      length = bytes.subarray(at + 2, at + 2 + n).reduce((sum, b) => sum * 256 + b, 0)
      head += n
    }
    yield [bytes[at], bytes.subarray(at + head, at + head + length), bytes.subarray(at, at + head + length)]
    at += head + length
  }
}
const parts = (bytes) => [...elements(bytes)]

function opened (p7s) {
  const outer = parts(parts(p7s)[0][1])
  const data = parts(parts(outer[1][1])[0][1]) // SignedData behind [0]
  const signer = parts(parts(data[data.length - 1][1])[0][1])
  const at = signer.findIndex(([tag]) => tag === 0xa0)
  const set = Buffer.from(signer[at][2])
  set[0] = 0x31 // signed as a SET
  const attributes = parts(signer[at][1]).map(([, content]) => parts(content))
  const digest = attributes.find(([name]) => name[1].toString('hex') === '2a864886f70d010904') // messageDigest
  return { set, digest: parts(digest[1][1])[0][1].toString('hex'), value: signer[signer.length - 1][1].toString('hex') }
}

let wrong = 0
const is = (what, found, wanted) => {
  if (found === wanted) return
  console.log(`FAILED: ${what}: ${found}, not ${wanted}`)
  wrong++
}
const key = read('key.hex').toString().trim()
const bytes = (b) => Array.from(b)
const verify = (set, value) => sm2.doVerifySignature(bytes(set), value, key, { hash: true, der: true, userId: '1234567812345678' })
const { set, digest, value } = opened(read('letter.sm2.p7s'))
is('SM3 of the letter', sm3(bytes(read('letter'))), digest)
is('the signature', verify(set, value), true)
set[set.length - 1] ^= 1
is('the signature after a change', verify(set, value), false)
process.exit(wrong ? 1 : 0)
