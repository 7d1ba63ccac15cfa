// Audit: filter, inspect, verify in the browser, export.

import { budget, budgetRaw, federationPath } from '../api.js';
import {
  actionButton, badge, card, download, empty, facts, failure, field, notice, pageTitle, showFieldErrors, toast,
} from '../components.js';
import { h, show } from '../dom.js';
import { count, exactly, words } from '../format.js';
import { currentPrincipal, may } from '../session.js';
import { canVerify, readKey, verify } from '../verify.js';

const PAGE = 50;
const EXPORT_MS = 300_000;

/** Groups of events and their types, as the services report them. */
const TYPES = [
  'federation.created', 'version.opened', 'configuration.changed',
  'budget.allocated', 'budget.exhausted', 'budget.spike', 'budget.reserved', 'budget.committed', 'budget.released',
  'round.published', 'round.committed', 'round.aborted', 'participation.recorded',
  'model.version-created', 'model.downloaded', 'device.codes-created', 'device.enrolled', 'device.revoked',
  'erasure.requested', 'dpia.generated', 'access.read', 'access.write', 'access.refused',
];

export function auditPage(page, { federation, signal }) {
  if (!may('auditor')) {
    show(
      page,
      pageTitle('Audit', federation),
      notice('info', 'The audit log needs the scope auditor', h('p', {}, 'Your key does not have it. Sign in with one that has, or ask an administrator.')),
    );
    return;
  }
  const log = { federation, deployment: false };
  const path = (rest) =>
    log.deployment ? `/api/v1/audit${rest}` : federationPath(federation, `/audit${rest}`);
  const verification = verificationCard(log, path, signal);
  const entries = entriesCard(log, path, signal);
  show(page, pageTitle('Audit', federation), chooser(log, () => {
    verification.reset();
    entries.reload();
  }), verification.element, entries.element);
}

/** Keys for all federations may also look at what belongs to none. */
function chooser(log, changed) {
  if (currentPrincipal().federation) {
    return null;
  }
  const choice = h(
    'select',
    {},
    h('option', { value: 'federation' }, `Federation ${log.federation}`),
    h('option', { value: 'deployment' }, 'Deployment: API keys, starts of services, failed sign-ins'),
  );
  choice.addEventListener('change', () => {
    log.deployment = choice.value === 'deployment';
    changed();
  });
  return h('div', { class: 'form-row' }, field('log', 'Log', choice));
}

// Verification

function verificationCard(log, path, signal) {
  const outcome = h('div', { class: 'region', role: 'status' });
  const pinned = h('textarea', { rows: 4, spellcheck: 'false', placeholder: '-----BEGIN PUBLIC KEY-----' });
  const kept = h('textarea', { rows: 4, spellcheck: 'false', placeholder: '{"checkpoint": {…}, "signature": "…"}' });
  const form = h(
    'div',
    { class: 'form-grid' },
    field('key', 'Key that you trust (PEM)', pinned, {
      hint: 'From whoever made it, not from this service. Empty: the first key that the service names; compare its fingerprint.',
    }),
    field('checkpoint', 'Checkpoint that you kept', kept, {
      hint: 'Shows that nothing was cut off since then. Empty: none.',
    }),
  );
  const run = actionButton('Verify in this browser', () => check(), { kind: 'button-primary', id: 'verify' });
  const keep = actionButton('Make a checkpoint to keep', async () => {
    try {
      const answer = await budgetRaw(path('/checkpoints'), { method: 'POST', signal });
      const text = await answer.text();
      const { checkpoint } = JSON.parse(text);
      download(`${log.deployment ? 'deployment' : log.federation}-checkpoint-${checkpoint.sequence}.json`, new Blob([text], { type: 'application/json' }));
      toast(`The checkpoint of entry ${checkpoint.sequence} was saved as a file.`);
    } catch (error) {
      show(outcome, failure(error));
    }
  });

  async function check() {
    showFieldErrors(form, []);
    if (!(await canVerify())) {
      show(
        outcome,
        notice(
          'warning',
          'This browser cannot verify',
          h('p', {}, 'It has no Ed25519 in WebCrypto, or the page came over plain HTTP from another host. Nothing was checked. Export the log and run: octomil audit verify EXPORT --key KEY'),
        ),
      );
      return;
    }
    const input = await inputs();
    if (input === null) {
      return;
    }
    const line = h('p', {}, 'Reading the log …');
    show(outcome, line);
    try {
      const answer = await budgetRaw(path('/export?format=jsonl'), { accept: 'application/jsonl', patience: EXPORT_MS, signal });
      const result = await verify(answer.body, {
        federation: log.deployment ? '' : log.federation,
        keys: input.keys,
        known: input.known,
        progress: (entries) => {
          line.textContent = `${count(entries)} entries checked …`;
        },
      });
      show(outcome, report(result, input));
    } catch (error) {
      if (!signal.aborted) {
        show(outcome, failure(error, check));
      }
    }
  }

  async function inputs() {
    let keys;
    if (pinned.value.trim() === '') {
      try {
        const { data } = await budget('/api/v1/audit/keys', { signal });
        // The first; later ones are trusted because the one before vouches for them.
        keys = data.keys.slice(0, 1).map((key) => key.pem);
      } catch (error) {
        show(outcome, failure(error, check));
        return null;
      }
    } else {
      keys = [pinned.value];
      try {
        await readKey(pinned.value);
      } catch (error) {
        showFieldErrors(form, [{ field: 'key', message: error.message }]);
        pinned.focus();
        return null;
      }
    }
    let known = null;
    if (kept.value.trim() !== '') {
      try {
        known = JSON.parse(kept.value);
      } catch {
        showFieldErrors(form, [{ field: 'checkpoint', message: 'Must be the JSON of a checkpoint, as it was saved.' }]);
        kept.focus();
        return null;
      }
    }
    return { keys, known, pinned: pinned.value.trim() !== '' };
  }

  return {
    element: card(
      'Verify the chain',
      { note: 'Computes every hash and checks every signature here, without asking the service whether they are right.', actions: [keep, run] },
      h('details', {}, h('summary', {}, 'With a key and a checkpoint of your own'), form),
      outcome,
    ),
    reset: () => show(outcome),
  };
}

function report(result, input) {
  const figures = [
    ['Entries', count(result.entries)],
    ['Checkpoints that hold', count(result.checkpoints)],
    ['Signed by the key', result.keys.length > 0 ? h('code', {}, result.keys.join(', ')) : '–'],
  ];
  if (result.intact) {
    return h(
      'div',
      { class: 'notice notice-good', id: 'verified' },
      h('p', { class: 'notice-title' }, 'The log is intact'),
      h('p', {}, `All ${count(result.entries)} entries are in the chain, and a signature covers the last.`),
      facts(figures),
      input.pinned
        ? null
        : h('p', { class: 'muted' }, 'The key came from this service. Compare the fingerprint above with the one you got from whoever made the key: a service that lies names a key of its own.'),
    );
  }
  const { defect } = result;
  const where =
    defect.first === null
      ? null
      : defect.first === defect.last
        ? `Entry ${count(defect.first)} is not what was recorded.`
        : `Something between entry ${count(defect.first)} and entry ${count(defect.last)} is not what was recorded.`;
  return h(
    'div',
    { class: 'notice notice-error', id: 'verified' },
    h('p', { class: 'notice-title' }, 'The log is not intact'),
    where ? h('p', {}, where) : null,
    h('p', {}, `Found: ${defect.message}.`),
    facts(figures),
  );
}

// Entries

function entriesCard(log, path, signal) {
  const list = h('div', { class: 'entries' });
  const type = h('input', { type: 'text', list: 'audit-types', autocomplete: 'off', spellcheck: 'false', placeholder: 'any' });
  const from = h('input', { type: 'datetime-local' });
  const to = h('input', { type: 'datetime-local' });
  const form = h(
    'form',
    { class: 'form-row', novalidate: true },
    h('datalist', { id: 'audit-types' }, TYPES.map((each) => h('option', { value: each }))),
    field('type', 'Type', type, { hint: 'Several with commas.' }),
    field('from', 'From', from, { hint: 'Your local time.' }),
    field('to', 'Before', to, { hint: 'Your local time.' }),
    h('button', { type: 'submit', class: 'button' }, 'Filter'),
    h('button', { type: 'reset', class: 'button button-quiet' }, 'Clear'),
  );
  const query = () => {
    const parameters = new URLSearchParams();
    if (type.value.trim() !== '') {
      parameters.set('type', type.value.trim());
    }
    for (const [name, control] of [['from', from], ['to', to]]) {
      if (control.value !== '') {
        parameters.set(name, new Date(control.value).toISOString());
      }
    }
    return parameters;
  };
  const exported = (format, mime) => async () => {
    const parameters = query();
    parameters.set('format', format);
    try {
      const answer = await budgetRaw(path(`/export?${parameters}`), { accept: mime, patience: EXPORT_MS, signal });
      download(`${log.deployment ? 'deployment' : log.federation}-audit.${format}`, await answer.blob());
    } catch (error) {
      problem(error);
    }
  };
  const problem = (error) => {
    if (signal.aborted) {
      return;
    }
    const left = showFieldErrors(form, error.errors ?? []);
    if (left.length > 0 || !(error.errors?.length > 0)) {
      show(list, failure(error, reload));
    } else {
      form.querySelector('[aria-invalid="true"]').focus();
    }
  };

  async function reload() {
    showFieldErrors(form, []);
    show(list);
    await more(list, 0, true);
  }

  async function more(place, after, first) {
    const parameters = query();
    parameters.set('limit', PAGE);
    parameters.set('after', after);
    try {
      const { data } = await budget(path(`/entries?${parameters}`), { signal });
      if (first && data.entries.length === 0) {
        show(place, empty('No entries', 'None of the log matches the filter.'));
        return;
      }
      place.append(...data.entries.map(entryRow));
      if (data.next_after !== undefined) {
        const button = actionButton('Show more', async () => {
          await more(place, data.next_after, false);
          button.remove();
        });
        place.append(button);
      }
    } catch (error) {
      problem(error);
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    reload();
  });
  form.addEventListener('reset', () => setTimeout(reload));
  reload();
  return {
    element: card(
      'Entries',
      {
        wide: true,
        note: 'Oldest first. JSON Lines leave nothing out: what the filter does not show is in them as digests.',
        actions: [
          actionButton('Export JSON Lines', exported('jsonl', 'application/jsonl')),
          actionButton('Export CSV', exported('csv', 'text/csv')),
        ],
      },
      form,
      list,
    ),
    reload,
  };
}

function entryRow({ entry, hash }) {
  return h(
    'details',
    { class: 'entry' },
    h(
      'summary',
      {},
      h('span', { class: 'muted' }, count(entry.sequence)),
      h('span', {}, exactly(entry.at)),
      h('span', { class: 'entry-type' }, entry.type === 'access.refused' || entry.type.endsWith('.failed') ? badge('danger', entry.type) : entry.type),
      h('span', { class: 'muted' }, actor(entry)),
    ),
    h(
      'div',
      { class: 'region' },
      facts([
        ['Reported by', `${words(entry.service)}${entry.region ? `, ${entry.region}` : ''}, number ${count(entry.number)}`],
        ['Written to the log', exactly(entry.recorded_at)],
        ['Hash of the chain after it', h('code', {}, hash)],
      ]),
      h('pre', { tabindex: '0', 'aria-label': `Entry ${entry.sequence} as JSON` }, JSON.stringify(entry, null, 2)),
    ),
  );
}

function actor(entry) {
  return /^[0-9a-f]{8}-/.test(entry.actor) ? `key ${entry.actor.slice(0, 8)}…` : entry.actor;
}
