// walk.mjs - the whole way of an application in headless Chromium with scripts off: a citizen applies, the office takes it
// from hand to hand, a sealed reply comes back and is found valid; another application is withdrawn. Prints a line per step.
// MINGDA_SHOTS=FOLDER leaves pictures of seven pages there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BASE, open } from './browser.mjs';
import { code } from './visitor.mjs';

const PASSWORD = process.env.MINGDA_PASSWORD;
const ITEMS = ['2025年度全市危险化学品企业安全生产检查情况汇总表', '2025年度市级应急物资储备目录（不含存放地点）'];
const TABLE = { name: '检查情况汇总表.csv', mimeType: 'text/csv', buffer: Buffer.from('区,检查企业数,发现隐患数\n黄浦区,12,31\n') };
const begun = Date.now();
const step = (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const visitors = []; // every browser that was opened, with what it found wrong

async function visitor() {
  const v = await open();
  visitors.push(v);
  return v.page;
}
const heading = (page) => page.textContent('h1');
const text = (page) => page.textContent('main');
// Whitespace between Chinese characters is layout.
const plain = (s) => s.replace(/\s+/g, ' ').trim();

async function picture(page, name) { // what stands in the window, from the top
  if (!process.env.MINGDA_SHOTS) return;
  mkdirSync(process.env.MINGDA_SHOTS, { recursive: true });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(process.env.MINGDA_SHOTS, `${name}.png`) });
}

async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);
}
async function follow(page, name) {
  const link = page.getByRole('main').getByRole('link', { name });
  await Promise.all([page.waitForNavigation(), link.first().click()]);
}
async function choose(page, field, word) {
  await page.check(`input[name="${field}"][value="${word}"]`);
}

// ---- the citizen ----

async function summary(page, fields) { // the error summary links to each of these fields, and the fields say it too
  const links = await page.$$eval('.notice-bad a', (all) => all.map((a) => a.getAttribute('href')));
  assert.deepEqual(links.sort(), fields.map((f) => `#field-${f}`).sort());
  for (const f of fields) assert.ok(await page.$(`#field-${f}`), `the summary links to ${f}, which is not on the page`);
  assert.match(await page.title(), /^错误：/);
}

async function identity(page, name) {
  await page.fill('[name=name]', name);
  await choose(page, 'id_kind', 'id-card');
  await page.fill('[name=id_number]', '310101199001010012');
  await press(page, '继续');
}

async function apply(page, { name, items, mistakes = false }) {
  await page.goto(`${BASE}/`);
  await follow(page, '开始申请');
  if (mistakes) {
    await press(page, '继续');
    await summary(page, ['category']);
    step('an answer that is missing is named, with a link to it');
  }
  await choose(page, 'category', 'natural');
  await press(page, '继续');
  if (mistakes) {
    await page.fill('[name=name]', name);
    await press(page, '继续');
    await summary(page, ['id_kind', 'id_number']);
    assert.equal(await page.inputValue('[name=name]'), name, 'the form comes back filled in');
    step('a half-filled form comes back with what was entered');
  }
  await identity(page, name);
  await page.fill('[name=phone]', '021-00000001');
  await press(page, '继续');
  assert.equal(await heading(page), '您需要什么信息？');
  await page.fill('[name=item_1]', items[0]);
  for (let i = 1; i < items.length; i++) {
    await press(page, '再加一项');
    assert.equal(await page.inputValue(`[name=item_${i}]`), items[i - 1]);
    await page.fill(`[name=item_${i + 1}]`, items[i]);
  }
  await press(page, '继续');
  await choose(page, 'delivery', 'electronic');
  await press(page, '继续');
  assert.equal(await heading(page), '提交前请核对');
}

async function change(page) { // back and forth from the last page; what was answered stays
  const row = page.locator('.answers > div', { hasText: '联系电话' });
  await Promise.all([page.waitForNavigation(), row.getByRole('button').click()]);
  assert.equal(await heading(page), '怎样联系您？');
  assert.equal(await page.inputValue('[name=phone]'), '021-00000001');
  await page.fill('[name=phone]', '13800000000');
  await press(page, '继续');
  assert.equal(await page.inputValue('[name=item_2]'), ITEMS[1], 'the items are still there');
  await page.goBack();
  assert.equal(await heading(page), '怎样联系您？');
  await page.goto(`${BASE}/apply/check`);
  assert.match(await text(page), /13800000000/);
  step('an answer is changed from the last page, and all others stay');
}

async function submit(page) {
  await press(page, '提交申请');
  if (await page.$('.notice-bad')) {
    await summary(page, ['agree']);
    await page.check('[name=agree]');
    await press(page, '提交申请');
  }
  assert.equal(await heading(page), '申请已提交');
  const [ref, code] = await page.$$eval('.panel-number', (all) => all.map((e) => e.textContent.trim()));
  assert.match(ref, /^[A-Z0-9]{10,}$/);
  assert.match(code, /^\d{10}$/);
  const due = await page.getAttribute('.facts-list div:nth-child(2) time', 'datetime');
  assert.match(due, /^2026-\d\d-\d\d$/);
  await page.reload();
  assert.match(await text(page), new RegExp(code), 'the receipt can be loaded again');
  return { ref, code, due };
}

async function track(page, { ref, code }) {
  await page.goto(`${BASE}/track/${ref}`);
  if (new URL(page.url()).pathname === '/track') {
    assert.equal(await page.inputValue('[name=ref]'), ref, 'the number is filled in');
    await page.fill('[name=code]', '0000000000');
    await press(page, '查询');
    await summary(page, ['code']);
    await page.fill('[name=code]', code);
    await press(page, '查询');
  }
  assert.equal(new URL(page.url()).pathname, `/track/${ref}`);
}

// ---- the office ----

const desks = {};
async function officer(login) {
  if (desks[login]) return desks[login];
  const page = await visitor();
  await page.goto(`${BASE}/login`);
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', PASSWORD);
  await press(page, '登录');
  assert.equal(new URL(page.url()).pathname, '/queue');
  return (desks[login] = page);
}

// Opens the dossier, follows the link with that name, fills the form in and confirms; the page then says so.
async function act(login, ref, name, fields = {}, shot) {
  const page = await officer(login);
  await page.goto(`${BASE}/dossiers/${ref}`);
  await follow(page, name);
  await confirm(page, ref, fields, shot);
}
async function confirm(page, ref, fields, shot) {
  if (await page.getByRole('button', { name: '下一步', exact: true }).count()) { // what it is, then what belongs to it
    const [field] = await page.$$eval('main input[type=radio]', (all) => all.map((e) => e.name));
    await choose(page, field, fields[field]);
    await press(page, '下一步');
    fields = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field));
  }
  for (const [field, value] of Object.entries(fields)) {
    const radio = await page.$(`input[type=radio][name="${field}"]`);
    if (Array.isArray(value)) await page.setInputFiles(`[name="${field}"]`, value);
    else if (radio) await choose(page, field, value);
    else if (value === true) await page.check(`input[type=checkbox][name="${field}"]`);
    else await page.fill(`[name="${field}"]`, value);
  }
  if (shot) await picture(page, shot);
  await press(page, '确认办理');
  const said = await page.$('.notice-bad');
  assert.equal(said && plain(await said.textContent()), null);
  assert.equal(new URL(page.url()).pathname, `/dossiers/${ref}`);
  assert.match(await page.textContent('.notice-good'), /已办理/);
}

async function refused(login, ref, kind, status, pattern) { // the page of the event says why not
  const page = await officer(login);
  const answer = await page.goto(`${BASE}/dossiers/${ref}/events/${kind}`);
  assert.equal(answer.status(), status);
  assert.match(plain(await text(page)), pattern);
  assert.equal(await page.getByRole('button', { name: '确认办理' }).count(), 0, 'there is no form to fill in');
}

async function state(login, ref, wanted) {
  const page = await officer(login);
  await page.goto(`${BASE}/dossiers/${ref}`);
  assert.equal(await heading(page), wanted);
}

async function until(what, test, seconds = 90) {
  for (const end = Date.now() + seconds * 1000; !(await test());) {
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((wake) => setTimeout(wake, 500));
  }
}

async function takeFiles(page, ref, child, folder) {
  const paths = [];
  for (const ending of ['odt', 'docx', 'odt.p7s', 'docx.p7s']) {
    const link = page.locator(`a[href="/track/${ref}/letters/${child}.${ending}"]`);
    assert.equal(await link.count(), 1, `no link to ${child}.${ending}`);
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    assert.ok(readFileSync(path).length > 500);
    paths.push(path);
  }
  return paths;
}

function verify(paths) { // as anybody would, with nothing but the authority's certificate
  const out = execFileSync(process.env.MINGDA, ['letter', 'verify', '--root', process.env.MINGDA_AUTHORITY, ...paths]);
  const reports = out.toString().trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(reports.length, paths.length);
  for (const r of reports) {
    assert.deepEqual([r.signature, r.trust, r.covers, r.problems], ['valid', 'trusted', 'all', []], r.file);
  }
}

async function asAnybody(odt) { // who has nothing but the file: no account, no query code
  const page = await visitor();
  await page.goto(`${BASE}/`);
  await follow(page, '核验文书');
  await page.setInputFiles('[name=file]', odt);
  await press(page, '核验文件');
  const said = plain(await text(page));
  assert.match(said, /文件与上海市应急管理局（演示）出具的文书逐字节一致.*《政府信息公开告知书（予以公开）》，出具后没有任何改动/);
  assert.match(said, /电子签名 ?有效：签名后没有改动.*签名时的证书 ?由受信任的机构签发，在有效期内.*签名范围 ?文件的全部内容/);
  await picture(page, '6-verify');
  step('anybody uploads the downloaded letter and reads that it is, byte for byte, the one that was issued');
}

// ---- the walk ----

async function inTheOffice(ref) {
  await refused('chengban', ref, 'registered', 403, /由受理人员办理/);
  await refused('shouli', ref, 'assigned', 422, /待登记.*不能办理“分办”.*依据：条例45/);
  step('who may not, or not yet, is told by whom or why, before any form');
  await act('shouli', ref, '登记');
  await act('shouli', ref, '分办');
  await state('chengban', ref, '检索中');
  step('the clerk registers and assigns');

  await refused('chengban', ref, 'outcome-proposed?child=i1', 422, /尚未检索，也没有认定无需检索.*search-or-exit-first/);
  await refused('chengban', ref, 'drafted', 422, /还有申请事项没有拟定处理结果.*outcome-for-each-item/);
  await act('chengban', ref, '记录检索', { result: 'found', where: '综合档案室、业务系统', keywords: '危险化学品 检查 汇总' });
  for (const item of ['i1', 'i2'])
    await act('chengban', ref, '提出保密审查意见', { item, level: 'release', basis: '不涉及国家秘密、工作秘密和商业秘密。' });
  step('the handler records the search and proposes each item for secrecy review');
  await act('baomi', ref, '作出保密审查决定（保密审查 1）', { result: 'release', opinion: '同意公开。' }, '3-secrecy');
  await act('baomi', ref, '作出保密审查决定（保密审查 2）', { result: 'release', opinion: '同意公开。' });
  step('the secrecy officer decides, item by item');
  for (const n of [1, 2]) {
    const page = await officer('chengban');
    await page.goto(`${BASE}/dossiers/${ref}`);
    await follow(page, `拟定处理结果（申请事项 ${n}）`);
    assert.match(await text(page), new RegExp(ITEMS[n - 1].slice(0, 12)), 'the form says which item it is about');
    await confirm(page, ref, { outcome: 'OPEN_PROVIDE', reason: '属于本机关制作的政府信息，可以公开。' });
    await act('chengban', ref, `记录公开前处理（申请事项 ${n}）`, { redacted: 'none-needed', 'metadata-removed': true });
  }
  await state('chengban', ref, '拟稿');
  await act('chengban', ref, '拟制文书', { template: 'R02', file_1: [TABLE] });
  await state('fagui', ref, '法制审核');
  step('the handler proposes the outcomes and drafts the reply');
}

async function reading(ref) { // a letter is read before anything is decided about it
  const legal = await officer('fagui');
  await legal.goto(`${BASE}/dossiers/${ref}`);
  await follow(legal, '法制审核通过');
  assert.equal(await heading(legal), '政府信息公开告知书（予以公开）');
  await follow(legal, '法制审核通过');
  await confirm(legal, ref, { opinion: '程序合法，适用依据正确。' });
  step('the legal reviewer reads the letter and passes it');

  const leader = await officer('lingdao');
  await leader.goto(`${BASE}/dossiers/${ref}`);
  await follow(leader, '审批签发');
  const letter = leader.frameLocator('iframe.preview').locator('body');
  assert.match(await letter.textContent(), /政府信息公开告知书.*陈晓禾.*检查情况汇总表\.csv/s);
  assert.equal(plain(await leader.textContent('main .split-main section:nth-of-type(2) li')), TABLE.name);
  await picture(leader, '4-approve');
  await follow(leader, '审批签发');
  assert.match(await leader.getAttribute('input[name=odt]', 'value'), /^[0-9a-f]{64}$/);
  assert.match(await leader.getAttribute('input[name=docx]', 'value'), /^[0-9a-f]{64}$/);
  await confirm(leader, ref, { one_time_code: code('lingdao') });
  step('the leader reads it with its preview and approves exactly these two files, with a one-time code');
}

async function twoAtOnce(ref) { // a form that has become stale says what happened meanwhile
  const first = await officer('shouli');
  await first.goto(`${BASE}/dossiers/${ref}/events/registered`);
  const second = await first.context().newPage();
  await second.goto(`${BASE}/dossiers/${ref}/events/registered`);
  await confirm(first, ref, {});
  await press(second, '确认办理');
  assert.match(plain(await text(second)), /您的办理没有提交.*您打开这一页之后：.*2026年3月30日 登记 ?周敏/);
  await second.close();
  step('of two who act at once the second sees what the first did');
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'walk-'));
  const citizen = await visitor();
  await apply(citizen, { name: '陈晓禾', items: ITEMS, mistakes: true });
  await change(citizen);
  await picture(citizen, '1-apply');
  const receipt = await submit(citizen);
  step(`a citizen applies: ${receipt.ref}, due ${receipt.due}`);
  await track(citizen, receipt);
  assert.match(plain(await text(citizen)), /已收到.*20|答复期限/);
  step('and follows it with number and query code');

  const another = await visitor();
  await apply(another, { name: '林一', items: ['2025年度安全生产月活动方案'] });
  const second = await submit(another);
  await twoAtOnce(second.ref);
  await track(another, second);
  await follow(another, '撤回申请');
  await press(another, '确认办理');
  assert.match(await another.textContent('.notice-good'), /已办理：撤回申请/);
  assert.equal(plain(await heading(another)), '已终止');
  step(`another application is withdrawn: ${second.ref}`);

  await desks.shouli.goto(`${BASE}/queue`);
  assert.match(await text(desks.shouli), new RegExp(receipt.ref));
  await picture(desks.shouli, '2-queue');
  await inTheOffice(receipt.ref);
  await reading(receipt.ref);
  await until('the seal', async () => {
    await desks.chengban.goto(`${BASE}/dossiers/${receipt.ref}`);
    return (await heading(desks.chengban)) === '待送达';
  });
  step('the signing process seals it');
  await follow(desks.chengban, '送达答复');
  await follow(desks.chengban, '送达答复');
  await confirm(desks.chengban, receipt.ref, { method: 'electronic' });
  await state('chengban', receipt.ref, '已答复');
  step('the handler serves it');

  await track(citizen, receipt);
  assert.equal(await heading(citizen), '已答复');
  await picture(citizen, '5-track');
  const reply = await takeFiles(citizen, receipt.ref, 'L2', folder);
  verify([...(await takeFiles(citizen, receipt.ref, 'L1', folder)), ...reply]);
  const [table] = await Promise.all([citizen.waitForEvent('download'), citizen.getByRole('link', { name: TABLE.name }).click()]);
  assert.equal(table.suggestedFilename(), TABLE.name);
  assert.deepEqual(readFileSync(await table.path()), TABLE.buffer, 'the information itself, byte by byte');
  step('the citizen downloads receipt, reply and the information; mingda letter verify finds all valid');
  await asAnybody(reply[0]);

  const auditor = await officer('shenji');
  await auditor.goto(`${BASE}/audit?view=on-time`);
  assert.match(await text(auditor), new RegExp(receipt.ref));
  const figures = await auditor.$$eval('.figure-n', (all) => all.map((e) => Number(e.textContent)));
  assert.equal(figures[0], figures[1] + figures[2] + figures[3], 'received = closed on time + closed late + open');
  await picture(auditor, '7-audit');
  await follow(auditor, receipt.ref);
  assert.equal(await heading(auditor), '已答复');
  assert.match(await text(auditor), /没有您现在可以办理的事项/);
  step('the auditor finds it among those closed on time');
  rmSync(folder, { recursive: true });
}

try {
  await main();
  assert.deepEqual(visitors.flatMap((v) => v.problems), [], 'no page may do this');
} finally {
  for (const v of visitors) await v.browser.close();
}
console.log('the whole walk: done');
