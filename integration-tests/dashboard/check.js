// Looks at every page of the dashboard: what it shows, keyboard, accessibility, phone width, conflicts, tampering.
// DashboardIT starts it with the addresses and federations of a running installation.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { accessibility, launch, open, overflow } from './browser.js';

const {
  DASHBOARD_URL: dashboard,
  DASHBOARD_KEY: adminKey,
  DASHBOARD_READ_KEY: readKey,
  DASHBOARD_FEDERATION: federation,
  DASHBOARD_FRESH: fresh,
  DASHBOARD_EXHAUSTED: exhausted,
  DASHBOARD_OPEN: unprotected,
  DASHBOARD_DEVICE: device,
  DASHBOARD_BROWSER: browserName = 'chromium',
  DASHBOARD_SCREENSHOTS: screenshots,
} = process.env;

const PAGES = ['monitoring', 'privacy', 'audit', 'compliance', 'devices'];
const TITLES = {
  monitoring: 'Monitoring',
  privacy: 'Privacy settings',
  audit: 'Audit',
  compliance: 'Compliance',
  devices: 'Devices',
};
const complaints = [];
const began = Date.now();

const budgetUrl = new URL('/', dashboard).origin;
const address = (page, name = federation) => `${dashboard}#/federations/${name}/${page}`;

async function step(name, action) {
  try {
    await action();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
  assert.deepEqual(complaints, [], name);
  console.log(`${String(Date.now() - began).padStart(6)} ms  ${name}`);
}

/** A call that the dashboard does not make: somebody else at work. */
async function call(method, rest, body, headers = {}) {
  const answer = await fetch(`${budgetUrl}/api/v1/federations/${rest}`, {
    method,
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${rest}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

async function signIn(page, key) {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Waits until nothing is loading any more. */
async function settled(page) {
  await page.waitForFunction(
    () => document.querySelectorAll('main .loading, main [aria-busy="true"], main .stale').length === 0,
  );
}

async function show(page, name, of = federation) {
  await page.goto(address(name, of));
  await page.getByRole('heading', { level: 1, name: TITLES[name] }).waitFor();
  await settled(page);
}

/** Pictures of the documentation; more would only have to be kept up to date. */
const PICTURES = ['monitoring-light', 'monitoring-dark', 'privacy-light', 'privacy-phone', 'audit-light'];

async function picture(page, name) {
  if (!screenshots || !PICTURES.includes(name)) {
    return;
  }
  const size = page.viewportSize();
  if (size.width > 1000) {
    await page.setViewportSize({ width: 1180, height: name.startsWith('monitoring') ? 1080 : 760 });
    await settled(page);
  }
  mkdirSync(screenshots, { recursive: true });
  const file = path.join(screenshots, `${name}.png`);
  await page.screenshot({ path: file, animations: 'disabled' });
  await page.setViewportSize(size);
  assert.ok(statSync(file).size < 150_000, `${file} has ${statSync(file).size} octets, 150,000 are the most`);
}

const browser = await launch(browserName);
try {
  const context = await open(browser, complaints);
  const page = await context.newPage();

  await step('sign-in refuses what is no key, and a wrong one', async () => {
    await page.goto(budgetUrl);
    assert.equal(page.url(), dashboard);
    await signIn(page, 'secret');
    await page.getByText('A key is edg_ and 43 letters').waitFor();
    assert.equal(await page.getByLabel('API key').getAttribute('aria-invalid'), 'true');
    await signIn(page, `edg_${'A'.repeat(43)}`);
    await page.getByText('unknown, expired or revoked').waitFor();
    assert.deepEqual(await accessibility(page), []);
  });

  await step('sign-in, with the key in this tab only', async () => {
    await signIn(page, adminKey);
    await page.getByRole('heading', { level: 1, name: 'Federations' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
    const stores = await page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie]);
    assert.ok(stores[0].includes(adminKey));
    assert.ok(!stores[1].includes('edg_') && !stores[2].includes('edg_'));
    const other = await context.newPage();
    await other.goto(dashboard);
    await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await other.close();
  });

  await step('federations in every state', async () => {
    await settled(page);
    const row = (name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
    assert.match(await row(federation).innerText(), /Ready/);
    assert.match(await row(federation).innerText(), /of 4/);
    assert.match(await row(fresh).innerText(), /Not configured/);
    assert.match(await row(exhausted).innerText(), /Budget used up/);
    assert.match(await row(unprotected).innerText(), /No differential privacy/);
  });

  await step('keyboard: skip link, then a page, with the focus on its heading', async () => {
    await page.reload();
    await settled(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip-link');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
    await page.getByRole('link', { name: federation, exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.textContent === 'Monitoring');
    await page.getByRole('navigation').getByRole('link', { name: 'Settings › Privacy' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.textContent === 'Privacy settings');
    await page.waitForFunction(() => document.title.startsWith('Settings › Privacy'));
  });

  await step('privacy: consequences while typing, from the service', async () => {
    await settled(page);
    const meaning = page.locator('#meaning');
    const before = await meaning.innerText();
    const previews = [];
    page.on('request', (request) => request.url().endsWith('/preview') && previews.push(request));
    await page.getByLabel('Noise multiplier').fill('');
    await page.getByLabel('Noise multiplier').pressSequentially('12', { delay: 30 });
    await page.waitForFunction((text) => {
      const now = document.querySelector('#meaning')?.innerText;
      return now && now !== text && !document.querySelector('.stale');
    }, before);
    assert.ok(previews.length >= 1 && previews.length <= 3, `${previews.length} previews`);
    const foretold = await call('POST', `${federation}/privacy/preview`, JSON.parse(previews.at(-1).postData()));
    const affordable = new Intl.NumberFormat('en-US').format(foretold.meaning.rounds_affordable);
    assert.ok((await meaning.innerText()).includes(affordable), affordable);
    const spoken = await page.locator('.consequences [aria-live="polite"]').innerText();
    assert.match(spoken, /Epsilon per round .* rounds affordable, abort probability .* warnings?\./);
    const stored = await call('GET', `${federation}/privacy`);
    assert.equal(stored.differential_privacy.noise_multiplier, 8);
  });

  await step('privacy: errors at the fields that they name', async () => {
    await page.getByLabel('Total epsilon').fill('-1');
    await page.getByLabel('Expected cohort').fill('many');
    await page.waitForFunction(() => document.querySelectorAll('[aria-invalid="true"]').length > 0);
    await page.getByText('These values would be refused').waitFor();
    await page.getByLabel('Expected cohort').fill('12');
    await page.getByText('must be above 0 and at most 1000').first().waitFor();
    assert.equal(await page.getByLabel('Total epsilon').getAttribute('aria-invalid'), 'true');
    const described = await page.getByLabel('Total epsilon').getAttribute('aria-describedby');
    assert.match(await page.locator(`#${described.split(' ').at(-1)}`).innerText(), /above 0/);
    await page.getByLabel('Total epsilon').fill('4');
    await page.waitForFunction(() => document.querySelectorAll('[aria-invalid="true"]').length === 0);
  });

  await step('privacy: somebody else was faster', async () => {
    const { differential_privacy: dp, secure_aggregation: sa, ...rest } = await call('GET', `${federation}/privacy`);
    await call('PUT', `${federation}/privacy`, {
      differential_privacy: { ...dp, noise_multiplier: 9 },
      secure_aggregation: sa,
      expected_cohort: rest.expected_cohort,
      quantization_bits: rest.quantization_bits,
    });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const conflict = page.getByRole('alert').filter({ hasText: 'changed in the meantime' });
    await conflict.waitFor();
    assert.match(await conflict.getByRole('row').filter({ hasText: 'Noise multiplier' }).innerText(), /9\s+12/);
    assert.equal((await call('GET', `${federation}/privacy`)).differential_privacy.noise_multiplier, 9);
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: /Keep mine/ }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/is in force\.$/).waitFor();
    const stored = await call('GET', `${federation}/privacy`);
    assert.equal(stored.differential_privacy.noise_multiplier, 12);
    assert.equal(stored.secure_aggregation.dropout_fraction, 0.15);
  });

  await step('privacy: unsaved changes are not lost by a wrong click', async () => {
    await page.getByLabel('Noise multiplier').fill('13');
    page.once('dialog', (dialog) => dialog.dismiss());
    await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
    await page.waitForFunction(() => location.hash.endsWith('/privacy'));
    assert.equal(await page.getByLabel('Noise multiplier').inputValue(), '13');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    assert.equal(await page.getByLabel('Noise multiplier').inputValue(), '12');
  });

  await step('privacy: a new federation', async () => {
    await page.goto(dashboard);
    const name = `${fresh}-${process.pid}`;
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Configure' }).click();
    await page.getByText('Nothing is in force yet').waitFor();
    await settled(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved: configuration 1 of version 1').waitFor();
    assert.equal((await call('GET', `${name}/privacy`)).differential_privacy.delta, 0.00001);
  });

  await step('monitoring: budget, spikes, forecast, the live round', async () => {
    await show(page, 'monitoring');
    const gauge = await page.locator('.gauge svg').getAttribute('aria-label');
    const account = await call('GET', `${federation}/privacy/budget`);
    assert.match(gauge, /^Budget gauge: epsilon [\d.]+ of 4 spent/);
    assert.ok(account.epsilon_spent > 0);
    assert.equal(await page.locator('.chart canvas').count(), 2);
    assert.match(await page.locator('.chart').first().getAttribute('aria-label'), /7 rounds; 1 of them marked/);
    const spikes = page.getByRole('table', { name: 'Spikes, newest first' });
    assert.match(await spikes.innerText(), /Epsilon/);
    const live = page.locator('.live');
    assert.match(await live.innerText(), /Round 1/);
    assert.equal(await live.locator('[aria-current="step"]').innerText(), 'Join and share');
    const finished = page.getByRole('article').filter({ hasText: '1 of 1 rounds' });
    await finished.locator('summary').click();
    assert.match(await finished.getByText('Drop-outs by phase').locator('..').innerText(), /Uploading\s+1/);
    await page.locator('.chart').first().locator('..').locator('summary').click();
    await page.getByRole('table', { name: 'Rounds, newest first' }).first().waitFor();
  });

  await step('monitoring: nothing to show yet, and a budget that is used up', async () => {
    await show(page, 'monitoring', fresh);
    await page.getByText('No privacy configuration yet').waitFor();
    await page.getByText('No training yet').waitFor();
    await show(page, 'monitoring', exhausted);
    await page.getByText('The budget is used up').waitFor();
    await page.getByText('No round yet').waitFor();
    await show(page, 'monitoring', unprotected);
    await page.getByText('Differential privacy is off', { exact: true }).waitFor();
  });

  await step('audit: filter and inspect', async () => {
    await show(page, 'audit');
    await page.locator('.entry').first().waitFor();
    await page.getByLabel('Type').fill('round.committed');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForFunction(() => {
      const types = [...document.querySelectorAll('.entry-type')].map((each) => each.textContent);
      return types.length === 7 && types.every((type) => type === 'round.committed');
    });
    await page.locator('.entry summary').first().click();
    assert.match(await page.locator('.entry pre').first().innerText(), /"type": "round.committed"/);
    await page.getByLabel('Type').fill('Round');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('must be types of events').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.locator('.entry').nth(20).waitFor();
  });

  let log;
  await step('audit: verified in the browser, and exported', async () => {
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await page.getByText('The log is intact').waitFor();
    assert.match(await page.locator('#verified').innerText(), /Signed by the key\s+[0-9a-f]{32}/);
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export JSON Lines' }).click();
    const file = await waiting;
    assert.equal(file.suggestedFilename(), `${federation}-audit.jsonl`);
    log = readFileSync(await file.path(), 'utf8');
    const csv = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    assert.match(readFileSync(await (await csv).path(), 'utf8'), /^sequence,at,recorded_at,type/);
  });

  await step('audit: tampering is found', async () => {
    const lines = log.trimEnd().split('\n');
    const entries = lines.flatMap((line, index) => (line.startsWith('{"entry"') ? [index] : []));
    const victim = entries[5];
    const replaced = (at, by) => lines.map((line, index) => (index === at ? by : line));
    const cases = {
      altered: [
        replaced(victim, lines[victim].replace(/"actor":"[^"]*"/, '"actor":"nobody"')),
        /Entry 6 is not what was recorded/,
      ],
      removed: [lines.filter((line, index) => index !== victim), /entry 6 is expected here, not 7/],
      'signature changed': [
        lines.map((line) => line.replace(/"signature":"(..)/, (found, start) => `"signature":"${start === 'AA' ? 'BB' : 'AA'}`)),
        /signature of the checkpoint|neither trusted nor handed over/,
      ],
      'cut off': [lines.slice(0, victim + 1), /ends without a signed checkpoint/],
      'not JSON': [replaced(victim, lines[victim].slice(0, -2)), /the line is not JSON/],
      empty: [[], /the export is empty/],
    };
    for (const [name, [tampered, found]] of Object.entries(cases)) {
      await page.route('**/audit/export?format=jsonl', (route) =>
        route.fulfill({ contentType: 'application/jsonl', body: tampered.length ? `${tampered.join('\n')}\n` : '' }));
      await page.getByRole('button', { name: 'Verify in this browser' }).click();
      await page.locator('#verified').filter({ hasText: found }).waitFor().catch(async () => {
        assert.fail(`${name}: ${await page.locator('#verified').innerText()}`);
      });
      assert.match(await page.locator('#verified').innerText(), /The log is not intact/, name);
      await page.unroute('**/audit/export?format=jsonl');
    }
    assert.deepEqual(await accessibility(page), []);
  });

  await step('audit: a key of one’s own, and the log of the deployment', async () => {
    await page.getByText('With a key and a checkpoint of your own').click();
    await page.getByLabel('Key that you trust (PEM)').fill('nonsense');
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await page.getByText('not an Ed25519 public key').waitFor();
    const keys = await (await fetch(`${budgetUrl}/api/v1/audit/keys`)).json();
    await page.getByLabel('Key that you trust (PEM)').fill(keys.keys[0].pem);
    const checkpoint = await call('POST', `${federation}/audit/checkpoints`);
    await page.getByLabel('Checkpoint that you kept').fill(JSON.stringify(checkpoint));
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await page.getByText('The log is intact').waitFor();
    // Another pair of keys: as if the service had signed with its own.
    const other = 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
    await page.getByLabel('Key that you trust (PEM)').fill(other);
    await page.getByLabel('Checkpoint that you kept').fill('');
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await page.getByText('neither trusted nor handed over').waitFor();
    await page.getByLabel('Key that you trust (PEM)').fill('');
    await page.getByLabel('Log', { exact: true }).selectOption('deployment');
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await page.getByText('The log is intact').waitFor();
  });

  await step('compliance: report, bundle, erasure', async () => {
    await show(page, 'compliance');
    await page.getByText('Every clause that applies holds').waitFor();
    await page.getByRole('button', { name: 'Make a bundle' }).click();
    await page.getByText('The bundle was made and kept').waitFor();
    const bundles = page.getByRole('table', { name: 'DPIA bundles, newest first' });
    await bundles.waitFor();
    const waiting = page.waitForEvent('download');
    await bundles.getByRole('button').first().click();
    assert.equal(readFileSync(await (await waiting).path()).subarray(0, 2).toString(), 'PK');
    assert.match(await page.getByRole('table', { name: 'Erasures, newest first' }).innerText(), /request of the data subject\s+1/);
  });

  await step('devices: count, enrol, revoke', async () => {
    await show(page, 'devices');
    const enrolled = async () => Number(await page.locator('.figure', { hasText: 'Enrolled' }).locator('.figure-value').innerText());
    const before = await enrolled();
    assert.ok(before >= 20, `${before} devices`);
    await page.getByLabel('How many').fill('0');
    await page.getByRole('button', { name: 'Make codes' }).click();
    await page.locator('[aria-invalid="true"]').waitFor();
    await page.getByLabel('How many').fill('2');
    await page.getByRole('button', { name: 'Make codes' }).click();
    await page.getByText('2 codes were made').waitFor();
    // Nobody has used that code yet.
    const nobody = await page.getByRole('table', { name: 'Codes' }).getByRole('cell').first().innerText();
    await page.getByLabel('Device identifier').fill(nobody);
    await page.getByLabel('Device identifier').press('Enter');
    await page.getByRole('dialog', { name: 'Revoke this device?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByLabel('Device identifier').press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('has no such device').waitFor();
    await page.getByLabel('Device identifier').fill(device);
    await page.getByLabel('Device identifier').press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The device is revoked').waitFor();
    await page.waitForFunction(
      (expected) => [...document.querySelectorAll('.figure')].some((each) => each.textContent === `Enrolled${expected}`),
      before - 1,
    );
  });

  await step('every page, light and dark, without serious findings of axe', async () => {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(dashboard);
      await settled(page);
      assert.deepEqual(await accessibility(page), [], `federations ${scheme}`);
      for (const name of PAGES) {
        await show(page, name);
        assert.deepEqual(await accessibility(page), [], `${name} ${scheme}`);
        await picture(page, `${name}-${scheme}`);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark');
    await page.getByRole('button', { name: 'Use light colours' }).click();
  });

  await step('phone width: nothing to scroll sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(dashboard);
    await settled(page);
    assert.equal(await overflow(page), 0, 'federations');
    for (const name of PAGES) {
      await show(page, name);
      for (const summary of await page.locator('main details > summary').all()) {
        if (await summary.isVisible()) {
          await summary.click();
        }
        if (name === 'audit') {
          break;
        }
      }
      assert.equal(await overflow(page), 0, name);
      await page.evaluate(() => scrollTo(0, 0));
      await picture(page, `${name}-phone`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await step('a service that does not answer is named, and the rest works', async () => {
    context.expectUnreachable = true;
    await page.route('**/devices', (route) => route.abort());
    await page.route('**/training', (route) => route.abort());
    await page.goto(dashboard);
    await page.reload();
    await page.goto(address('devices'));
    await page.getByText('The relay cannot be reached').waitFor();
    await page.goto(address('monitoring'));
    await page.getByText('The aggregator cannot be reached').waitFor();
    await page.locator('.gauge svg').waitFor();
    assert.deepEqual(await accessibility(page), []);
    await page.unroute('**/devices');
    await page.unroute('**/training');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.live').waitFor();
    context.expectUnreachable = false;
  });

  await step('sign-out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  await step('a key that may only read, for one federation', async () => {
    await signIn(page, readKey);
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor();
    await page.goto(dashboard);
    await settled(page);
    assert.equal(await page.getByRole('row').count(), 2);
    await show(page, 'privacy');
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).count(), 0);
    await page.locator('#meaning').waitFor();
    await show(page, 'audit');
    await page.getByText('needs the scope auditor').waitFor();
    await show(page, 'devices');
    assert.equal(await page.getByRole('button', { name: 'Revoke' }).count(), 0);
    await page.goto(address('monitoring', exhausted));
    await page.getByText('Your API key may not see this').first().waitFor();
  });
} finally {
  await browser.close();
}
console.log(`everything holds, ${Date.now() - began} ms`);
