// replies.mjs - letters other than the plain disclosure, walked by every role in headless Chromium with scripts off: a
// refusal that goes first to reconsideration, information that does not exist, a correction that starts the period anew.
// With MINGDA_SHOTS=FOLDER it leaves pictures of the pages there. Prints a line per step.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BASE, open } from './browser.mjs';
import { code } from './visitor.mjs';

const begun = Date.now();
const step = (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const plain = (s) => s.replace(/\s+/g, ' ').trim();
const main = async (page) => (await page.textContent('main')).replace(/\s+/g, ''); // between Chinese characters it is layout
const visitors = [];
const desks = {};

async function visitor() {
  const v = await open();
  visitors.push(v);
  return v.page;
}
async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);
}
async function follow(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('main').getByRole('link', { name }).first().click()]);
}
async function shot(page, name) {
  const folder = process.env.MINGDA_SHOTS;
  for (const [suffix, width] of folder ? [['phone', 390], ['desktop', 1280]] : []) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`), fullPage: true });
  }
}
async function until(what, test, seconds = 90) {
  for (const end = Date.now() + seconds * 1000; !(await test());) {
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((wake) => setTimeout(wake, 500));
  }
}

// ---- the citizen ----

async function apply(name, item, delivery) {
  const page = await visitor();
  await page.goto(`${BASE}/apply`);
  await page.check('[name=category][value=natural]');
  await press(page, '继续');
  await page.fill('[name=name]', name);
  await page.check('[name=id_kind][value=id-card]');
  await page.fill('[name=id_number]', '310101199001010012');
  await press(page, '继续');
  await page.fill('[name=phone]', '021-00000001');
  if (await page.$('[name=address]')) await page.fill('[name=address]', '上海市演示路9号');
  await press(page, '继续');
  await page.fill('[name=item_1]', item);
  await press(page, '继续');
  await page.check(`[name=delivery][value=${delivery}]`);
  await press(page, '继续');
  await page.check('[name=agree]');
  await press(page, '提交申请');
  const [ref, code] = await page.$$eval('.panel-number', (all) => all.map((e) => e.textContent.trim()));
  return { page, ref, code };
}
async function track({ page, ref, code }) {
  await page.goto(`${BASE}/track/${ref}`);
  if (new URL(page.url()).pathname === `/track/${ref}`) return;
  await page.fill('[name=code]', code);
  await press(page, '查询');
}

// ---- the office ----

async function officer(login) {
  if (desks[login]) return desks[login];
  const page = await visitor();
  await page.goto(`${BASE}/login`);
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', process.env.MINGDA_PASSWORD);
  await press(page, '登录');
  return (desks[login] = page);
}

// The form behind the link of that name on the dossier; a letter is read first, and its page has the same link again.
async function form(login, ref, name) {
  const page = await officer(login);
  await page.goto(`${BASE}/dossiers/${ref}`);
  await follow(page, name);
  if (!(await page.getByRole('button', { name: /^(确认办理|下一步)$/ }).count())) await follow(page, name);
  return page;
}
async function fill(page, fields) {
  if (await page.getByRole('button', { name: '下一步', exact: true }).count()) { // what it is, then what belongs to it
    const [field] = await page.$$eval('main input[type=radio]', (all) => all.map((e) => e.name));
    await page.check(`input[name="${field}"][value="${fields[field]}"]`);
    await press(page, '下一步');
    fields = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field));
  }
  for (const [field, value] of Object.entries(fields)) {
    if (await page.$(`input[type=radio][name="${field}"]`)) await page.check(`input[name="${field}"][value="${value}"]`);
    else if (value === true) await page.check(`input[type=checkbox][name="${field}"]`);
    else await page.fill(`[name="${field}"]`, value);
  }
  await press(page, '确认办理');
}
async function act(login, ref, name, fields = {}) {
  const page = await form(login, ref, name);
  await fill(page, fields);
  const said = await page.$('.notice-bad');
  assert.equal(said && plain(await said.textContent()), null, name);
  assert.match(await page.textContent('.notice-good'), /已办理/);
  return page;
}
async function refusedFor(page, fields, pattern) { // the form comes back, filled in, and says why
  await fill(page, fields);
  assert.match(plain(await page.textContent('.notice-bad')), pattern);
  for (const [field, value] of Object.entries(fields)) {
    if (await page.$(`[name="${field}"][type=radio]`)) assert.ok(await page.isChecked(`[name="${field}"][value="${value}"]`));
    else assert.equal(await page.inputValue(`[name="${field}"]`), value, 'nothing that was entered is lost');
  }
}

async function toHandling(ref, result) {
  await act('shouli', ref, '登记');
  await act('shouli', ref, '分办');
  await act('chengban', ref, '记录检索', { result, where: '综合档案室、业务系统', keywords: '会议 讨论', strategies: '2' });
  await act('shouli', ref, '确认检索记录', {});
}
async function letterPage(login, ref, child) {
  const page = await officer(login);
  await page.goto(`${BASE}/dossiers/${ref}/letters/${child}`);
  return page;
}
async function redrafts(ref, child, template) { // on the page that says why it came back
  const page = await letterPage('chengban', ref, child);
  await follow(page, '重新拟制');
  await fill(page, { template });
  assert.match(await page.textContent('.notice-good'), /已办理/);
}
async function sealed(ref, child) {
  await until(`the seal of ${child}`, async () => /已用印/.test(await main(await letterPage('chengban', ref, child))));
}
async function passes(ref, child) { // review, approval, seal
  await act('fagui', ref, '法制审核通过');
  await act('lingdao', ref, '审批签发', { one_time_code: code('lingdao') });
  const page = await letterPage('chengban', ref, child);
  assert.match(await main(page), /正在加盖电子印章|已用印/);
  await sealed(ref, child);
}
const date = (page, label) => page.textContent(`.facts-list div:has(dt:text("${label}")) dd`).then(plain);

function verified(ref, child, page) { // the files that the citizen has, with nothing but the authority's certificate
  const folder = mkdtempSync(join(tmpdir(), 'replies-'));
  return (async () => {
    const paths = [];
    for (const ending of ['odt', 'docx', 'odt.p7s', 'docx.p7s']) {
      const [download] = await Promise.all([page.waitForEvent('download'),
        page.locator(`a[href="/track/${ref}/letters/${child}.${ending}"]`).click()]);
      paths.push(join(folder, download.suggestedFilename()));
      await download.saveAs(paths.at(-1));
    }
    const out = execFileSync(process.env.MINGDA, ['letter', 'verify', '--root', process.env.MINGDA_AUTHORITY, ...paths]);
    for (const line of out.toString().trim().split('\n')) {
      const r = JSON.parse(line);
      assert.deepEqual([r.signature, r.trust, r.covers, r.problems], ['valid', 'trusted', 'all', []], r.file);
    }
    rmSync(folder, { recursive: true });
  })();
}

// ---- a refusal ----

async function aRefusal() {
  const applied = await apply('𠮷田 A & B <c>', '第三次局长办公会议讨论记录', 'mail'), { page: citizen, ref } = applied;
  await toHandling(ref, 'found');
  const outcome = { outcome: 'DENY_PROCESS', kind: 'minutes', 'no-duty': true, separation: 'inseparable', parts: '逐页审查，均为讨论过程，不能区分。' };
  await act('chengban', ref, '拟定处理结果', { ...outcome, reason: '方案未定。如不服，可以在3个月内向应急管理部申请行政复议。' });
  const drafting = await form('chengban', ref, '拟制文书');
  await refusedFor(drafting, { template: 'R06' }, /文书内容有\d处不符合要求.*3个月.*应急管理部/);
  assert.match(plain(await drafting.textContent('.text-lines')), /𠮷田 A & B <c>.*3个月内向应急管理部申请行政复议.*应急管理部/);
  await shot(drafting, 'text-refused');
  step('a letter that names the wrong body and period is shown with what is wrong beside it, and not kept');

  await act('chengban', ref, '拟定处理结果', { ...outcome, reason: '方案尚未确定，公开会影响参会人员坦率发表意见。' });
  await act('chengban', ref, '拟制文书', { template: 'R06' });
  await act('fagui', ref, '法制审核退回', { opinion: '请写明会议的时间。' });
  const back = await letterPage('chengban', ref, 'L2');
  assert.match(await main(back), /已退回，待修改请写明会议的时间。退回人：徐洁/);
  await shot(back, 'sent-back');
  await act('chengban', ref, '拟定处理结果', { ...outcome, reason: '2025年9月的会议，方案尚未确定，公开会影响参会人员坦率发表意见。' });
  await redrafts(ref, 'L2', 'R06');
  await act('fagui', ref, '法制审核通过');
  await act('lingdao', ref, '审批退回', { reason: '请再核对会议名称。' });
  assert.match(await main(await letterPage('chengban', ref, 'L2')), /请再核对会议名称。退回人：孙强/);
  await redrafts(ref, 'L2', 'R06');
  assert.match(await main(await letterPage('chengban', ref, 'L2')), /第3稿/);
  step('sent back by the legal reviewer and by the leader, each with a reason that the drafter reads; the third draft goes on');

  await act('fagui', ref, '法制审核通过');
  const leader = await letterPage('lingdao', ref, 'L2');
  const letter = await leader.frameLocator('iframe.preview').locator('body').textContent();
  assert.match(letter, /𠮷田 A & B <c>.*讨论记录.*2025年9月的会议.*60日内先向上海市人民政府申请行政复议.*15日内向上海铁路运输法院/s);
  await shot(leader, 'to-approve');
  const approving = await form('lingdao', ref, '审批签发');
  assert.match(await main(approving), /您将签发的两份文件.*ODT的SHA-256[0-9a-f]{64}/);
  await shot(approving, 'approving');
  await fill(approving, { one_time_code: code('lingdao') });
  await sealed(ref, 'L2');
  step('the leader reads the refusal with its remedies, reconsideration first, and approves exactly these files');

  const serving = await form('chengban', ref, '送达答复');
  await refusedFor(serving, { method: 'mail', delivered: '2026-04-20' }, /申请人收到之日”不能晚于今天/);
  await refusedFor(serving, { method: 'mail', on: '2026-04-02', delivered: '' }, /发生日期”不能晚于今天/);
  await shot(serving, 'serving-refused');
  await act('chengban', ref, '送达答复', { method: 'mail', tracking: 'XA123456789CN' });
  const served = await letterPage('chengban', ref, 'L2');
  assert.match(await date(served, '送达之日'), /2026年3月30日/);
  assert.match(await date(served, '申请人收到之日'), /尚未记录/);
  await act('chengban', ref, '答复签收');
  const received = await letterPage('chengban', ref, 'L2');
  assert.match(await date(received, '申请人收到之日'), /2026年3月30日/);
  assert.match(await date(received, '送达方式'), /邮寄/);
  await shot(received, 'served');
  await track(applied);
  assert.match(await main(citizen), /已答复.*2026年3月30日送达（邮寄（中国邮政））2026年3月30日收到/);
  await verified(ref, 'L2', citizen);
  await shot(citizen, 'track-refused');
  step('served by mail with both days; a day to come is refused by its field; the citizen has the valid letter');
}

// ---- what does not exist ----

async function anAbsence() {
  const applied = await apply('林一', '2024年某园区应急演练记录', 'electronic'), { page: citizen, ref } = applied;
  await toHandling(ref, 'not-found');
  await act('chengban', ref, '拟定处理结果', { outcome: 'NA_NOTEXIST', reason: '该园区当年未组织演练。' });
  await act('chengban', ref, '拟制文书', { template: 'R07' });
  await passes(ref, 'L2');
  await act('chengban', ref, '送达答复', { method: 'electronic', delivered: '2026-03-30' });
  await track(applied);
  assert.match(await main(citizen), /政府信息不存在告知书.*2026年3月30日送达（电子方式）2026年3月30日收到/);
  await verified(ref, 'L2', citizen);
  step('information that does not exist: the letter tells of the search, electronic service');
}

// ---- a correction ----

async function aCorrection() {
  const applied = await apply('王小川', '你局去年的检查材料', 'electronic'), { page: citizen, ref } = applied;
  await act('shouli', ref, '登记');
  await act('shouli', ref, '拟定补正', { 'reply-by': '2026-04-10', what: '请写明检查的种类、区域和起止时间。' });
  await act('shouli', ref, '拟制文书', { template: 'D02' });
  await passes(ref, 'L2');
  await track(applied);
  assert.doesNotMatch(await main(citizen), /待补正/, 'not before the notice is served');
  await act('shouli', ref, '送达告知书', { method: 'electronic', delivered: '2026-03-30' });
  await track(applied);
  assert.match(await main(citizen), /待补正.*政府信息公开申请补正告知书/);
  assert.match(await main(citizen), /告知补正/);
  await shot(citizen, 'track-correction');
  await verified(ref, 'L2', citizen);
  await follow(citizen, '收到补正');
  await fill(citizen, { text: '2025年黄浦区危险化学品企业安全生产检查情况汇总' });
  await track(applied);
  assert.doesNotMatch(await main(citizen), /待补正/);
  assert.equal(await citizen.getAttribute('.due-day time', 'datetime'), '2026-04-28', 'twenty working days anew');
  step('a correction: the notice tells it when it is served, and the period starts anew with the answer');
}

try {
  await aRefusal();
  await anAbsence();
  await aCorrection();
  assert.deepEqual(visitors.flatMap((v) => v.problems), [], 'no page may do this');
} finally {
  for (const v of visitors) await v.browser.close();
}
console.log('three other replies: done');
