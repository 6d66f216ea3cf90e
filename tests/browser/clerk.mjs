// clerk.mjs - a clerk enters applications that came by mail, fax, e-mail, at the counter and by word of mouth, in headless
// Chromium with scripts off: each channel asks for what proves its day of receipt, and that day is the one it is counted
// from; forms ask first what it is and then only for what belongs to it; a fee is calculated before it is decided.
// With MINGDA_SHOTS=FOLDER it leaves pictures of the pages there.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BASE, open } from './browser.mjs';

const plain = (s) => s.replace(/\s+/g, ' ').trim();
const main = async (page) => (await page.textContent('main')).replace(/\s+/g, '');
const desks = {};

async function officer(login) {
  if (desks[login]) return desks[login].page;
  desks[login] = await open();
  const { page } = desks[login];
  await page.goto(`${BASE}/login`);
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', process.env.MINGDA_PASSWORD);
  await press(page, '登录');
  return page;
}
async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);
}
async function shot(page, name) {
  const folder = process.env.MINGDA_SHOTS;
  for (const [suffix, width] of folder ? [['phone', 390], ['desktop', 1280]] : []) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`), fullPage: true });
  }
}
const names = (page) => page.$$eval('main form[method=post] [name]:not([type=hidden]):not(button)', (all) => [...new Set(all.map((e) => e.name))]);
async function fill(page, fields) {
  for (const [field, value] of Object.entries(fields)) {
    if (await page.$(`main input[type=radio][name="${field}"]`)) await page.check(`main input[type=radio][name="${field}"][value="${value}"]`);
    else if (value === true) await page.check(`main input[type=checkbox][name="${field}"]`);
    else await page.fill(`main [name="${field}"]`, value);
  }
}
async function kept(page, fields) { // nothing that was entered is lost
  for (const [field, value] of Object.entries(fields))
    if (typeof value === 'string' && !(await page.$(`main [name="${field}"][type=radio]`)))
      assert.equal(await page.inputValue(`main [name="${field}"]`), value, field);
}

// ---- applications by every channel ----

async function begin(channel, category = 'natural') {
  const page = await officer('shouli');
  await page.goto(`${BASE}/queue`);
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: '登记收到的申请' }).click()]);
  assert.equal(await page.$('[name=channel][value=web]'), null, 'what is sent online is not entered here');
  await fill(page, { channel });
  await press(page, '下一步');
  assert.match(plain(await page.textContent('.notice-bad')), /申请人类型/, 'both are asked');
  await fill(page, { channel, category });
  await press(page, '下一步');
  return page;
}
const PERSON = { delivery: 'mail', name: '钱来信', id_kind: 'id-card', id_number: '310000198001010017', address: '上海市演示路7号',
  item_1: '2025年度危险化学品企业执法检查情况' };
const CHANNELS = [
  { channel: 'counter', asks: ['handed-in'], fields: { 'handed-in': '2026-03-27' }, received: '2026年3月27日', due: '2026年4月27日' },
  { channel: 'ems', asks: ['signed-on', 'tracking', 'postmark'], rule: 'signed-for', lacks: { tracking: 'EM000000001CN' },
    fields: { tracking: 'EM000000001CN', 'signed-on': '2026-03-26', postmark: '2026-03-24' }, received: '2026年3月26日' },
  { channel: 'mail', asks: ['postmark', 'arrived', 'confirmed-on', 'confirmation'], rule: 'receipt-confirmed',
    lacks: { arrived: '2026-03-24', postmark: '2026-03-20' },
    fields: { postmark: '2026-03-20', arrived: '2026-03-24', 'confirmed-on': '2026-03-25', confirmation: '当日两次电话无人接听，次日电话确认' }, received: '2026年3月25日' },
  { channel: 'fax', asks: ['arrived', 'confirmed-on', 'confirmation'], rule: 'receipt-confirmed', lacks: {},
    fields: { arrived: '2026-03-25', 'confirmed-on': '2026-03-25', confirmation: '回复传真确认' }, received: '2026年3月25日' },
  { channel: 'email', asks: ['arrived', 'confirmed-on', 'confirmation'], rule: 'arrived-before-received',
    lacks: { arrived: '2026-03-27', 'confirmed-on': '2026-03-26', confirmation: '回复邮件确认' },
    fields: { arrived: '2026-03-26', 'confirmed-on': '2026-03-27', confirmation: '回复邮件确认' }, received: '2026年3月27日' },
  { channel: 'oral', asks: ['written-on', 'helper'], rule: 'oral-written-down', lacks: { 'written-on': '2026-03-30' },
    fields: { 'written-on': '2026-03-30', helper: '周受理' }, received: '2026年3月30日' },
];
const ALL = ['handed-in', 'signed-on', 'tracking', 'postmark', 'arrived', 'confirmed-on', 'confirmation', 'written-on', 'helper'];
const refs = {};
for (const c of CHANNELS) {
  const page = await begin(c.channel);
  const asked = await names(page);
  assert.deepEqual(ALL.filter((n) => asked.includes(n)).sort(), [...c.asks].sort(), `${c.channel} asks for what proves its day`);
  assert.ok(!asked.includes('representative'), 'a natural person has no legal representative');
  if (c.channel === 'mail') await shot(page, 'intake-mail');
  if (c.rule) {
    await fill(page, { ...PERSON, ...c.lacks });
    await press(page, '录入申请');
    assert.match(plain(await page.textContent('.notice-bad')), new RegExp(`依据：条例.*${c.rule}`), c.channel);
    await kept(page, { ...PERSON, ...c.lacks });
    const again = await names(page);
    assert.deepEqual(ALL.filter((n) => again.includes(n)).sort(), [...c.asks].sort(), 'the form comes back as it was');
    if (c.channel === 'mail') await shot(page, 'intake-mail-refused');
  }
  await fill(page, { ...PERSON, ...c.fields });
  await press(page, '录入申请');
  const at = new URL(page.url()).pathname;
  assert.match(at, /^\/dossiers\/SQ/, plain(await page.textContent('main')));
  refs[c.channel] = at.split('/')[2];
  assert.match(await main(page), new RegExp(`收到申请之日${c.received}`), `${c.channel}: the day of receipt follows from the channel`);
  if (c.due) assert.match(await main(page), new RegExp(`答复期限${c.due}`));
  assert.equal(refs[c.channel].slice(-11, -3), c.received.replace(/(\d+)年(\d+)月(\d+)日/, (_, y, m, d) => y + m.padStart(2, '0') + d.padStart(2, '0')), 'the number says the day of receipt');
}
console.log('every channel');

// A day to come, a name that is missing, what belongs to another channel.
{
  const page = await begin('counter', 'commercial');
  assert.ok((await names(page)).includes('representative'));
  await fill(page, { 'handed-in': '2026-03-31', delivery: 'hand', item_1: '某项信息' });
  await press(page, '录入申请');
  assert.match(plain(await page.textContent('.errors, [role=alert]')), /单位名称|姓名/);
  await fill(page, { name: '某公司' });
  await press(page, '录入申请');
  assert.match(plain(await page.textContent('main')), /“当面提交之日”不能晚于今天/);
  const facts = await page.request.get(`${BASE}/intake?channel=counter&category=natural`, { headers: { Accept: 'application/json' } });
  assert.equal(facts.status(), 200);
  const handler = await officer('chengban');
  assert.equal((await handler.goto(`${BASE}/intake`)).status(), 403, 'for clerks only');
}

// ---- what it is, then what belongs to it ----

async function act(login, ref, kind, fields) {
  const page = await officer(login);
  await page.goto(`${BASE}/dossiers/${ref}/events/${kind}`);
  await fill(page, fields);
  await press(page, '确认办理');
  assert.equal(await page.$('.notice-bad'), null, kind);
  return page;
}
const ref = refs.mail;
await act('shouli', ref, 'registered', {});
await act('shouli', ref, 'assigned', {});
await act('chengban', ref, 'search-recorded', { result: 'found', where: '执法业务系统', keywords: '危险化学品 检查' });
{
  const page = await officer('chengban');
  await page.goto(`${BASE}/dossiers/${ref}/events/outcome-proposed?child=i1`);
  assert.equal(await page.getByRole('button', { name: '确认办理' }).count(), 0, 'first what it is');
  await press(page, '下一步');
  assert.match(plain(await page.textContent('.notice-bad')), /请在“处理结果”中选择一项/);
  await shot(page, 'outcome-choose');
  await page.check('main [name=outcome][value=DENY_CASEFILE]');
  await press(page, '下一步');
  assert.deepEqual((await names(page)).filter((n) => !['on', 'late_reason'].includes(n)), ['reason', 'no-duty', 'separation', 'parts']);
  await shot(page, 'outcome-casefile');
  await fill(page, { reason: '行政执法案卷信息', separation: 'separable', parts: '询问笔录、现场照片' });
  await press(page, '确认办理');
  assert.match(plain(await page.textContent('.notice-bad')), /区分处理.*separation-tested/);
  assert.deepEqual((await names(page)).filter((n) => !['on', 'late_reason'].includes(n)), ['reason', 'no-duty', 'separation', 'parts']);
  await kept(page, { reason: '行政执法案卷信息', parts: '询问笔录、现场照片', outcome: 'DENY_CASEFILE' });
  await shot(page, 'outcome-casefile-refused');
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name: '更改' }).click()]);
  assert.equal(await page.getByRole('button', { name: '下一步' }).count(), 1);
}
console.log('what it is, then what belongs to it');

// ---- a fee ----
{
  const page = await officer('chengban');
  await page.goto(`${BASE}/dossiers/${ref}/events/fee-decided`);
  await page.check('main [name=basis][value=items]');
  await press(page, '下一步');
  assert.equal(await page.inputValue('main [name=quantity]'), '1');
  const before = await page.inputValue('main [name=earlier]');
  assert.match(await main(page), new RegExp(`同一证件号码的申请共${before}件`));
  await fill(page, { quantity: '3', earlier: '29', 'same-applicant': '证件号码相同' });
  await press(page, '重新计算');
  assert.match(await main(page), /30—301件100\.00元100\.00元31—322件200\.00元400\.00元按标准计算合计：500\.00元/);
  assert.equal(await page.$('.notice-bad'), null, 'nothing was sent');
  await kept(page, { quantity: '3', earlier: '29', 'same-applicant': '证件号码相同' });
  await shot(page, 'fee-calculated');
  await fill(page, { amount: '50001' });
  await press(page, '确认办理');
  assert.match(plain(await page.textContent('.notice-bad')), /收费数额高于按标准计算的数额.*依据：办法4.*fee-above-tariff/);
  await shot(page, 'fee-refused');
  await fill(page, { amount: '' });
  await press(page, '确认办理');
  assert.match(await page.textContent('.notice-good'), /已办理/);
  await page.goto(`${BASE}/dossiers/${ref}/events/fee-decided?basis=pages`);
  assert.ok(!(await names(page)).includes('same-applicant'), 'by page nobody asks who applied before');
}
console.log('a fee');
for (const { browser, problems } of Object.values(desks)) {
  assert.deepEqual(problems, []);
  await browser.close();
}
