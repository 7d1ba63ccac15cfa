// Compliance: the report on the profile, DPIA bundles, erasures.

import { budget, budgetRaw, federationPath, neighbour, neighbourRaw, Problem } from '../api.js';
import {
  actionButton, badge, card, confirm, download, empty, failure, field, notice, pageTitle, region, showFieldErrors, table, toast,
} from '../components.js';
import { h, show } from '../dom.js';
import { bytes, count, exactly } from '../format.js';
import { address } from '../router.js';
import { may } from '../session.js';

const PROFILES = { none: 'no profile', hipaa: 'HIPAA', gdpr: 'GDPR' };

export function compliancePage(page, { federation, signal }) {
  const report = region(() => loadReport(federation, signal), { signal, what: 'Loading the report' });
  show(page, pageTitle('Compliance', federation), report.element, bundles(federation, signal, () => report.reload(true)), erasures(federation, signal));
}

// Report

async function loadReport(federation, signal) {
  let data;
  try {
    ({ data } = await budget(federationPath(federation, '/compliance'), { signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) {
      return empty(
        'No privacy configuration yet',
        'There is a report once one is in force.',
        h('a', { class: 'button button-primary', href: address('privacy', federation) }, 'Configure privacy'),
      );
    }
    throw error;
  }
  const applying = data.findings.filter((finding) => finding.applies);
  const others = data.findings.filter((finding) => !finding.applies);
  return card(
    'Profile report',
    {
      note: `Profile: ${PROFILES[data.profile] ?? data.profile}`,
      actions: [data.complies ? badge('good', 'Every clause that applies holds') : badge('danger', 'Some clauses do not hold')],
    },
    clauses(applying, true),
    others.length > 0
      ? h('details', {}, h('summary', {}, `${count(others.length)} clauses of other profiles, for comparison`), clauses(others, false))
      : null,
  );
}

function clauses(findings, applies) {
  return h(
    'ul',
    { class: 'clauses' },
    findings.map((finding) =>
      h(
        'li',
        {},
        finding.holds ? badge('good', 'Holds') : badge(applies ? 'danger' : 'neutral', 'Does not'),
        h(
          'div',
          {},
          h('p', {}, h('strong', {}, finding.requirement)),
          h('p', {}, finding.evidence),
          h('p', { class: 'muted' }, h('code', {}, finding.clause), ` · ${finding.reference}`),
        ),
      ),
    ),
  );
}

// DPIA bundles

function bundles(federation, signal, changed) {
  const list = region(async () => {
    const { data } = await budget(federationPath(federation, '/dpia-bundles'), { signal });
    if (data.bundles.length === 0) {
      return empty('No bundle yet', 'A bundle is what a data protection impact assessment of this version needs, as a ZIP archive.');
    }
    return table(
      'DPIA bundles, newest first',
      [
        { label: 'Made', cell: (row) => exactly(row.created_at) },
        { label: 'Version', number: true, cell: (row) => `${row.version}.${row.configuration}` },
        { label: 'Size', number: true, cell: (row) => bytes(row.bytes) },
        { label: 'SHA-256', cell: (row) => h('code', {}, `${row.sha256.slice(0, 16)}…`) },
        {
          label: 'Archive',
          cell: (row) =>
            actionButton('Download', async () => {
              try {
                const answer = await budgetRaw(federationPath(federation, `/dpia-bundles/${row.id}`), { accept: 'application/zip', signal });
                download(`${federation}-dpia-${row.id}.zip`, await answer.blob());
              } catch (error) {
                toast(error.message);
              }
            }, { 'aria-label': `Download the bundle of ${exactly(row.created_at)}` }),
        },
      ],
      data.bundles,
    );
  }, { signal });
  const outcome = h('div');
  const make = actionButton('Make a bundle', async () => {
    show(outcome);
    try {
      await budget(federationPath(federation, '/dpia-bundles'), { method: 'POST', signal });
      toast('The bundle was made and kept.');
      await list.reload(true);
      changed();
    } catch (error) {
      show(outcome, failure(error));
    }
  });
  return card(
    'DPIA bundles',
    { note: 'Configuration, guarantee, rounds, regions, retention, changes and this report, with a signed checkpoint.', actions: may('operator') ? [make] : [] },
    outcome,
    list.element,
  );
}

// Erasures

function erasures(federation, signal) {
  const list = region(async () => {
    const { data } = await neighbour('aggregator', federation, '/erasures', { signal });
    if (data.erasures.length === 0) {
      return empty('No erasure', 'Requests of data subjects appear here with the rounds that the device took part in.');
    }
    return table(
      'Erasures, newest first',
      [
        { label: 'Requested', cell: (row) => exactly(row.requested_at) },
        { label: 'Pseudonym', cell: (row) => h('code', {}, `${row.pseudonym.slice(0, 12)}…`) },
        { label: 'Reason', cell: (row) => row.reason },
        { label: 'Rounds', number: true, cell: (row) => count(row.rounds.length) },
        { label: 'Models', cell: (row) => rebuilds(row) },
        {
          label: 'Report',
          cell: (row) =>
            actionButton('Download', async () => {
              try {
                const answer = await neighbourRaw('aggregator', federation, `/erasures/${row.id}/report`, { accept: 'text/html', signal });
                download(`${federation}-erasure-${row.id}.html`, await answer.blob());
              } catch (error) {
                toast(error.message);
              }
            }, { 'aria-label': `Download the report of ${exactly(row.requested_at)}` }),
        },
      ],
      data.erasures,
    );
  }, { signal });
  return card(
    'Erasures',
    { note: 'A device is kept out of all rounds to come; what was published already stays, and the budget is not refunded.' },
    may('operator') ? h('details', {}, h('summary', {}, 'Erase a device'), request(federation, signal, list)) : null,
    list.element,
  );
}

function rebuilds(erasure) {
  if (erasure.rebuilds.length === 0) {
    return 'not rebuilt';
  }
  return erasure.rebuilds
    .map((each) => (each.problem ? `${each.model}: ${each.problem}` : `${each.model}: version ${each.version}`))
    .join(', ');
}

function request(federation, signal, list) {
  const device = h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false' });
  const reason = h('input', { type: 'text', autocomplete: 'off', maxlength: 500 });
  const selective = h('input', { type: 'checkbox' });
  const outcome = h('div');
  const form = h(
    'form',
    { novalidate: true },
    h(
      'div',
      { class: 'form-grid' },
      field('device', 'Device', device, { hint: 'Its identifier (UUID) or a pseudonym (32 hexadecimal digits).' }),
      field('reason', 'Reason, for the record', reason, { hint: 'Without names: it stays in the audit log.' }),
      field('selective_exclusion', 'Rebuild models without its rounds', selective, { width: 'full' }),
    ),
    outcome,
    h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'button button-danger' }, 'Erase')),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    show(outcome);
    showFieldErrors(form, []);
    if (device.value.trim() === '') {
      showFieldErrors(form, [{ field: 'device', message: 'Is required.' }]);
      device.focus();
      return;
    }
    if (!(await confirm('Erase this device?', 'It can never take part again. This cannot be undone.', 'Erase'))) {
      return;
    }
    try {
      const { data } = await neighbour('aggregator', federation, '/erasures', {
        method: 'POST',
        body: { device: device.value.trim(), reason: reason.value.trim(), selective_exclusion: selective.checked },
        signal,
      });
      form.reset();
      show(outcome, notice('good', 'The device is excluded', h('p', {}, `It took part in ${count(data.rounds.length)} rounds.`)));
      await list.reload(true);
    } catch (error) {
      if (showFieldErrors(form, error.errors ?? []).length > 0 || !(error.errors?.length > 0)) {
        show(outcome, failure(error));
      } else {
        form.querySelector('[aria-invalid="true"]').focus();
      }
    }
  });
  return form;
}
