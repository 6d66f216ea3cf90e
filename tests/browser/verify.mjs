// /verify as people and programs meet it. The letters are made by verify.sh.
import { readFileSync } from 'node:fs'
import { open as chromium, BASE } from './browser.mjs'
import { Visitor, is, report } from './visitor.mjs'

const folder = process.env.MINGDA_LETTERS
const file = name => readFileSync(`${folder}/${name}`)
const register = Object.fromEntries([1, 2].map(n => {
  const [number, dated, agency] = file(`${n}.register`).toString().trim().split('|')
  return [n, { number, dated, agency }]
}))
const qr = Object.fromEntries([1, 2].map(n => [n, new URL(file(`${n}.qr`).toString().trim())]))

const visitor = new Visitor()
const hidden = (await visitor.open('/verify')).hidden
const part = (name, value, filename) => Buffer.concat([
  Buffer.from(`--X\r\nContent-Disposition: form-data; name="${name}"${filename ? `; filename="${filename}"` : ''}\r\n\r\n`),
  Buffer.from(value), Buffer.from('\r\n')])
async function upload(files, accept = 'application/json') {
  const body = Buffer.concat([...Object.entries(hidden).map(([k, v]) => part(k, v)),
    ...Object.entries(files).map(([k, [name, bytes]]) => part(k, bytes, name)), Buffer.from('--X--\r\n')])
  const begun = Date.now()
  const r = await visitor.send('POST', '/verify', { body, headers: { Accept: accept, 'Content-Type': 'multipart/form-data; boundary=X' } })
  r.json = r.headers['content-type']?.includes('json') ? JSON.parse(r.text) : {}
  r.took = Date.now() - begun
  return r
}
const one = (name, as = name) => upload({ file: [as, file(name)] })
const codes = r => (r.json.problems ?? []).map(p => p.code)

// ---- the four files of a letter, of either agency, each by its bytes ----
for (const n of [1, 2])
  for (const [kind, name] of [['odt', `${n}.odt`], ['docx', `${n}.docx`]]) {
    const { status, json } = await one(name, `答复.${kind}`)
    is(`${name}: status`, status, 200)
    is(`${name}: verdict`, json.checked?.verdict, 'issued')
    is(`${name}: signature`, json.checked?.signature, 'valid')
    is(`${name}: trust`, json.checked?.trust, 'trusted')
    is(`${name}: covers`, json.checked?.covers_all, true)
    is(`${name}: signer`, json.checked?.signer, /电子印章（仅供演示）$/)
    is(`${name}: problems`, json.problems?.length, 0)
    is(`${name}: number`, json.issued?.number, register[n].number)
    is(`${name}: agency`, json.issued?.agency, register[n].agency)
    is(`${name}: dated`, json.issued?.dated, register[n].dated)
    is(`${name}: title`, json.issued?.title, /政府信息公开/)
    is(`${name}: which`, json.issued?.which, kind)
  }
const keys = Object.keys((await one('1.odt')).json.issued).sort().join()
is('the register says nothing else', keys, 'agency,by_code,dated,docx_sha256,number,odt_sha256,sealed,title,which')

// ---- with the signature beside it, also when the two fields were mistaken for one another ----
for (const files of [{ file: ['a.odt', file('1.odt')], signature: ['a.odt.p7s', file('1.odt.p7s')] },
  { file: ['a.odt.p7s', file('1.odt.p7s')], signature: ['a.odt', file('1.odt')] }]) {
  const { json } = await upload(files)
  is('with .p7s: verdict', json.checked?.verdict, 'issued')
  is('with .p7s: signature', json.beside?.signature, 'valid')
  is('with .p7s: trust', json.beside?.trust, 'trusted')
}
const mixed = await upload({ file: ['a.odt', file('1.odt')], signature: ['b.p7s', file('2.odt.p7s')] })
is("another letter's .p7s", mixed.json.beside?.signature, 'invalid')
is("another letter's .p7s: said", codes(mixed).includes('content-changed'), true)
is("another letter's .p7s: the letter itself", mixed.json.checked?.verdict, 'issued')
const alone = await upload({ signature: ['a.p7s', file('1.odt.p7s')] })
is('a .p7s alone', [alone.status, alone.json.errors?.[0]?.code].join(), '422,VERIFY_ALONE')

// ---- what is not a letter of ours, or no longer ----
for (const [name, verdict, code, as] of [
  ['tampered.odt', 'changed', 'part-changed'],
  ['appended.odt', 'changed', 'zip-unsound'],
  ['stripped.odt', 'unsigned', 'no-signature'],
  ['unsigned.odt', 'unsigned', 'no-signature'],
  ['foreign.odt', 'doubtful', 'issuer-not-trusted'],
  ['unregistered.docx', 'sound', undefined],
  ['bomb.odt', 'changed', 'too-large'],
  ['many.docx', 'changed', 'too-large'],
  ['twice.odt', 'unsigned', 'zip-entry-name'],
]) {
  const r = await one(name, as)
  is(`${name}: status`, r.status, 200)
  is(`${name}: verdict`, r.json.checked?.verdict, verdict)
  is(`${name}: problem`, code ? codes(r).includes(code) : codes(r).length === 0, true)
  is(`${name}: the register knows it not`, r.json.issued, null)
  is(`${name}: in bounded time`, r.took < 15000, true)
}
// ---- and every malformed package that there is: judged, as the program on the command line does ----
const corpus = process.env.MINGDA_SOURCE + '/tests/corpora/packages/'
for (const [name, signature, code] of readFileSync(corpus + 'expected.txt', 'utf8').trim().split('\n').map(line => line.split(' '))) {
  const r = await upload({ file: [name, readFileSync(corpus + name)] })
  if (name === 'empty.odt') continue // an empty file is none
  is(`${name}: status`, r.status, 200)
  is(`${name}: signature`, r.json.checked?.signature, signature)
  is(`${name}: ${code}`, codes(r).includes(code), true)
  is(`${name}: not accepted`, ['no-letter', 'changed', 'unsigned'].includes(r.json.checked?.verdict), true)
  is(`${name}: in bounded time`, r.took < 15000, true)
}
for (const [what, name, bytes, kind] of [
  ['a PDF', 'a.pdf', '%PDF-1.7\n', 'pdf'],
  ['an old Word file', 'a.doc', Buffer.from('d0cf11e0a1b11ae1' + '00'.repeat(600), 'hex'), 'doc'],
  ['a text', 'a.txt', 'hello', 'other'],
  ['one byte', 'a.odt', 'P', 'other'],
  ['the head of a ZIP', 'a.odt', 'PK\x03\x04', 'zip'],
]) {
  const { status, json } = await upload({ file: [name, bytes] })
  is(`${what}: status`, status, 200)
  is(`${what}: kind`, json.checked?.kind, kind)
  is(`${what}: not accepted`, ['no-letter', 'changed'].includes(json.checked?.verdict), true)
}

// ---- not what its name says: told, and judged by what it is ----
for (const [name, as, said] of [['1.odt', '答复.docx', 'docx'], ['1.docx', '答复.odt', 'odt'], ['1.odt', '答复.PDF', 'pdf'], ['1.odt', '答复.odt', null], ['1.odt', '答复', null]]) {
  const { json } = await one(name, as)
  is(`${name} named ${as}: verdict`, json.checked?.verdict, 'issued')
  is(`${name} named ${as}: said`, json.checked?.misnamed, said)
}

// ---- nothing, empty, too large ----
const nothing = await upload({})
is('nothing', [nothing.status, nothing.json.errors?.[0]?.code].join(), '422,VERIFY_NOTHING')
const empty = await upload({ file: ['a.odt', ''] })
is('an empty file', [empty.status, empty.json.errors?.[0]?.code].join(), '422,FILE_EMPTY')
const large = await upload({ file: ['a.odt', Buffer.alloc((10 << 20) + 1)] })
is('one byte too many', [large.status, large.json.errors?.[0]?.code].join(), '422,FILE_TOO_LARGE')

// ---- by code, as the QR code of either letter gives it ----
for (const n of [1, 2]) {
  is(`QR code ${n}: leads to`, qr[n].pathname, '/verify')
  const code = qr[n].searchParams.get('code')
  is(`QR code ${n}: its code`, code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  const r = JSON.parse((await visitor.get(qr[n].pathname + qr[n].search, { Accept: 'application/json' })).text)
  is(`QR code ${n}: number`, r.issued?.number, register[n].number)
  is(`QR code ${n}: agency`, r.issued?.agency, register[n].agency)
  is(`QR code ${n}: no file was judged`, r.checked, null)
  const kindly = ' ' + code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o') + ' '
  is(`QR code ${n}: typed kindly`, (await visitor.json('/verify', { code: kindly })).json.issued?.number, register[n].number)
}
for (const code of ['0000-0000-0000-0000', 'nonsense', "' OR 1=1 --", '７Ｋ３Ｍ'])
  is(`the code ${code}`, [(await visitor.json('/verify', { code })).status, (await visitor.json('/verify', { code })).json.errors?.[0]?.code].join(), '422,VERIFY_CODE_WRONG')
is('a QR code of nobody, to a person', (await visitor.get('/verify?code=0000-0000-0000-0000', { Accept: 'text/html' })).text, /没有登记过这个验证码/)
is('without a token of ours', (await new Visitor().send('POST', '/verify', { body: 'code=x', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status, 403)

// ---- as a person, scripts off ----
const { browser, page, problems } = await chromium({ width: 390, height: 844 })
const press = async name => { await Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).click()]) }
const words = async () => (await page.textContent('main')).replace(/\s+/g, ' ')
await page.goto(`${BASE}/`)
await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: '核验文书' }).first().click()])
await page.setInputFiles('[name=file]', { name: '答复.odt', mimeType: 'application/octet-stream', buffer: file('1.odt') })
await page.setInputFiles('[name=signature]', { name: '答复.odt.p7s', mimeType: 'application/octet-stream', buffer: file('1.odt.p7s') })
await press('核验文件')
is('a person is told: ours', await words(), new RegExp(`文件与${register[1].agency}出具的文书逐字节一致.*出具后没有任何改动.*${register[1].number}.*有效：签名后没有改动.*由受信任的机构签发.*全部内容.*有效，属于这份文件`))
await page.setInputFiles('[name=file]', { name: '答复.docx', mimeType: 'application/octet-stream', buffer: file('tampered.odt') })
await press('核验文件')
is('a person is told: changed', await words(), /签名无效，请不要采信这份文件.*以“.docx”结尾，内容却不是这种文件.*发现的问题.*部件内容在签名后被改动：content.xml/)
await page.setInputFiles('[name=file]', { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') })
await press('核验文件')
is('a person is told: a PDF', await words(), /这不是可以核验的文书.*这是 PDF 文件/)
await press('核验文件')
is('a person is told: nothing chosen', await words(), /请改正以下内容.*请选择文书文件，或者填写验证码/)
await page.fill('[name=code]', qr[2].searchParams.get('code'))
await press('查询验证码')
is('a person is told: the code', await words(), new RegExp(`验证码有效：这份文书由${register[2].agency}出具.*${register[2].number}`))
await page.goto(BASE + qr[1].pathname + qr[1].search)
await press('English')
is('the QR code in English', await words(), /The code is valid: this letter was issued by/)
is('the pages did nothing they must not', problems.join(), '')
await browser.close()
report('verify')
