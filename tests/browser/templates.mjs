// templates.mjs - the legal office changes a letter, in headless Chromium with scripts off, every page at phone and desktop
// width; at the end a short pass with scripts on. With MINGDA_SHOTS=FOLDER it leaves pictures there. A line per step.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BASE, open } from './browser.mjs';

const { OPEN } = process.env;
assert.ok(OPEN, 'the demonstration has such a dossier');
const begun = Date.now();
const step = (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const main = async (page) => (await page.textContent('main')).replace(/\s+/g, '');
const visitors = [];
const desks = {};

async function officer(login, options) {
  if (!options && desks[login]) return desks[login];
  const v = await open(options);
  visitors.push(v);
  await v.page.goto(`${BASE}/login`);
  await v.page.fill('[name=login]', login);
  await v.page.fill('[name=password]', process.env.MINGDA_PASSWORD);
  await press(v.page, '登录');
  if (!options) desks[login] = v.page;
  return v.page;
}
async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);
}
async function pressed(page, value) { // a button of a block, by what it sends; it may stand in a closed <details>
  const button = page.locator(`button[name=do][value="${value}"]`);
  await button.evaluate((b) => { for (let d = b.closest('details'); d; d = d.parentElement.closest('details')) d.open = true; });
  await Promise.all([page.waitForNavigation(), button.click()]);
}
async function at(login, path, status = 200) {
  const page = await officer(login);
  assert.equal((await page.goto(BASE + path)).status(), status, path);
  return page;
}
async function fits(page, name) {
  for (const [device, width] of [['phone', 390], ['desktop', 1280]]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name}: ${wide} wide on ${width}`);
    if (process.env.MINGDA_SHOTS)
      await page.screenshot({ path: join(process.env.MINGDA_SHOTS, `${name}-${device}.png`), fullPage: true });
  }
}
async function program(login, path, data) {
  const page = await officer(login);
  const headers = { Accept: 'application/json' };
  const answer = data ? await page.context().request.post(BASE + path, { headers, data }) : await page.context().request.get(BASE + path, { headers });
  return { status: answer.status(), ...(await answer.json()) };
}
const words = (page, i) => page.locator(`[name=w${i}]`);
// The first block whose words hold this.
async function blockWith(page, text) {
  const all = await page.locator('textarea.words').evaluateAll((areas, t) => areas.filter((a) => a.value.includes(t)).map((a) => Number(a.name.slice(1))), text);
  assert.equal(all.length, 1, `one block with ${text}`);
  return all[0];
}

async function whoMay() {
  await at('chengban', '/templates', 403);
  let page = await at('admin', '/templates');
  assert.match(await main(page), /D02政府信息公开申请补正告知书第1版2024年1月1日/);
  await fits(page, 'templates');
  page = await at('admin', '/templates/D02');
  assert.equal(await page.getByRole('button', { name: '起草新版本' }).count(), 0, 'admin reads');
  await at('lingdao', '/templates/D02/edit', 403);
  await at('fagui', '/templates/Z99', 404);
  await at('fagui', '/templates/D02/versions/9', 404);
  const refused = await (await officer('admin')).context().request.post(`${BASE}/templates/D02/draft`, { headers: { Accept: 'application/json' }, data: {} });
  assert.equal(refused.status(), 403);
  const forged = await (await officer('fagui')).context().request.post(`${BASE}/templates/D02/draft`, { form: {} });
  assert.equal(forged.status(), 403, 'without the token of the session');
  step('the legal reviewer drafts, the leader decides, the administrator reads, nobody else; a forged form is refused');
}

async function aDraftBlockByBlock() {
  const page = await at('fagui', '/templates/D02');
  await press(page, '起草新版本');
  assert.equal(new URL(page.url()).pathname, '/templates/D02/edit');
  const before = await page.locator('.block').count();
  const i = await blockWith(page, '一次性补正以下内容');
  const typed = `${await words(page, i).inputValue()}逾期的后果见【不存在的字段】 & <b> "引号"`;
  await words(page, i).fill(typed);
  await press(page, '检查并预览');
  assert.equal(await words(page, i).inputValue(), typed, 'nothing that was typed is lost');
  assert.match(await page.textContent(`#error-${i}`), /没有声明名为“不存在的字段”的字段/);
  assert.match(await page.textContent('#problems'), /还有问题，不能提交/);
  await fits(page, 'template-wrong');
  await press(page, '保存草稿');
  assert.equal(await words(page, i).inputValue(), typed, 'words that cannot be read are not stored, and stay');
  step('a slot that is not declared is told beside its block; nothing is lost, also when saving');

  await words(page, i).fill(typed.replace('【不存在的字段】', '下文'));
  await pressed(page, `after.${i}.p`);
  assert.equal(await page.locator('.block').count(), before + 1);
  assert.equal(await page.evaluate(() => document.activeElement.name), `w${i + 1}`, 'the new block is where one goes on');
  await words(page, i + 1).fill('请将补正材料寄送');
  const chip = page.locator(`#block-${i + 1} .chip-slot`, { hasText: '行政机关全称' });
  await pressed(page, await chip.getAttribute('value'));
  assert.equal(await words(page, i + 1).inputValue(), '请将补正材料寄送【行政机关全称】');
  await pressed(page, `copy.${i + 1}`);
  await pressed(page, `delete.${i + 2}`);
  await pressed(page, `up.${i + 1}`);
  assert.equal(await words(page, i).inputValue(), '请将补正材料寄送【行政机关全称】');
  await pressed(page, `down.${i}`);
  await press(page, '检查并预览');
  const paper = await page.textContent('#preview .paper');
  assert.match(paper, /请将补正材料寄送〔行政机关全称〕/);
  assert.ok(paper.includes('& <b> "引号"'), 'values and words come out as typed');
  assert.match(await page.textContent('#problems'), /试排了\d+份文书，没有发现问题/);
  await fits(page, 'template-draft');
  await press(page, '保存草稿');
  assert.match(await main(page), /草稿已保存/);
  step('blocks are added, filled from chips, moved, duplicated and deleted by buttons; the sample letter shows them');
}

async function badWords() {
  const page = await at('fagui', '/templates/D02/edit');
  const i = await blockWith(page, '请将补正材料寄送');
  const kept = await words(page, i).inputValue();
  await words(page, i).fill('长'.repeat(10001));
  await press(page, '检查并预览');
  assert.match(await page.textContent(`#error-${i}`), /不能超过10000个字/);
  assert.equal((await words(page, i).inputValue()).length, 10001);
  await words(page, i).fill('长'.repeat(10000));
  await press(page, '检查并预览');
  assert.equal(await page.locator(`#error-${i}`).count(), 0, 'ten thousand characters are a paragraph');
  const context = page.context();
  const form = await page.locator('#editor').evaluate((f) => Object.fromEntries(new FormData(f)));
  const control = await context.request.post(`${BASE}/templates/D02/edit`, { form: { ...form, [`w${i}`]: '甲\u0007乙', do: 'save' } });
  assert.equal(control.status(), 422);
  assert.match(await control.text(), /含有控制字符/);
  for (const k of ['p.3', 'script.0', 'p', 'p.-1', 'p.99']) {
    const odd = await context.request.post(`${BASE}/templates/D02/edit`, { form: { ...form, k0: k, do: 'check' } });
    assert.equal(odd.status(), 400, `a block ${k}`);
  }
  const one = { k: 'p.0', a: '', b: '', w: '重复的一段。' };
  const many = (n) => Object.fromEntries(Array.from({ length: n }, (_, b) => Object.entries(one).map(([c, v]) => [`${c}${b}`, v])).flat());
  const head = Object.fromEntries(Object.entries(form).filter(([name]) => !/^[kabw]\d+$/.test(name)));
  const full = await context.request.post(`${BASE}/templates/D02/edit`, { form: { ...head, ...many(160), do: 'after.end.p' } });
  assert.equal(full.status(), 200);
  assert.match(await full.text(), /一份文书最多160块，不能再添加/);
  for (const wrong of [many(161), { ...many(3), k5: 'p.0' }]) {
    const odd = await context.request.post(`${BASE}/templates/D02/edit`, { form: { ...head, ...wrong, do: 'save' } });
    assert.equal(odd.status(), 400, 'no block is left out in silence');
  }
  for (const button of ['up.4444', 'slot.0', 'slot.0.<b>', 'after.0.script', 'nonsense']) {
    const odd = await context.request.post(`${BASE}/templates/D02/edit`, { form: { ...form, do: button } });
    assert.ok([200, 400].includes(odd.status()), `${button}: ${odd.status()}`);
  }
  assert.equal(await (await at('fagui', '/templates/D02/edit')).locator(`[name=w${i}]`).inputValue(), kept, 'nothing of it was stored');
  step('too long, control characters, blocks and buttons that do not exist: told or refused, nothing stored');
}

async function twoEditors() {
  const mine = await at('fagui', '/templates/D02/edit');
  const other = await officer('fagui', { scripts: false });
  await other.goto(`${BASE}/templates/D02/edit`);
  const i = await blockWith(mine, '特此告知');
  await words(other, i).fill('特此告知，请予配合。');
  await press(other, '保存草稿');
  await words(mine, i).fill('特此函告。');
  const [answer] = await Promise.all([mine.waitForNavigation(), mine.getByRole('button', { name: '保存草稿' }).click()]);
  assert.equal(answer.status(), 409);
  assert.match(await main(mine), /其他人已经保存了这份草稿.*您写的内容都还在下面/);
  assert.equal(await words(mine, i).inputValue(), '特此函告。');
  await fits(mine, 'template-stale');
  const now = await at('fagui', '/templates/D02/edit');
  assert.equal(await words(now, i).inputValue(), '特此告知，请予配合。', 'the first one won');
  step('of two who save the second is told, and keeps what was typed');
}

// Withdrawn, drafted anew, submitted by a colleague meanwhile: what somebody is writing is never thrown away.
async function theDraftGoesAway() {
  const mine = await at('fagui', '/templates/D07');
  await press(mine, '起草新版本');
  const i = await blockWith(mine, '专此函达');
  const other = await officer('fagui', { scripts: false });
  await other.goto(`${BASE}/templates/D07/edit`);
  const withdraw = async (reason) => {
    await other.locator('details', { hasText: '撤回这份草稿' }).last().evaluate((d) => { d.open = true; });
    await other.fill('[name=reason]', reason);
    await press(other, '撤回草稿');
  };
  await withdraw('');
  assert.match(await other.textContent('#field-reason-error'), /请填写“撤回的理由”/);
  assert.ok(await other.isVisible('#field-reason-error'), 'and the place to write it is open');
  await withdraw('试用');
  await words(mine, i).fill('写了一个小时。');
  const saves = async (button) => {
    const [answer] = await Promise.all([mine.waitForNavigation(), mine.getByRole('button', { name: button, exact: true }).click()]);
    return answer.status();
  };
  assert.equal(await saves('保存草稿'), 409);
  assert.match(await main(mine), /这份草稿已经撤回或者审批完毕您写的内容都还在下面/);
  assert.equal(await words(mine, i).inputValue(), '写了一个小时。');
  await fits(mine, 'template-over');
  await other.goto(`${BASE}/templates/D07`);
  await press(other, '起草新版本');
  assert.equal(await saves('保存草稿'), 409, 'it is another draft now');
  assert.match(await main(mine), /其他人已经保存了这份草稿/);
  assert.equal(await saves('保存草稿'), 200, 'and is taken when said again');
  assert.equal(await words(mine, i).inputValue(), '写了一个小时。');
  assert.match(await main(mine), /起草第3版/);
  await other.goto(`${BASE}/templates/D07/edit`);
  await press(other, '保存并提交审批');
  await words(mine, i).fill('又写了一个小时。');
  assert.equal(await saves('保存草稿'), 409);
  assert.match(await main(mine), /这份草稿已经提交审批/);
  assert.doesNotMatch(await main(mine), /再次保存/);
  assert.equal(await words(mine, i).inputValue(), '又写了一个小时。');
  const again = await program('fagui', '/templates/D07/draft', {});
  assert.deepEqual([again.status, again.code], [409, 'TEXT_OPEN']);
  step('a draft that was withdrawn, drafted anew or submitted under somebody who writes: told as it is, words kept');
}

async function secondPerson() {
  let page = await at('fagui', '/templates/D02/edit');
  await press(page, '保存并提交审批');
  assert.match(await main(page), /第2版待审批/);
  page = await at('fagui', '/templates/D02/decide');
  assert.match(await main(page), /您不能批准这一版/);
  assert.equal(await page.getByRole('button', { name: '批准', exact: true }).count(), 0);
  const own = await program('fagui', '/templates/D02/decide', { version: 2, revision: 4, decision: 'approve', on: '2026-03-30', submission: randomUUID() });
  assert.deepEqual([own.status, own.rule], [422, 'text-second-person']);

  page = await at('lingdao', '/templates');
  assert.match(await main(page), /第2版待审批/);
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: '第2版待审批' }).click()]);
  assert.match(await main(page), /与现行第1版对照/);
  assert.equal(await page.locator('.redline-added ins', { hasText: '请将补正材料寄送' }).count(), 1);
  assert.match((await page.locator('.redline-changed').allTextContents()).join(), /特此告知，请予配合。/);
  assert.equal(await page.locator('.redline-changed', { hasText: '特此告知' }).locator('ins').textContent(), '，请予配合');
  await fits(page, 'template-decide');
  await press(page, '退回修改');
  assert.match(await page.textContent('.notice-bad'), /请填写“理由”/);
  await page.fill('[name=reason]', '“请予配合”语气不当。');
  await press(page, '退回修改');
  assert.match(await main(page), /第2版正在起草.*“请予配合”语气不当/);
  step('the drafter cannot approve; the second person reads the red-line and sends it back with a reason');

  page = await at('fagui', '/templates/D02/edit');
  await words(page, await blockWith(page, '请予配合')).fill('特此告知。');
  await press(page, '保存并提交审批');
  page = await at('lingdao', '/templates/D02/decide');
  await page.fill('[name=on]', '2026-03-29');
  await press(page, '批准');
  assert.match(await page.textContent('.notice-bad'), /不能早于今天/);
  await page.fill('[name=on]', '2026-03-30');
  await press(page, '批准');
  assert.match(await main(page), /第2版现行有效2026年3月30日徐洁、孙强/);
  assert.match(await main(page), /第1版已被取代/);
  await fits(page, 'template');
  step('corrected, and approved from a day on that is not past');
}

// A version that waits for its day will take the place of one that is approved to begin before: who approves is told.
async function aVersionIsOvertaken() {
  const drafted = async (version) => {
    await press(await at('fagui', '/templates/D08'), '起草新版本');
    const page = await at('fagui', '/templates/D08/edit');
    await page.locator('[name=title]').evaluate((field, n) => { field.value += `（第${n}次修改）`; }, version);
    await press(page, '保存并提交审批');
  };
  await drafted(2);
  let page = await at('lingdao', '/templates/D08/decide');
  assert.doesNotMatch(await main(page), /另有一版待启用/);
  await page.fill('[name=on]', '2026-05-01');
  await press(page, '批准');
  assert.match(await main(page), /第2版待启用2026年5月1日/);
  await drafted(3);
  page = await at('lingdao', '/templates/D08/decide');
  assert.match(await main(page), /第2版已经批准，自2026年5月1日起启用。.*到那一天就由第2版取代/);
  assert.match(await main(page), /与现行第1版对照/);
  await fits(page, 'template-overtaken');
  step('who approves a version that another one will soon replace is told');
}

async function theNextLetter() {
  const act = async (login, kind, data) => {
    const answer = await program(login, `/dossiers/${OPEN}/events/${kind}`, { ...data, submission: randomUUID() });
    assert.ok([200, 201].includes(answer.status), `${kind}: ${JSON.stringify(answer)}`);
  };
  await act('shouli', 'correction-decided', { 'reply-by': '2026-04-10', what: '请写明所需文件的年份' });
  await act('shouli', 'drafted', { template: 'D02' });
  let page = await at('fagui', '/templates/D02/versions/2');
  assert.match(await main(page), /使用这一版的文书（1件）/);
  await fits(page, 'template-version');
  await Promise.all([page.waitForNavigation(), page.locator('#letters a.ref').click()]);
  assert.match(await main(page), /模板D02，第2版/);
  const html = await (await page.context().request.get(`${page.url()}.html`)).text();
  assert.ok(html.includes('请将补正材料寄送上海市应急管理局（演示）'), 'the letter says what was approved');
  assert.ok(html.includes('&amp; &lt;b&gt;'), 'and is escaped');
  page = await at('fagui', '/templates/D02');
  assert.match(await main(page), /第2版现行有效.*1件与第1版对照/);
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: '与第1版对照' }).click()]);
  assert.ok(await page.locator('.redline ins').count() >= 2);
  assert.equal(await page.locator('.redline del').count(), 0);
  await fits(page, 'template-compare');
  step('the letter drafted next is made with the new version, says so, and the version lists it; red-line of the two');
}

async function aClause() {
  let page = await at('fagui', '/templates/article');
  await press(page, '起草新版本');
  const when = await page.locator('textarea.words').first().inputValue();
  assert.match(when, /【按 处理结果】【当 OPEN_PUBLISHED】第三十六条第（一）项/);
  await page.locator('textarea.words').first().fill(when.replace('【当 PARTIAL】第三十七条', ''));
  await press(page, '保存并提交审批');
  assert.match(await main(page), /试排发现\d+个问题/);
  assert.match(await main(page), /“PARTIAL”没有分支/);
  await page.locator('details', { hasText: '撤回这份草稿' }).last().evaluate((d) => { d.open = true; });
  await page.fill('[name=reason]', '试用');
  await press(page, '撤回草稿');
  assert.match(await main(page), /第2版已撤回/);
  await press(await at('fagui', '/templates/remedies-optional'), '起草新版本');
  page = await at('fagui', '/templates/remedies-optional/edit');
  await page.selectOption('#field-choice', { index: 0 });
  await press(page, '检查并预览');
  assert.ok((await page.textContent('#preview')).length > 60, 'a clause is shown as a letter of its own');
  page = await at('fagui', '/templates/R03');
  await press(page, '起草新版本');
  await page.selectOption('#field-choice', 'items.outcome=NA_NOTEXIST');
  await page.locator('#field-two').evaluate((box) => { box.checked = true; });
  await press(page, '检查并预览');
  assert.match(await page.textContent('#preview .paper'), /信息不存在/);
  assert.equal(await page.locator('#field-choice').inputValue(), 'items.outcome=NA_NOTEXIST');
  step('a clause that leaves an outcome without words does not get through; samples are chosen by outcome');
}

async function withScripts() {
  const page = await officer('fagui', { scripts: true });
  await page.goto(`${BASE}/templates/R03/edit`);
  const entries = await page.evaluate(() => window.history.length);
  const i = await blockWith(page, '特此告知');
  const seen = () => page.locator('#editor').getAttribute('data-seen');
  await words(page, i).fill('特此告知，随打随看。');
  await page.waitForFunction(() => document.getElementById('editor').dataset.seen === '1');
  assert.match(await page.textContent('#preview .paper'), /特此告知，随打随看。/);
  await words(page, i).fill('甲乙');
  await words(page, i).evaluate((area) => area.setSelectionRange(1, 1));
  await page.locator(`#block-${i} summary`, { hasText: '插入字段' }).click();
  await page.locator(`#block-${i} .chip-slot`, { hasText: '申请人' }).click();
  assert.equal(await words(page, i).inputValue(), '甲【申请人】乙', 'where the cursor is');
  await page.waitForFunction(() => document.querySelector('#preview .paper')?.textContent.includes('甲〔申请人〕乙'));
  await words(page, i).fill('甲【没有】');
  await page.waitForSelector(`#error-${i}`);
  assert.equal(await words(page, i).inputValue(), '甲【没有】');
  await words(page, i).fill('好了');
  await page.waitForFunction((id) => !document.getElementById(id), `error-${i}`);
  assert.ok(Number(await seen()) >= 4);
  assert.equal(await page.evaluate(() => window.history.length), entries, 'the way back is not buried');
  step('with scripts the preview and the errors follow the typing, and a slot goes to the cursor');
}

try {
  await whoMay();
  await aDraftBlockByBlock();
  await badWords();
  await twoEditors();
  await theDraftGoesAway();
  await secondPerson();
  await aVersionIsOvertaken();
  await theNextLetter();
  await aClause();
  await withScripts();
  assert.deepEqual(visitors.flatMap((v) => v.problems), []);
} finally {
  await Promise.all(visitors.map((v) => v.browser.close()));
}
