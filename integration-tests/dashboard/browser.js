// A browser that notices what people would not see: errors on the console, refused content, calls to elsewhere.

import { execFileSync } from 'node:child_process';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Answers that a page asks for on purpose: the browser reports each on its console. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (400|401|403|404|409|412|422)/;

export async function launch(name) {
  const executablePath = execFileSync('sh', ['-c', 'command -v "$0"', name]).toString().trim();
  return chromium.launch({ executablePath, headless: true, args: ARGUMENTS });
}

/** A context whose pages write what is wrong into `complaints`. */
export async function open(browser, complaints, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  context.on('console', (message) => {
    const unreachable = message.text().includes('net::ERR_FAILED') && context.expectUnreachable;
    if (message.type() === 'error' && !EXPECTED.test(message.text()) && !unreachable) {
      complaints.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().stack}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.hostname !== '127.0.0.1') {
      complaints.push(`a call to elsewhere: ${request.url()}`);
    }
  });
  return context;
}

/** Serious findings of axe-core on what is shown now. */
export async function accessibility(page) {
  // By the debugger, which the Content-Security-Policy does not bind.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ')}`);
}

/** How far the page is wider than the screen. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
