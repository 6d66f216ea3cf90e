// browser.mjs - the one place that starts Chromium: Debian's, headless, in a profile of its own.
// A journey is a plain Node program: it opens pages, asserts with node:assert and exits non-zero when something is wrong.
import { chromium } from 'playwright-core';

export const BASE = process.env.MINGDA_BASE ?? 'http://127.0.0.1:8080';

// Every journey must work with scripts off, so off is the rule here and `scripts: true` the exception.
// Returns {browser, context, page, problems}; `problems` fills with what no page may do: a fault of the server, a
// resource that is missing, a violation of the content security policy.
export async function open({ scripts = false, width = 1280, height = 900, locale = 'zh-CN' } = {}) {
  const root = process.getuid() === 0;
  const browser = await chromium.launch({
    executablePath: process.env.MINGDA_CHROMIUM ?? '/usr/bin/chromium',
    args: [...(root ? ['--no-sandbox'] : []), '--disable-dev-shm-usage', '--disable-gpu'],
  });
  const context = await browser.newContext({
    javaScriptEnabled: scripts, locale, timezoneId: 'Asia/Shanghai', viewport: { width, height }, acceptDownloads: true,
  });
  context.setDefaultTimeout(15_000);
  const problems = [];
  context.on('response', (r) => {
    if (r.status() >= 500) problems.push(`${r.status()} ${r.request().method()} ${r.url()}`);
    if (r.status() === 404 && r.request().resourceType() !== 'document') problems.push(`missing: ${r.url()}`);
  });
  context.on('console', (m) => {
    if (/Content Security Policy/.test(m.text())) problems.push(m.text());
  });
  const page = await context.newPage();
  return { browser, context, page, problems };
}
