// Plays the stories over HTTP. What a page does not show (states beside the one it names, the next wake) is looked up in
// the store, and counted as such.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Visitor, code, is, report, APPLICATION } from './visitor.mjs'

const STORIES = JSON.parse(readFileSync(process.argv[2]))
const EDITION = readFileSync(`${process.env.MINGDA_SOURCE}/workflow/editions/cn-2019.scxml`, 'utf8')
const LABELS = Object.fromEntries([...EDITION.matchAll(/ id="([^"]+)"[^>]*? law:zh="([^"]+)"/g)].map(m => [m[1], m[2]]))
const SIGNER = Number(process.env.MINGDA_SIGNER)
const count = { pages: 0, store: 0, days: 0, refusals: 0, deeds: 0, moved: 0, processes: 0 }

/** What is told before the rules are asked: another letter than the one read, an item or a child that there is not; and what
 *  stands in the way whatever the form says. */
const TOLD_BEFORE = {
  'approve-what-was-seen': '409 LETTER_CHANGED',
  'item-unknown': '422 item NOT_A_CHOICE',
  'search-first': ['search-first', 'search-or-exit-first'],
}

const sql = text => execFileSync('bash', ['-c', 'site_sql "$1"', 'sql', text], { encoding: 'utf8' }).trim()
const PEOPLE = Object.fromEntries(sql('SELECT login, person_id FROM mingda.person').split('\n').map(line => line.split('|')))
const pause = ms => new Promise(done => setTimeout(done, ms))

/** The site's civil day; sessions and tickets of another day are forgotten, connections take the new day with them. */
let today
async function itIs(day) {
  const ended = wait => `SELECT pg_terminate_backend(pid, ${wait}) FROM pg_stat_activity
      WHERE datname = 'mingda' AND backend_type = 'client backend' AND pid <> pg_backend_pid();`
  sql(`BEGIN; ALTER DATABASE mingda SET mingda.today = '${day}'; COMMIT; ${ended(0)} ${ended(5000)}`) // all told, then all awaited
  today = day
  count.days++
}

class Telling {
  constructor(story) {
    this.story = story
    this.tellsReceipt = story.scenes.some(s => s.event === 'drafted' && s.data.template === 'D01')
    this.known = {}
  }
  wrong(scene) { return `"${this.story.name}", scene ${this.n} (${this.day} ${scene.scene} ${scene.event ?? ''} ${scene.child ?? ''} ${scene.word ?? ''})` }

  /** A cut connection costs at most one 503 a worker; the same form is sent again. */
  async patiently(ask) {
    for (let i = 0; ; i++) {
      const r = await ask()
      if (r.status !== 503 || i === 5) return r
    }
  }
  async visitor(who) {
    if (this.known[who]) return this.known[who]
    const v = new Visitor()
    const door = who === 'applicant' ? ['/track', { ref: this.ref, code: this.code }] : ['/login', { login: who, password: process.env.MINGDA_PASSWORD }]
    const r = await this.patiently(() => v.json(...door))
    is(`${who} is let in`, r.status, 200)
    return this.known[who] = v
  }
  async page(who) {
    const v = await this.visitor(who)
    const r = await this.patiently(() => v.get(`/${who === 'applicant' ? 'track' : 'dossiers'}/${this.ref}`, { Accept: 'application/json' }))
    is(`the page for ${who}`, r.status, 200)
    count.pages++
    return JSON.parse(r.text)
  }
  /** The story's letter as it is called in the dossier: one further where the receipt came first. */
  child(name) {
    return name?.[0] === 'L' && !this.tellsReceipt && this.registered ? `L${Number(name.slice(1)) + 1}` : name
  }
  async until(what, holds) {
    count.processes++
    for (const end = Date.now() + 20000; Date.now() < end; await pause(100)) if (holds(await this.page('shouli'))) return
    is(what, 'not within 20 s', 'done')
  }

  async submit(scene) {
    const items = Object.fromEntries(Array.from({ length: scene.data.items }, (_, i) => [`item_${i + 1}`, `第${i + 1}项`]))
    const form = { ...APPLICATION, category: scene.data.category, delivery: scene.data.delivery, ...items, submission: randomUUID() }
    const r = await this.patiently(() => new Visitor().json('/apply', form))
    is(this.wrong(scene), r.status, 201)
    Object.assign(this, { ref: r.json.ref, code: r.json.code })
  }
  /** The scene's data as a form sends it. */
  fields(scene, page) {
    const { odt, docx, version, ...rest } = scene.data, form = { submission: randomUUID(), seq: page.dossier.seq }
    for (const [name, value] of Object.entries(rest)) form[name] = name === 'handler' ? PEOPLE[value] : value?.row ? '写明的内容' : value
    if (scene.child) form.child = this.child(scene.child)
    if (scene.event === 'drafted') Object.assign(form, { place: '一楼窗口', time: '工作日九时' })
    if (scene.event === 'approved') { // what begins with a is what stands; anything else is something else
      const letter = page.letters.find(l => l.child === form.child)
      if (scene.person === 'lingdao') form.one_time_code = code('lingdao')
      Object.assign(form, odt[0] === 'a' ? { odt: letter?.odt_sha256 ?? odt, docx: letter?.docx_sha256 ?? docx } : { odt, docx })
    }
    return form
  }
  /** Clock and signer work beside us: who is told that the dossier has moved on looks again and tries again, as a person does. */
  async raise(scene, who) {
    for (let tries = 0; ; tries++) {
      const r = await this.raiseOnce(scene, who)
      if (r.json?.code !== 'DOSSIER_MOVED' || tries === 5) return r
      count.moved++
    }
  }
  async raiseOnce(scene, who) {
    const page = await this.page(who === 'applicant' ? 'shouli' : who)
    const v = await this.visitor(who)
    const form = this.fields(scene, page)
    if (who === 'applicant') delete form.seq
    return this.patiently(() => v.json(`/${who === 'applicant' ? 'track' : 'dossiers'}/${this.ref}/events/${scene.event}`, form))
  }
  /** Who approves a letter has it dated that day first, where it bears another. */
  async date(scene) {
    const v = await this.visitor(this.who(scene))
    const r = await this.patiently(() => v.json(`/dossiers/${this.ref}/letters/${this.child(scene.child)}/date`, {}))
    is(this.wrong(scene), [200, 201].includes(r.status) ? 'dated' : `${r.status} ${r.text}`, 'dated')
  }
  who(scene) { return scene.role === 'applicant' ? 'applicant' : scene.person }

  async does(scene) {
    if (!this.ref) return this.submit(scene)
    if (scene.role === 'clock') return this.byItself(scene)
    if (scene.event === 'approved') await this.date(scene)
    const r = await this.raise(scene, this.who(scene))
    is(this.wrong(scene), r.status === 201 ? 'done' : `${r.status} ${r.text}`, 'done')
    this.registered ||= scene.event === 'registered'
    count.deeds++
  }
  /** What the clock and the seal do, they do; until the story tells of it the signer is held. */
  async byItself(scene) {
    const child = this.child(scene.child)
    if (scene.event === 'drafted') return this.until(this.wrong(scene), p => p.letters.some(l => l.child === child && l.code === 'D01'))
    if (scene.event !== 'sealed') return this.until(this.wrong(scene), p => p.facts.some(f => f.kind === scene.event))
    process.kill(SIGNER, 'SIGCONT')
    await this.until(this.wrong(scene), p => p.letters.find(l => l.child === child)?.sealed)
    process.kill(SIGNER, 'SIGSTOP')
  }
  async cannot(scene) {
    if (scene.role === 'clock' && scene.event === 'overdue') return this.clockDoesNot(scene)
    const ofPeople = async () => (await this.page('shouli')).facts.filter(f => f.by !== '系统').length
    const before = await ofPeople()
    const r = await this.raise(scene, scene.role === 'clock' ? 'shouli' : this.who(scene)) // a clerk may do it too, by the same rule
    const field = r.json.errors?.[0]
    const told = r.json.rule ?? (field ? `${r.status} ${field.field} ${field.code}` : `${r.status} ${r.json.code}`)
    is(this.wrong(scene), told, TOLD_BEFORE[scene.word] ?? scene.word)
    is(this.wrong(scene), r.status, r.json.rule ? (r.json.rule === 'role' ? 403 : 422) : r.status)
    is(`${this.wrong(scene)}: nothing happened`, await ofPeople(), before)
    count.refusals++
  }
  /** Nobody but the clock may; so it is left alone until it has gone through a whole round of that day: between two rests. */
  async clockDoesNot(scene) {
    const last = () => Number(sql("SELECT extract(epoch FROM max(query_start)) FROM pg_stat_activity WHERE usename = 'mingda_clock'"))
    let rests = 0
    for (let seen = 0, end = Date.now() + 30000; rests < 2 && Date.now() < end; await pause(100)) {
      const now = last()
      if (seen && now - seen > 0.8) rests++
      seen = now || seen
    }
    is(`${this.wrong(scene)}: a whole round`, rests, 2)
    is(this.wrong(scene), (await this.page('shouli')).facts.some(f => f.kind === scene.event), false)
    count.processes++
  }

  async stands(scene) {
    const page = await this.page('shouli')
    const child = this.child(scene.child)
    if (!child && page.dossier.state === scene.word) {
      is(this.wrong(scene), page.dossier.label, LABELS[scene.word])
      return
    }
    if (!child) {
      count.store++
      const all = sql(`SELECT configuration FROM mingda.dossier WHERE ref = '${this.ref}'`).split(' ')
      is(this.wrong(scene), all.includes(scene.word) ? scene.word : all.join(' '), scene.word)
      return
    }
    if (child[0] === 'i' && scene.word === 'undecided') {
      const item = page.items.find(i => i.child === child)
      is(this.wrong(scene), item && item.outcome === null ? 'undecided' : JSON.stringify(item), scene.word)
      return
    }
    if (child[0] === 'i') { // the page tells what was proposed, not how far it is
      count.store++
      is(this.wrong(scene), sql(`SELECT c.state FROM mingda.child c JOIN mingda.dossier d USING (agency_id, dossier_id)
          WHERE d.ref = '${this.ref}' AND c.child = '${child}'`), scene.word)
      return
    }
    is(this.wrong(scene), [...page.children, ...page.letters].find(c => c.child === child)?.state_label, LABELS[scene.word])
  }
  async shown(scene) { is(this.wrong(scene), (await this.page('applicant')).dossier.state, scene.word) }
  async due(scene) {
    for (const who of ['shouli', 'applicant']) is(`${this.wrong(scene)} for ${who}`, (await this.page(who)).dossier.due, scene.word)
  }
  /** Whoever owes something is offered it, or told by which rule not yet; what is owed by rule is there. */
  async owes(scene) {
    if (scene.role === 'clock') return is(this.wrong(scene), (await this.page('shouli')).letters.some(l => l.code === scene.word), true)
    const who = { applicant: 'applicant', clerk: 'shouli', handler: 'chengban', secrecy: 'baomi', legal: 'fagui' }[scene.role]
    const may = (await this.page(who)).may.filter(m => m.kind === scene.word && !['not-in-this-state', 'child-unknown'].includes(m.rule))
    is(this.wrong(scene), may.length > 0, true)
  }
  async wakes(scene) {
    count.store++
    is(this.wrong(scene), sql(`SELECT on_day FROM mingda.wake w JOIN mingda.dossier_number n USING (dossier_id) WHERE n.ref = '${this.ref}'`), scene.word ?? '')
  }
  async on(scene) {
    if (today !== scene.word) {
      this.known = {}
      await itIs(scene.word)
    }
    this.day = scene.word
  }
  async play() {
    for (this.n = 0; this.n < this.story.scenes.length; this.n++) await this[this.story.scenes[this.n].scene](this.story.scenes[this.n])
  }
}

process.kill(SIGNER, 'SIGSTOP') // whoever started us lets it go on
for (const story of STORIES) await new Telling(story).play()
console.log(`stories: ${STORIES.length} played through nginx on ${count.days} days: ${count.deeds} deeds and ${count.refusals} refusals by HTTP, ` +
  `${count.processes} by clock and signer, ${count.moved} tried again on a page that had moved on, ${count.pages} pages read, ${count.store} scenes looked up in the store`)
report('stories')
