// pages.mjs - every page and every state of error, on a phone and on a desk, in both languages: nothing overflows, one
// heading, the language is said, every field has a label, links within the page lead somewhere, the security policy holds,
// a change of language keeps the page, and axe-core finds no breach of WCAG 2.2 AA or of its good practice.
// With MINGDA_SHOTS=FOLDER a picture of each is left there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BASE, open } from './browser.mjs';

const PASSWORD = process.env.MINGDA_PASSWORD;
const SHOTS = process.env.MINGDA_SHOTS;
const problems = [];
let looked = 0;

// What a page must be, asked by a script of ours from outside: the page's own stay off.
function faultsOf(lang) {
  const found = [];
  const root = document.documentElement;
  if (root.lang !== lang) found.push(`lang is ${root.lang}`);
  if (document.querySelectorAll('h1').length !== 1) found.push(`${document.querySelectorAll('h1').length} headings h1`);
  if (!document.title.trim()) found.push('no title');
  if (root.scrollWidth > window.innerWidth) {
    const wide = [...document.querySelectorAll('main *, header *, footer *, nav *')].find(
      (e) => e.getBoundingClientRect().right > window.innerWidth + 1 && getComputedStyle(e).position !== 'absolute' && !e.closest('.tabs'));
    found.push(`overflows to ${root.scrollWidth}: ${wide ? wide.outerHTML.slice(0, 120) : '?'}`);
  }
  for (const f of document.querySelectorAll('input:not([type=hidden]), textarea, select')) {
    const named = f.labels?.length && [...f.labels].every((l) => l.textContent.trim());
    if (!named) found.push(`no label: ${f.outerHTML.slice(0, 100)}`);
    if ((f.type === 'radio' || f.type === 'checkbox') && f.type === 'radio' && !f.closest('fieldset')?.querySelector('legend'))
      found.push(`no legend: ${f.name}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id twice: ${id}`);
  for (const a of document.querySelectorAll('a[href^="#"]'))
    if (!document.getElementById(a.getAttribute('href').slice(1))) found.push(`leads nowhere: ${a.getAttribute('href')}`);
  for (const e of document.querySelectorAll('a, button'))
    if (!e.textContent.trim() && !e.getAttribute('aria-label')) found.push(`nothing to read: ${e.outerHTML.slice(0, 100)}`);
  if (/\{[a-z_.]+\}|undefined|\(null\)/.test(document.body.innerText)) found.push('a slot that was not filled');
  if (lang === 'en') {
    const chrome = [...document.querySelectorAll('h1, h2, button, nav a, .label, legend, th, dt')]
      .filter((e) => !e.closest('[lang], [translate=no]')?.matches('[translate=no], form [lang]'));
    const left = chrome.map((e) => e.textContent.trim()).find((s) => /^[\u4e00-\u9fff，。：（）]+$/.test(s) && s !== '中文');
    if (left) found.push(`not in English: ${left}`);
  }
  return found;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const examined = new Set();

// What axe looks at: elements with their attributes, and which of them hold text; pages alike in this are examined once
// for each width and language.
function skeletonOf() {
  const say = (e) => {
    const attributes = [...e.attributes].map((a) => `${a.name}=${/^(value|href|action|id|for|name|aria-describedby|aria-labelledby)$/.test(a.name) ? !!a.value : a.value}`);
    const kin = [...e.children].map(say);
    const alike = kin.filter((k, i) => k !== kin[i - 1]); // a list of five looks like one of two
    return `<${e.localName} ${attributes.join(' ')} ${[...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())}>${alike.join('')}</>`;
  };
  return say(document.documentElement);
}

// The page stays what it is, scripts off. What we ask it runs all the same, and its promises; timers do not, so that axe,
// which only puts off by them, is given promises in their place.
async function examine(v, name, lang) {
  const key = createHash('sha256').update(`${v.width} ${lang} ${await v.page.evaluate(skeletonOf)}`).digest('hex');
  if (examined.has(key)) return;
  examined.add(key);
  for (const said of await violationsOf(v.page)) problems.push(`${name} (${v.width}, ${lang}): axe ${said}`);
}
async function violationsOf(page) {
  await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    window.setTimeout = (then, _, ...given) => void Promise.resolve().then(() => then(...given));
    const options = { runOnly: tags, resultTypes: ['violations'], preload: false };
    const { passes, violations } = await window.axe.run(document, options);
    const few = passes.length < 10 ? [`asked only ${passes.length} questions of ${document.body.innerText.slice(0, 120)}`] : [];
    return few.concat(violations.flatMap((r) => r.nodes.map((n) => `${r.id}: ${n.target.join(' ')} ${n.html.slice(0, 120)} (${n.any.concat(n.all, n.none).map((c) => c.message).join('; ').slice(0, 160)})`)));
  }, TAGS);
}
// That it finds what is wrong, with scripts off as here.
async function axeIsAwake() {
  const v = await open();
  await v.page.setContent('<html lang=en><title>x</title><main><h1>x</h1><img src="data:,"><p style="color:#ccc">pale</main>');
  const found = (await violationsOf(v.page)).join('\n');
  assert.match(found, /^image-alt: img /m);
  assert.match(found, /^color-contrast: p /m);
  await v.browser.close();
}

async function look(v, name, lang) {
  looked++;
  const tag = lang === 'en' ? 'en' : 'zh-CN';
  const found = await v.page.evaluate(faultsOf, tag);
  for (const f of found) problems.push(`${name} (${v.width}, ${lang}): ${f}`);
  await examine(v, name, lang);
  if (SHOTS) await v.page.screenshot({ path: `${SHOTS}/${name.replace(/[^\w-]+/g, '_')}-${v.width}-${lang}.png`, fullPage: true });
}

// Goes there in Chinese, then changes the language with the page's own button: the same page must come.
async function visit(v, name, path, status = 200) {
  const at = `${path}${path.includes('?') ? '&' : '?'}lang=zh`;
  const answer = await v.page.goto(BASE + at);
  if (answer.status() !== status) problems.push(`${name}: ${answer.status()}, wanted ${status}`);
  await look(v, name, 'zh');
  await change(v, name);
}
async function change(v, name) {
  const before = new URL(v.page.url());
  await Promise.all([v.page.waitForNavigation(), v.page.click('.language button')]);
  const after = new URL(v.page.url());
  before.searchParams.delete('lang');
  after.searchParams.delete('lang');
  if (before.pathname !== after.pathname || before.search !== after.search)
    problems.push(`${name}: the change of language led from ${before.pathname}${before.search} to ${after.pathname}${after.search}`);
  await look(v, name, 'en');
}

async function send(v, name, fill = {}) { // the form on the page, as it is or filled in; a page with errors comes back
  for (const [field, value] of Object.entries(fill)) await v.page.fill(`main [name="${field}"]`, value);
  const last = await v.page.$('main form .actions button[type=submit]'); // others on the page only calculate
  await Promise.all([v.page.waitForNavigation(), last ? last.click() : v.page.click('main form button[type=submit]')]);
  await look(v, name, (await v.page.getAttribute('html', 'lang')) === 'en' ? 'en' : 'zh');
  if (!(await v.page.$('.notice-bad'))) problems.push(`${name}: the page says nothing of what is wrong`);
}

async function open_visitor(width) {
  const v = await open({ width, height: width < 500 ? 844 : 900 });
  return { ...v, width };
}
async function sign_in(width, login) {
  const v = await open_visitor(width);
  await v.page.goto(`${BASE}/login?lang=zh`);
  await v.page.fill('[name=login]', login);
  await v.page.fill('[name=password]', PASSWORD);
  await Promise.all([v.page.waitForNavigation(), v.page.click('main button')]);
  return v;
}
async function leave(v) {
  problems.push(...v.problems);
  await v.browser.close();
}
async function json(v, path) {
  const answer = await v.context.request.get(BASE + path, { headers: { accept: 'application/json' } });
  return answer.json();
}

async function ofCitizens(width) {
  const v = await open_visitor(width);
  for (const [name, path] of [['start', '/'], ['guide', '/guide'], ['track', '/track'], ['verify', '/verify'], ['login', '/login'], ['category', '/apply/category']])
    await visit(v, name, path);
  await send(v, 'category-wrong');
  await visit(v, 'verify-wrong', '/verify?code=0000-0000-0000-0000', 422);
  await send(v, 'verify-nothing');
  await visit(v, 'track-again', '/track?ref=SQDEMO31000120260302001');
  await send(v, 'track-wrong', { ref: 'SQDEMO31000120260302001', code: '1234567890' });
  await visit(v, 'login-next', '/login?next=/audit');
  await send(v, 'login-wrong', { login: 'nobody', password: 'nothing' });
  await visit(v, 'not-found', '/nothing', 404);
  return v;
}

async function applying(v, category) {
  const { page } = v;
  const go = () => Promise.all([page.waitForNavigation(), page.click('main form button[value=next]')]);
  await page.goto(`${BASE}/apply/category?lang=zh`);
  await page.check(`[value=${category}]`);
  await go();
  await visit(v, `identity-${category}`, '/apply/identity');
  await send(v, `identity-${category}-wrong`);
  await page.goto(`${BASE}/apply/identity?lang=zh`);
  for (const [name, value] of [['name', '测试'.repeat(60)], ['id_number', '91310000MA1FL0000X'], ['representative', '张三'], ['contact_name', '李四']])
    if (await page.$(`main [name=${name}]`)) await page.fill(`main [name=${name}]`, value);
  if (await page.$('[name=id_kind]')) await page.check('[value=id-card]');
  await go();
  await visit(v, 'contact', '/apply/contact');
  await send(v, 'contact-wrong');
  await page.fill('[name=phone]', '021-00000000');
  await go();
  await visit(v, 'items', '/apply/items');
  await send(v, 'items-wrong');
  await page.fill('[name=item_1]', 'NoSpacesAtAllInThisVeryLongWordThatSomebodyPastedIntoTheFieldOfTheForm'.repeat(3));
  await Promise.all([page.waitForNavigation(), page.click('main form button[value=add]')]);
  await page.fill('[name=item_2]', '2025年度市级应急物资储备目录');
  await look(v, 'items-two', 'en');
  await go();
  await visit(v, 'delivery', '/apply/delivery');
  await send(v, 'delivery-wrong');
  await page.check('[value=electronic]');
  await go();
  await visit(v, 'check', '/apply/check');
  await Promise.all([page.waitForNavigation(), page.click('main form button[value=submit]')]);
  await look(v, 'check-wrong', 'en');
  await page.check('[name=agree]');
  await Promise.all([page.waitForNavigation(), page.click('main form button[value=submit]')]);
  await visit(v, 'receipt', '/apply/receipt');
}

async function following(v) {
  const { page } = v;
  const [ref, code] = await page.$$eval('.panel-number', (all) => all.map((e) => e.textContent.trim()));
  await page.goto(`${BASE}/track?ref=${ref}`);
  await page.fill('[name=code]', code);
  await Promise.all([page.waitForNavigation(), page.click('main form button')]);
  await visit(v, 'track-case', `/track/${ref}`);
  await page.$$eval('details', (all) => all.forEach((d) => (d.open = true)));
  await look(v, 'track-case-open', 'en');
  await visit(v, 'withdraw', `/track/${ref}/events/withdrawn`);
  await visit(v, 'correction-not-asked', `/track/${ref}/events/correction-received`, 422);
  await visit(v, 'no-such-letter', `/track/${ref}/letters/L9.odt`, 404);
  await page.goto(`${BASE}/track/${ref}/events/withdrawn?lang=zh`);
  await Promise.all([page.waitForNavigation(), page.click('main form button[type=submit]')]);
  await look(v, 'withdrawn', 'zh');
  await change(v, 'withdrawn');
}

// One dossier of each state: pages of the same state look alike.
async function refsOfStates(v) {
  const queue = await json(v, '/queue?view=all'), closed = await json(v, '/queue?view=closed');
  const rows = [...queue.queue, ...closed.queue];
  assert.ok(rows.length > 10, 'the demonstration data is there');
  const one = new Map(rows.map((row) => [`${row.label} ${row.overdue}`, row.ref]));
  return [...one.values()];
}

async function ofDossiers(v, login) {
  for (const ref of await refsOfStates(v)) {
    await visit(v, `dossier-${login}-${ref}`, `/dossiers/${ref}`);
    const dossier = await json(v, `/dossiers/${ref}`);
    await forms(v, login, ref, dossier);
    if (login !== 'chengban') continue;
    await visit(v, `ledger-${ref}`, `/dossiers/${ref}/ledger`);
    await visit(v, `facts-${ref}`, `/dossiers/${ref}/facts`);
    for (const letter of dossier.letters) await visit(v, `letter-${ref}-${letter.child}`, `/dossiers/${ref}/letters/${letter.child}`);
  }
}

// Something is still to be filled in: sent as it is, the form comes back.
const isIncomplete = () =>
  [...document.querySelectorAll('main .field')].some((f) =>
    f.matches('fieldset') ? !f.querySelector(':checked') && !f.querySelector('.optional') : f.querySelector('.label') && !f.querySelector('.optional'));

// Events whose form stands beside the fact they are about: asked for by themselves they lead to the list of facts.
const BESIDE_FACTS = new Set(['rectification-proposed', 'rectification-declined', 'corrected']);

// A form that asks first what it is: the page of each answer, and what it says when nothing else is filled in.
async function chosen(v, name) {
  const [field] = await v.page.$$eval('main input[type=radio]', (all) => all.map((e) => e.name));
  const words = await v.page.$$eval(`main input[name="${field}"]`, (all) => all.map((e) => e.value));
  const at = new URL(v.page.url());
  for (const word of words) {
    at.searchParams.set(field, word);
    await visit(v, `${name}-${word}`, at.pathname + at.search.replace(/[?&](lang|asked)=[^&]*/g, '').replace(/^&/, '?'));
    if (await v.page.evaluate(isIncomplete)) await send(v, `${name}-${word}-wrong`);
  }
}

const seen = new Set(); // a form looks alike for every dossier: once for each event and width is enough
async function forms(v, login, ref, dossier) {
  for (const may of dossier.may) {
    const key = `${v.width} ${login} ${may.kind} ${may.allowed}`;
    if (seen.has(key) || (may.allowed && may.letter)) continue;
    seen.add(key);
    const path = `/dossiers/${ref}/events/${may.kind}${may.child ? `?child=${may.child}` : ''}`;
    if (BESIDE_FACTS.has(may.kind)) {
      await v.page.goto(BASE + path);
      if (!new URL(v.page.url()).pathname.endsWith('/facts')) problems.push(`${path}: led to ${v.page.url()}`);
      continue;
    }
    await visit(v, `event-${login}-${may.kind}-${may.allowed}`, path, may.allowed ? 200 : 422);
    if (may.allowed && (await v.page.evaluate(isIncomplete)))
      await send(v, `event-${login}-${may.kind}-wrong`);
    if (may.allowed && (await v.page.$('main form[method=get]'))) await chosen(v, `event-${login}-${may.kind}`);
    if (!may.allowed && !(await v.page.$('.notice-bad .basis'))) problems.push(`${path}: refused without rule or article`);
  }
}

async function ofTheOffice(width) {
  const staff = ['chengban', 'shouli', 'shenji', 'chuzhang', 'baomi', 'fagui', 'lingdao'];
  for (const login of width < 500 ? staff.slice(0, 3) : staff) {
    const v = await sign_in(width, login);
    const views = login === 'chengban' ? ['mine', 'all', 'soon', 'overdue', 'closed'] : ['mine'];
    for (const view of views) await visit(v, `queue-${login}-${view}`, `/queue?view=${view}`);
    if (login === 'shouli') {
      await visit(v, 'intake', '/intake');
      await send(v, 'intake-unchosen');
      for (const [channel, category] of [['mail', 'natural'], ['oral', 'commercial']]) {
        await visit(v, `intake-${channel}`, `/intake?channel=${channel}&category=${category}`);
        await send(v, `intake-${channel}-wrong`);
      }
    }
    if (login === 'shouli') for (const [name, q] of [['asked', ''], ['found', '?q=预案'], ['short', '?q=应'], ['none', '?q=无此词语']])
      await visit(v, `search-${name}`, `/search${encodeURI(q)}`);
    if (login === 'shouli') {
      const { asked, found, paging } = await json(v, encodeURI('/search?q=预案'));
      assert.deepEqual([asked.words, asked.nothing, asked.too_short, paging.first], ['预案', false, false, true]);
      assert.ok(found.length && found.every((row) => row.subject.includes('预案') && /^SQDEMO31000[0-9]+$/.test(row.ref)), JSON.stringify(found));
    }
    await visit(v, `audit-${login}`, '/audit?view=late', login === 'shenji' ? 200 : 403);
    if (login === 'shenji') for (const view of ['all', 'on-time', 'open', 'open-over']) await visit(v, `audit-${view}`, `/audit?view=${view}`);
    if (login === 'chengban' || (login === 'shouli' && width > 500)) await ofDossiers(v, login);
    await visit(v, `not-theirs-${login}`, '/dossiers/SQDEMO31000120260302001/events/abandoned', login === 'shouli' ? 422 : 403);
    await leave(v);
  }
}

// Reading, a draft as it is and with something wrong, the approval: with all that can be opened open.
async function ofTemplates(width) {
  const v = await sign_in(width, 'fagui');
  for (const [name, path] of [['list', ''], ['letter', '/R03'], ['version', '/R03/versions/1'], ['clause', '/decision/versions/1'], ['compare', '/R03/compare?from=1&to=1']])
    await visit(v, `templates-${name}`, `/templates${path}`);
  await v.page.goto(`${BASE}/templates/D0${width < 500 ? 8 : 9}`);
  await Promise.all([v.page.waitForNavigation(), v.page.click('main form button')]);
  const edit = new URL(v.page.url()).pathname;
  await visit(v, 'templates-edit', edit);
  const unfold = () => v.page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  await unfold();
  await look(v, 'templates-edit-open', 'en');
  await v.page.fill('textarea.words >> nth=-1', '【无此字段】');
  await Promise.all([v.page.waitForNavigation(), v.page.click('#check')]);
  if (!(await v.page.$('.block[data-bad]'))) problems.push('templates-edit-wrong: no block is marked');
  await unfold();
  await look(v, 'templates-edit-wrong', 'en');
  await v.page.goto(BASE + edit);
  await Promise.all([v.page.waitForNavigation(), v.page.click('button[value=submit]')]);
  await visit(v, 'templates-own', edit.replace('edit', 'decide'));
  await leave(v);
  const w = await sign_in(width, 'lingdao');
  await visit(w, 'templates-decide', edit.replace('edit', 'decide'));
  await send(w, 'templates-decide-wrong', { on: '' });
  await visit(w, 'templates-not-theirs', '/templates/D08/edit', 403);
  await leave(w);
}

await axeIsAwake();
for (const width of [390, 1280]) {
  const v = await ofCitizens(width);
  await applying(v, 'natural');
  await following(v);
  await applying(v, 'commercial');
  await leave(v);
  await ofTheOffice(width);
  await ofTemplates(width);
  console.log(`${width} px: ${looked} looks so far`);
}
for (const p of problems) console.log(p);
assert.equal(problems.length, 0, `${problems.length} faults in ${looked} looks`);
assert.ok(examined.size > 100, `axe examined ${examined.size} pages only`);
console.log(`${looked} looks at pages, ${examined.size} of them unlike and examined by axe: nothing wrong`);
