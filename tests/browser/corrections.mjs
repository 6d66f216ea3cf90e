// corrections.mjs - facts corrected by two persons in headless Chromium with scripts off, every page at phone and desktop
// width. With MINGDA_SHOTS=FOLDER it leaves pictures of the pages there. Prints a line per step.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BASE, open } from './browser.mjs';

const { RECEIVED, SEARCHED, OVERDUE } = process.env;
assert.ok(RECEIVED && SEARCHED && OVERDUE, 'the demonstration has such dossiers');
const begun = Date.now();
const step = (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const main = async (page) => (await page.textContent('main')).replace(/\s+/g, ''); // between Chinese characters it is layout
const visitors = [];
const desks = {};

async function officer(login) {
  if (desks[login]) return desks[login];
  const v = await open();
  visitors.push(v);
  await v.page.goto(`${BASE}/login`);
  await v.page.fill('[name=login]', login);
  await v.page.fill('[name=password]', process.env.MINGDA_PASSWORD);
  await press(v.page, '登录');
  return (desks[login] = v.page);
}
async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);
}
async function at(login, path, status = 200) {
  const page = await officer(login);
  assert.equal((await page.goto(BASE + path)).status(), status, path);
  return page;
}
// What is on the screen fits it, on a phone and on a desk.
async function fits(page, name) {
  for (const [device, width] of [['phone', 390], ['desktop', 1280]]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name}: ${wide} wide on ${width}`);
    if (process.env.MINGDA_SHOTS)
      await page.screenshot({ path: join(process.env.MINGDA_SHOTS, `${name}-${device}.png`), fullPage: true });
  }
}
// A program in the name of whoever is signed in: JSON there and back.
async function program(login, path, data) {
  const page = await officer(login);
  const headers = { Accept: 'application/json' };
  const answer = data ? await page.context().request.post(BASE + path, { headers, data }) : await page.context().request.get(BASE + path, { headers });
  return { status: answer.status(), ...(await answer.json()) };
}
const due = async (page) => page.getAttribute('.due-line time', 'datetime');
const fact = (page, seq) => page.locator(`#fact-${seq}`);
const offered = async (page, seq) => fact(page, seq).getByRole('link', { name: /提出更正/ }).count();
const seqOf = async (login, ref, kind) => (await program(login, `/dossiers/${ref}/facts`)).facts.find((f) => f.kind === kind).seq;

// The form is filled in as the fact reads; sends it with these values.
async function propose(login, ref, seq, fields) {
  const page = await at(login, `/dossiers/${ref}/facts/${seq}/correct`);
  for (const [field, value] of Object.entries(fields)) await page.fill(`[name="${field}"]`, value);
  await press(page, '提出更正');
  return page;
}

async function whatIsOffered() {
  const page = await at('shouli', `/dossiers/${OVERDUE}/facts`);
  const facts = (await program('shouli', `/dossiers/${OVERDUE}/facts`)).facts;
  const offers = Object.fromEntries(await Promise.all(facts.map(async (f) => [f.kind, await offered(page, f.seq)])));
  assert.deepEqual(offers, { received: 1, registered: 1, drafted: 0, assigned: 1, overdue: 0, sealed: 0 });
  const late = facts.find((f) => f.kind === 'overdue');
  assert.match(await main(await at('shouli', `/dossiers/${OVERDUE}/facts/${late.seq}/correct`, 422)), /不能更正.*依据：本机关办理规程.*correction-fixed/);
  assert.equal(await offered(await at('shenji', `/dossiers/${OVERDUE}/facts`), 1), 0);
  step('what people recorded is offered for correction, what the clock or a letter recorded is not; nothing to the auditor');
}

async function theDayOfReceipt() {
  let page = await propose('shouli', RECEIVED, 1, { correction_reason: '当日只收到电话' });
  assert.match(await main(page), /没有需要更正的内容/);
  assert.equal(await page.inputValue('[name=correction_reason]'), '当日只收到电话', 'nothing that was entered is lost');
  page = await propose('shouli', RECEIVED, 1, { on: '2026-03-27' });
  assert.match(await page.textContent('.notice-bad'), /更正理由/);
  assert.equal(await page.inputValue('[name=on]'), '2026-03-27');
  await fits(page, 'correct');
  await page.fill('[name=correction_reason]', '申请书是3月27日收到的，收发章为证。');
  await press(page, '提出更正');
  const path = new URL(page.url()).pathname;
  assert.match(path, /\/corrections\/\d+$/);
  step('a form that changes nothing or gives no reason comes back as it was filled in; then the correction is proposed');

  assert.match(await main(page), /您不能确认这项更正更正应当由提出人以外的人员确认。依据：本机关办理规程相关事实：.*提出更正记录.*correction-second-person/);
  assert.equal(await page.getByRole('button', { name: '确认更正' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: '不予更正' }).count(), 1, 'it can be taken back');
  await fits(page, 'proposed');
  const refused = await program('shouli', path, { decision: 'confirm', submission: randomUUID() });
  assert.deepEqual([refused.status, refused.rule, refused.article, refused.fact, refused.sentence],
    [422, 'correction-second-person', '本机关办理规程', Number(path.split('/').pop()), '更正应当由提出人以外的人员确认。']);
  assert.equal(await due(await at('shouli', `/dossiers/${RECEIVED}`)), '2026-04-23', 'a proposal changes nothing');
  step('who proposed it cannot confirm it, on the page and as a program, and is told rule, ground, fact and sentence');

  page = await at('chuzhang', `/dossiers/${RECEIVED}`);
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: /更正第1条/ }).click()]);
  assert.match(await main(page), /更正理由申请书是3月27日收到的，收发章为证。.*2026-03-25.*2026-03-27.*确认以后答复期限从2026年4月23日变为2026年4月27日/);
  assert.match(await main(page), /下列事实将与规则不一致.*登记.*依据：/);
  await fits(page, 'to-confirm');
  const [confirm, decline] = await Promise.all(['确认更正', '不予更正'].map((name) =>
    page.getByRole('button', { name }).evaluate((e) => getComputedStyle(e).backgroundColor)));
  assert.notEqual(confirm, decline, 'the two buttons do not look alike');
  await press(page, '确认更正');
  assert.match(await page.textContent('.notice-good'), /已办理：确认更正记录/);
  step('a second person sees what changes, the new due date and the conflicts beforehand, and confirms');
}

async function whatFollowed() {
  let page = await at('chuzhang', `/dossiers/${RECEIVED}/facts`);
  const first = (await fact(page, 1).textContent()).replace(/\s+/g, '');
  assert.match(first, /已更正.*原记录为“2026-03-25”，更正为“2026-03-27”.*周敏提出，黄伟于2026年3月30日确认.*理由：申请书是3月27日收到的，收发章为证。/);
  assert.equal(await due(page), '2026-04-27');
  assert.match(await main(page), /与规则不一致的事实.*登记/);
  assert.ok(await page.locator('.timeline > li[data-bad]').count(), 'the fact itself is marked');
  const dots = await page.$eval('.corrections li', (e) => getComputedStyle(e, '::before').content);
  assert.equal(dots, 'none', 'a correction is no fact of the timeline');
  await fits(page, 'facts-corrected');
  page = await at('chuzhang', `/dossiers/${RECEIVED}`);
  assert.equal(await due(page), '2026-04-27');
  assert.match(await main(page), /与规则不一致的事实.*登记.*依据：.*已更正/);
  await fits(page, 'dossier-corrected');
  page = await at('shenji', '/audit?view=conflicts');
  assert.match(await page.locator('tr', { hasText: RECEIVED }).textContent(), /\d+条/);
  await fits(page, 'audit-conflicts');
  step('the first record stays to be read; conflicts stand on the dossier, among the facts and before the auditor');

  page = await at('chuzhang', `/dossiers/${RECEIVED}/facts?known=2026-03-29`);
  assert.equal(await due(page), '2026-04-23');
  assert.match(await main(page), /2026年3月29日当日已知的情况/);
  assert.doesNotMatch(await main(page), /已更正|与规则不一致|提出更正/);
  await fits(page, 'facts-known');
  page = await at('chuzhang', `/dossiers/${RECEIVED}/ledger?known=2026-03-29`);
  assert.ok(await page.locator('time[datetime="2026-04-23"]').count());
  page = await at('chuzhang', `/dossiers/${RECEIVED}/facts?known=2026-03-01`);
  assert.match(await page.textContent('.notice-bad'), /没有这件申请的任何记录/);
  step('on the day before, the earlier due date was known, and no conflict');
}

async function declined() {
  let page = await propose('shouli', RECEIVED, 1, { on: '2026-03-26', correction_reason: '又找到一枚收发章。' });
  const path = new URL(page.url()).pathname;
  page = await at('chuzhang', path);
  await press(page, '不予更正');
  assert.match(await page.textContent('.notice-bad'), /不予更正的理由/);
  await fits(page, 'decline-why');
  await page.fill('[name=reason]', '那枚章是另一件申请的。');
  await press(page, '不予更正');
  page = await at('shouli', path);
  assert.match(await main(page), /不予更正.*办理人黄伟2026年3月30日不予更正的理由那枚章是另一件申请的。/);
  assert.equal(await page.getByRole('button', { name: '确认更正' }).count(), 0);
  await fits(page, 'declined');
  assert.equal(await due(await at('shouli', `/dossiers/${RECEIVED}`)), '2026-04-27');
  step('another proposal is declined with a reason, and changes nothing');
}

async function theSearch() {
  const seq = await seqOf('chengban', SEARCHED, 'search-recorded');
  const page = await at('chengban', `/dossiers/${SEARCHED}/facts/${seq}/correct`);
  const before = await page.inputValue('[name=where]');
  assert.ok(before.length > 2, 'the form reads as the fact does');
  await page.fill('[name=where]', '综合档案室、业务系统、电子邮件系统');
  await page.fill('[name=correction_reason]', '漏写了电子邮件系统。');
  await press(page, '提出更正');
  const path = new URL(page.url()).pathname;
  assert.match(await main(page), /“确认更正记录”由[^。]*、[^。]*、[^。]*办理。/);
  const refused = await program('chengban', path, { decision: 'confirm', submission: randomUUID() });
  assert.deepEqual([refused.status, refused.rule, refused.article], [403, 'role', '本机关办理规程']);
  assert.match(refused.sentence, /^“确认更正记录”由.*、.*、.*办理。$/);
  const second = await at('chuzhang', path);
  assert.match(await main(second), /答复期限不变/);
  await press(second, '确认更正');
  const told = (await fact(second, seq).textContent()).replace(/\s+/g, '');
  assert.ok(told.includes(`原记录为“${before.replace(/\s+/g, '')}”，更正为“综合档案室、业务系统、电子邮件系统”`), told);
  step('of a search record its text is corrected; a handler, who may not confirm, is told all who may');
}

async function everyRefusalSaysWhy() {
  let refusals = 0;
  for (const login of ['shouli', 'chengban', 'chuzhang'])
    for (const ref of [RECEIVED, SEARCHED, OVERDUE])
      for (const row of (await program(login, `/dossiers/${ref}`)).may.filter((m) => !m.allowed)) {
        refusals++;
        assert.ok(row.rule && row.basis && row.because.length > 6 && 'fact' in row, JSON.stringify(row));
      }
  assert.ok(refusals > 50, `only ${refusals}`);
  const page = await at('chengban', `/dossiers/${RECEIVED}/events/registered`, 403);
  assert.match(await main(page), /由受理人员办理。.*依据：条例45.*role/);
  step(`${refusals} refusals, each with rule, article or practice, and sentence`);
}

try {
  await whatIsOffered();
  await theDayOfReceipt();
  await whatFollowed();
  await declined();
  await theSearch();
  await everyRefusalSaysWhy();
  assert.deepEqual(visitors.flatMap((v) => v.problems), [], 'no page may do this');
} finally {
  for (const v of visitors) await v.browser.close();
}
console.log('corrections: done');
