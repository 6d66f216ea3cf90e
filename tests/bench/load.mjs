// load.mjs - how many exchanges a second the site does, and how long they take: eight kept-alive connections to nginx on
// this machine, a fixed time per page. The load's own work shares the cores, so the figures are a floor.
//   node load.mjs BASE PASSWORD [SECONDS]
import http from 'node:http';

const [base, password, seconds = '5'] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

function exchange(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const e = http.request(base + path, { method, headers, agent }, (r) => {
      const parts = [];
      r.on('data', (d) => parts.push(d));
      r.on('end', () => resolve({ status: r.statusCode, headers: r.headers, text: () => Buffer.concat(parts).toString() }));
      r.on('error', reject);
    });
    e.on('error', reject);
    e.end(body);
  });
}
const jar = (r, kept = {}) => {
  for (const line of r.headers['set-cookie'] ?? []) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    kept[name] = value;
  }
  return kept;
};
const cookies = (kept) => Object.entries(kept).map(([n, v]) => `${n}=${v}`).join('; ');

// Signs in as a person does: the form's hidden fields go back with the two that are typed.
async function sign_in(login) {
  const form = await exchange('/login');
  const kept = jar(form);
  const fields = new URLSearchParams();
  for (const [tag] of form.text().matchAll(/<input[^>]*type="hidden"[^>]*>/g))
    fields.set(/name="([^"]*)"/.exec(tag)[1], (/value="([^"]*)"/.exec(tag) ?? [, ''])[1]);
  fields.set('login', login);
  fields.set('password', password);
  const r = await exchange('/login', {
    method: 'POST', body: fields.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: cookies(kept), origin: base },
  });
  if (r.status !== 303) throw new Error(`signing in as ${login}: ${r.status}`);
  return { cookie: cookies(jar(r, kept)) };
}

async function measure(name, path, headers = {}) {
  const times = [];
  let wrong = 0;
  const end = performance.now() + Number(seconds) * 1000;
  const one = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      const r = await exchange(path, { headers });
      times.push(performance.now() - begun);
      if (r.status !== 200) wrong++;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: 8 }, one));
  const took = (performance.now() - begun) / 1000;
  times.sort((a, b) => a - b);
  const at = (p) => times[Math.min(times.length - 1, Math.floor(times.length * p))].toFixed(1);
  console.log(`${name.padEnd(28)} ${(times.length / took).toFixed(0).padStart(7)}/s   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms` +
    (wrong ? `   ${wrong} NOT ANSWERED WITH 200` : ''));
  return wrong;
}

const json = { accept: 'application/json' };
let wrong = 0;
wrong += await measure('start page', '/');
wrong += await measure('form of /track', '/track');
const clerk = await sign_in('shouli');
wrong += await measure('queue', '/queue', clerk);
wrong += await measure('queue, JSON', '/queue', { ...clerk, ...json });
const queue = (await exchange('/queue', { headers: clerk })).text();
const dossier = /href="(\/dossiers\/[^"/?#]+)"/.exec(queue)?.[1];
if (dossier) {
  wrong += await measure('dossier', dossier, clerk);
  wrong += await measure('dossier, JSON', dossier, { ...clerk, ...json });
  wrong += await measure('ledger', `${dossier}/ledger`, clerk);
}
agent.destroy();
process.exit(wrong ? 1 : 0);
