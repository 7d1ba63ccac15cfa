// Devices: how many and where, enrolment codes, revocation.

import { neighbour } from '../api.js';
import {
  actionButton, badge, bar, card, confirm, download, empty, failure, facts, field, figure, notice, pageTitle, region, showFieldErrors, table, toast,
} from '../components.js';
import { h, show } from '../dom.js';
import { count, exactly, sentence } from '../format.js';
import { may } from '../session.js';

const STATES = { enrolled: 'good', expired: 'warning', revoked: 'danger' };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function devicesPage(page, { federation, signal }) {
  const census = region(() => load(federation, signal), { signal, what: 'Counting devices' });
  show(
    page,
    pageTitle('Devices', federation),
    card('Numbers', { note: 'Which devices there are is known to the relay alone.', actions: [actionButton('Refresh', () => census.reload(true))] }, census.element),
    may('operator')
      ? [
          h('div', { class: 'half' }, enrolment(federation, signal, () => census.reload(true))),
          h('div', { class: 'half' }, revocation(federation, signal, () => census.reload(true))),
        ]
      : notice('info', null, h('p', {}, 'Your key may read. Enrolling and revoking need the scope operator.')),
  );
}

async function load(federation, signal) {
  const { data } = await neighbour('relay', federation, '/devices', { signal });
  const enrolled = data.devices.filter((each) => each.state === 'enrolled').reduce((sum, each) => sum + each.count, 0);
  const figures = h(
    'div',
    { class: 'figures' },
    figure('Enrolled', count(enrolled)),
    figure('All, with expired and revoked', count(data.total)),
    figure('Open enrolment codes', count(data.open_enrollment_codes)),
  );
  if (data.devices.length === 0) {
    return [figures, empty('No device yet', 'Make enrolment codes and give one to each device.')];
  }
  const most = Math.max(...data.devices.map((each) => each.count));
  const rows = [...data.devices].sort(
    (one, other) => (one.region ?? '').localeCompare(other.region ?? '') || one.state.localeCompare(other.state),
  );
  return [
    figures,
    table(
      'Devices by region and state',
      [
        { label: 'Region', cell: (row) => row.region ?? 'none stated' },
        { label: 'State', cell: (row) => badge(STATES[row.state] ?? 'neutral', sentence(row.state)) },
        { label: 'Devices', number: true, cell: (row) => count(row.count) },
        { label: 'Share', cell: (row) => h('div', { class: 'left' }, bar([{ share: row.count / most, kind: row.state === 'enrolled' ? 'spent' : 'reserved' }], `${row.count} of ${data.total}`)) },
      ],
      rows,
    ),
  ];
}

function enrolment(federation, signal, changed) {
  const amount = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', value: '1' });
  const hours = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off' });
  const place = h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false' });
  const outcome = h('div', { class: 'region', role: 'status' });
  const submit = h('button', { type: 'submit', class: 'button button-primary' }, 'Make codes');
  const form = h(
    'form',
    { novalidate: true },
    h(
      'div',
      { class: 'form-grid' },
      field('count', 'How many', amount, { hint: '1 to 10,000; each is good for one device, once.' }),
      field('region', 'Region', place, { hint: 'Binds the devices; needed where the federation is pinned.' }),
      field('expires_in', 'Good for hours', hours, { hint: 'Empty: as the relay is configured.' }),
    ),
    h('div', { class: 'actions' }, submit),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    showFieldErrors(form, []);
    show(outcome);
    const whole = (control) => (/^\d{1,9}$/.test(control.value.trim()) ? Number(control.value.trim()) : null);
    const wrong = [];
    if (whole(amount) === null) {
      wrong.push({ field: 'count', message: 'Must be a whole number from 1 to 10,000.' });
    }
    if (hours.value.trim() !== '' && whole(hours) === null) {
      wrong.push({ field: 'expires_in', message: 'Must be a whole number of hours.' });
    }
    if (wrong.length > 0) {
      showFieldErrors(form, wrong);
      form.querySelector('[aria-invalid="true"]').focus();
      return;
    }
    const body = { count: whole(amount) };
    if (hours.value.trim() !== '') {
      body.expires_in = whole(hours) * 3600;
    }
    if (place.value.trim() !== '') {
      body.region = place.value.trim();
    }
    submit.disabled = true;
    try {
      const { data } = await neighbour('relay', federation, '/devices/enrollment-codes', { method: 'POST', body, signal });
      show(outcome, codes(federation, data));
      changed();
    } catch (error) {
      if (showFieldErrors(form, error.errors ?? []).length > 0 || !(error.errors?.length > 0)) {
        show(outcome, failure(error));
      } else {
        form.querySelector('[aria-invalid="true"]').focus();
      }
    } finally {
      submit.disabled = false;
    }
  });
  return card('Enrol', { note: 'A code is shown this once.' }, form, outcome);
}

const SHOWN = 20;

function codes(federation, made) {
  const csv = () =>
    ['device_id,code', ...made.codes.map((each) => `${each.device_id},${each.code}`)].join('\r\n') + '\r\n';
  return h(
    'div',
    { class: 'region' },
    notice(
      'good',
      made.codes.length === 1 ? '1 code was made' : `${count(made.codes.length)} codes were made`,
      facts([
        ['Good until', exactly(made.expires_at)],
        made.region && ['Region', made.region],
      ]),
      h('p', {}, 'Keep the device identifiers: a device is revoked or erased by them.'),
      h(
        'div',
        { class: 'actions' },
        actionButton('Save as CSV', () => download(`${federation}-enrolment-codes.csv`, new Blob([csv()], { type: 'text/csv' }))),
        actionButton('Copy', async () => {
          await navigator.clipboard.writeText(csv());
          toast('The codes are in the clipboard.');
        }),
      ),
    ),
    table(
      'Codes',
      [
        { label: 'Code', cell: (row) => h('code', {}, row.code) },
        { label: 'Device', cell: (row) => h('code', {}, row.device_id) },
      ],
      made.codes.slice(0, SHOWN),
    ),
    made.codes.length > SHOWN ? h('p', { class: 'muted' }, `${count(made.codes.length - SHOWN)} more are in the CSV file.`) : null,
  );
}

function revocation(federation, signal, changed) {
  const device = h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false' });
  const outcome = h('div', { role: 'status' });
  const form = h(
    'form',
    { novalidate: true },
    field('device_id', 'Device identifier', device, { hint: 'The UUID that came with its enrolment code.' }),
    h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'button button-danger' }, 'Revoke')),
    outcome,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    showFieldErrors(form, []);
    show(outcome);
    const id = device.value.trim();
    if (!UUID.test(id)) {
      showFieldErrors(form, [{ field: 'device_id', message: 'Must be a UUID, such as 0b9f5c1e-6f0e-4d4e-9d3e-3f1f6f9b1c11.' }]);
      device.focus();
      return;
    }
    if (!(await confirm('Revoke this device?', 'It can never take part again under this identifier. This cannot be undone.', 'Revoke'))) {
      return;
    }
    try {
      await neighbour('relay', federation, `/devices/${id}`, { method: 'DELETE', signal });
      form.reset();
      show(outcome, notice('good', null, h('p', {}, 'The device is revoked.')));
      changed();
    } catch (error) {
      if (showFieldErrors(form, error.errors ?? []).length > 0 || !(error.errors?.length > 0)) {
        show(outcome, failure(error));
      }
    }
  });
  return card('Revoke', { note: 'For devices that are lost or misbehave. For a request of a data subject use Compliance › Erasures.' }, form);
}
