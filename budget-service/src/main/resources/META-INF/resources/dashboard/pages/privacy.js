// Settings › Privacy: the configuration as a form, and beside it what it would mean. The consequences come from the
// service's preview, which runs the code that decides on saving; nothing about privacy is calculated here.

import { budget, federationPath, Problem } from '../api.js';
import {
  actionButton, badge, card, failure, field, figure, loading, notice, pageTitle, region, showFieldErrors, table, toast,
} from '../components.js';
import { h, show } from '../dom.js';
import { count, epsilon, exactly, percent, sentence } from '../format.js';
import { typed } from '../json.js';
import { guardLeaving } from '../router.js';
import { may } from '../session.js';

const TYPING_PAUSE_MS = 300;
const DP = 'differential_privacy';
const SA = 'secure_aggregation';

/** What the form begins with where nothing is in force. */
const SUGGESTION = {
  [DP]: { enabled: true, epsilon: 4, delta: '0.00001', noise_multiplier: 4, max_grad_norm: 1 },
  [SA]: { enabled: true, min_participating_clients: 10, reconstruction_threshold: 0.6 },
};

const ADJACENCY = [['add_remove', 'A device is there or not'], ['replace_one', 'A device’s data is replaced']];
const PLACEMENT = [['server', 'The aggregator adds it'], ['distributed', 'The devices add it, a share each']];
const SAMPLING = [['none', 'No sampling'], ['poisson', 'Poisson, in secret']];
const ADVERSARY = [['semi_malicious', 'May lie about survivors'], ['semi_honest', 'Follows the protocol']];
const PROFILE = [['none', 'None'], ['hipaa', 'HIPAA'], ['gdpr', 'GDPR']];

/** `[name, label, hint, choices]`: a decimal unless there are choices. */
const FIELDS = {
  [DP]: [
    ['epsilon', 'Total epsilon', 'Budget of this version: above 0, at most 1000.'],
    ['delta', 'Delta', 'Below 1 / expected cohort, such as 0.00001.'],
    ['noise_multiplier', 'Noise multiplier', 'Noise on the sum, relative to the clipping norm.'],
    ['max_grad_norm', 'Clipping norm', 'L2 bound of each device’s update.'],
    ['adjacency', 'Neighbouring data sets', 'Replacing doubles the sensitivity.', ADJACENCY],
    ['noise_placement', 'Who adds the noise', null, PLACEMENT],
    ['sampling', 'Sampling of devices', null, SAMPLING],
    ['sampling_rate', 'Sampling rate', '0.0001 to 0.9999; only with sampling.'],
  ],
  [SA]: [
    ['min_participating_clients', 'Fewest devices', 'With fewer survivors the round aborts.'],
    ['reconstruction_threshold', 'Reconstruction threshold', 'Share of a neighbourhood that must survive.'],
    ['adversary', 'The server', null, ADVERSARY],
    ['corrupt_fraction', 'Colluding devices', 'Assumed share; empty: 0.05.'],
    ['dropout_fraction', 'Drop-outs', 'Assumed share; empty: 0.1.'],
    ['security_bits', 'Security bits', '40 to 80; empty: 40.'],
    ['correctness_bits', 'Correctness bits', '10 to 40; empty: 20.'],
  ],
};

export function privacyPage(page, { federation, signal }) {
  const place = h('div', { class: 'region' }, loading('Loading the configuration'));
  show(page, pageTitle('Privacy settings', federation), place);
  const load = async () => {
    try {
      const present = await inForce(federation, signal);
      if (!signal.aborted) {
        place.remove();
        new Settings(page, federation, signal, present);
      }
    } catch (error) {
      if (!signal.aborted) {
        show(place, failure(error, load));
      }
    }
  };
  load();
}

/** What is in force, with its entity tag; tag null: nothing is. */
async function inForce(federation, signal) {
  try {
    const { data, etag } = await budget(federationPath(federation, '/privacy'), { signal });
    return { data, etag };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) {
      return { data: null, etag: null };
    }
    throw error;
  }
}

class Settings {
  constructor(page, federation, signal, present) {
    this.federation = federation;
    this.signal = signal;
    this.controls = new Map();
    this.pending = null;
    this.timer = null;
    this.form = this.buildForm();
    this.status = h('p', { class: 'status-line', role: 'status' });
    this.outcome = h('div', { class: 'region' });
    this.spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
    this.consequences = h('div', { class: 'region' });
    // On narrow screens the consequences are far below the field that is being typed into.
    this.summary = h('p', { class: 'summary', 'aria-hidden': 'true' });
    this.version = h('div');
    this.save = actionButton('Save', () => this.store(), { kind: 'button-primary' });
    this.discard = h('button', { type: 'button', class: 'button', onclick: () => this.take(this.present) }, 'Discard changes');
    this.form.addEventListener('input', () => this.changed());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.save.disabled) {
        this.save.click();
      }
    });
    page.append(
      h(
        'div',
        { class: 'settings' },
        this.version,
        this.form,
        this.outcome,
        may('operator')
          ? h('div', { class: 'save-bar' }, this.summary, this.save, this.discard, this.status)
          : notice('info', null, h('p', {}, 'Your key may read. You can try values here; saving them needs the scope operator.')),
      ),
      h(
        'div',
        { class: 'consequences' },
        card('Consequences', { note: 'Of the values in the form, from the service that enforces them.' }, this.spoken, this.consequences),
      ),
    );
    this.history(page);
    this.take(present);
    if (may('operator')) {
      guardLeaving(() => this.unsaved(), signal);
    }
    signal.addEventListener('abort', () => clearTimeout(this.timer));
  }

  // The form

  control(name, choices, kind) {
    const control = choices
      ? h('select', {}, choices.map(([value, label]) => h('option', { value }, label)))
      : h('input', kind === 'check'
          ? { type: 'checkbox' }
          : { type: 'text', autocomplete: 'off', spellcheck: 'false', inputmode: kind === 'text' ? null : 'decimal' });
    this.controls.set(name, control);
    return control;
  }

  group(prefix, fields) {
    return fields.map(([name, label, hint, choices]) =>
      field(`${prefix}.${name}`, label, this.control(`${prefix}.${name}`, choices), { hint }),
    );
  }

  buildForm() {
    const adaptive = `${DP}.adaptive_clipping`;
    const dp = h(
      'div',
      { class: 'form-grid' },
      this.group(DP, FIELDS[DP]),
      field(`${adaptive}.enabled`, 'Adaptive clipping: the norm follows the updates', this.control(`${adaptive}.enabled`, null, 'check'), { width: 'full' }),
      field(`${adaptive}.target_quantile`, 'Wanted share of unclipped updates', this.control(`${adaptive}.target_quantile`), { hint: 'Empty: 0.5.' }),
      field(`${adaptive}.learning_rate`, 'Step of the norm', this.control(`${adaptive}.learning_rate`), { hint: 'Empty: 0.2.' }),
    );
    const round = [
      field('expected_cohort', 'Expected cohort', this.control('expected_cohort'), { hint: 'Devices a round plans for; empty: twice the fewest, at least 20.' }),
      field('quantization_bits', 'Quantisation bits', this.control('quantization_bits'), { hint: '4 to 24; empty: 16, or what fits.' }),
      field('regions', 'Regions', this.control('regions', null, 'text'), { hint: 'Separated by commas; empty: any.' }),
      field('compliance_profile', 'Compliance profile', this.control('compliance_profile', PROFILE), { hint: 'Refuses what breaks its rules.' }),
    ];
    return h(
      'form',
      { novalidate: true, 'aria-label': 'Privacy configuration' },
      card(
        'Differential privacy',
        { note: 'Bounds what published models say about any one device.' },
        field(`${DP}.enabled`, 'Add noise and keep a budget', this.control(`${DP}.enabled`, null, 'check')),
        dp,
      ),
      card(
        'Secure aggregation',
        { note: 'The aggregator learns the sum, and no device’s update.' },
        field(`${SA}.enabled`, 'Mask updates', this.control(`${SA}.enabled`, null, 'check')),
        h('div', { class: 'form-grid' }, this.group(SA, FIELDS[SA])),
      ),
      card('Rounds and rules', {}, h('div', { class: 'form-grid' }, round)),
      h('button', { type: 'submit', class: 'visually-hidden', tabindex: '-1', 'aria-hidden': 'true' }, 'Save'),
    );
  }

  /** Puts a configuration into the form. */
  take(present) {
    this.present = present;
    const source = present.data ?? SUGGESTION;
    for (const [name, control] of this.controls) {
      const value = valueAt(source, name);
      if (control.type === 'checkbox') {
        control.checked = value === true;
      } else if (control.tagName === 'SELECT') {
        control.value = value ?? control.options[0].value;
      } else {
        control.value = Array.isArray(value) ? value.join(', ') : String(value ?? '');
      }
    }
    show(this.outcome);
    show(
      this.version,
      present.data
        ? h(
            'p',
            { class: 'muted' },
            `Version ${present.data.version}, configuration ${present.data.configuration}, in force since ${exactly(present.data.changed_at)}.`,
          )
        : notice('info', 'Nothing is in force yet', h('p', {}, 'The form shows a suggestion. Saving it puts it in force and creates the federation if there is none.')),
    );
    this.saved = JSON.stringify(this.body());
    this.changed(0);
  }

  text(name) {
    return this.controls.get(name).value.trim();
  }

  /** The body of PUT; empty fields are left out and take their defaults. */
  body() {
    const body = {};
    const put = (name, value) => {
      if (value === null || value === '') {
        return;
      }
      const parts = name.split('.');
      const last = parts.pop();
      parts.reduce((object, part) => (object[part] ??= {}), body)[last] = value;
    };
    for (const [name, control] of this.controls) {
      if (control.type === 'checkbox') {
        if (!name.includes('adaptive') || control.checked) {
          put(name, control.checked);
        }
      } else if (control.disabled) {
        continue;
      } else if (control.tagName === 'SELECT') {
        put(name, control.value);
      } else if (name === 'regions') {
        put(name, this.text(name) === '' ? null : this.text(name).split(',').map((region) => region.trim()));
      } else {
        put(name, typed(control.value));
      }
    }
    return body;
  }

  /** Fields that say nothing while their mechanism is off cannot be filled in. */
  toggleFields() {
    const dp = this.controls.get(`${DP}.enabled`).checked;
    const sa = this.controls.get(`${SA}.enabled`).checked;
    const adaptive = this.controls.get(`${DP}.adaptive_clipping.enabled`);
    const poisson = this.controls.get(`${DP}.sampling`).value === 'poisson';
    adaptive.disabled = !dp;
    if (!dp) {
      adaptive.checked = false;
    }
    for (const [name, control] of this.controls) {
      if (control.type === 'checkbox') {
        continue;
      }
      if (name.startsWith(`${DP}.adaptive_clipping.`)) {
        control.disabled = !adaptive.checked;
      } else if (name === `${DP}.sampling_rate`) {
        control.disabled = !dp || !poisson;
      } else if (name.startsWith(`${DP}.`) && !name.endsWith('max_grad_norm')) {
        control.disabled = !dp;
      } else if (name.startsWith(`${SA}.`)) {
        control.disabled = !sa;
      }
      control.closest('.field').hidden = control.disabled;
    }
    adaptive.closest('.field').hidden = adaptive.disabled;
  }

  unsaved() {
    return JSON.stringify(this.body()) !== this.saved;
  }

  changed(pause = TYPING_PAUSE_MS) {
    this.toggleFields();
    const unsaved = this.unsaved();
    this.discard.disabled = !unsaved;
    this.status.textContent = unsaved ? 'Not saved yet.' : '';
    this.consequences.firstElementChild?.classList.add('stale');
    this.pending?.abort();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.preview(), pause);
  }

  // The consequences

  async preview() {
    const pending = new AbortController();
    this.pending = pending;
    if (this.consequences.childElementCount === 0) {
      show(this.consequences, loading('Calculating'));
    }
    try {
      const { data } = await budget(federationPath(this.federation, '/privacy/preview'), {
        method: 'POST',
        body: this.body(),
        signal: AbortSignal.any([pending.signal, this.signal]),
      });
      showFieldErrors(this.form, []);
      this.showMeaning(data.meaning);
    } catch (error) {
      if (!pending.signal.aborted && !this.signal.aborted) {
        this.showRefusal(error);
      }
    }
  }

  showMeaning(meaning) {
    const before = this.present.data?.meaning;
    const dp = meaning.epsilon_per_round !== undefined;
    const sa = meaning.neighbour_degree !== undefined;
    const now = (member, format) =>
      before && before[member] !== undefined && format(before[member]) !== format(meaning[member])
        ? `in force: ${format(before[member])}`
        : null;
    show(
      this.consequences,
      h(
        'div',
        { class: 'region', id: 'meaning' },
        h(
          'div',
          { class: 'figures' },
          figure('Epsilon per round', dp ? epsilon(meaning.epsilon_per_round) : 'no bound', now('epsilon_per_round', epsilon)),
          figure('Rounds affordable', dp ? count(meaning.rounds_affordable) : 'no limit', now('rounds_affordable', count)),
          figure('Abort probability', sa ? percent(meaning.abort_probability) : '–', now('abort_probability', percent)),
          figure('Neighbours per device', sa ? count(meaning.neighbour_degree) : '–', sa ? `${count(meaning.threshold)} rebuild a secret` : null),
        ),
        h(
          'p',
          { class: 'muted' },
          [
            sa ? `The graph withstands ${percent(meaning.planned_dropout_fraction)} drop-outs. ` : '',
            `${count(meaning.ring_bits)} bits for each coordinate of an upload.`,
          ],
        ),
        meaning.accountant
          ? h('p', { class: 'muted' }, `Accountant: ${sentence(meaning.accountant)}. `, meaning.accountant_reason)
          : null,
        this.warnings(meaning.warnings),
      ),
    );
    this.summary.textContent = [
      dp ? `ε ${epsilon(meaning.epsilon_per_round)} a round, ${count(meaning.rounds_affordable)} rounds` : 'no bound',
      sa ? `${percent(meaning.abort_probability)} abort` : null,
      meaning.warnings.length > 0 ? `${meaning.warnings.length} ⚠` : null,
    ].filter(Boolean).join(' · ');
    this.spoken.textContent =
      `${dp ? `Epsilon per round ${epsilon(meaning.epsilon_per_round)}, ${count(meaning.rounds_affordable)} rounds affordable` : 'No differential privacy'}` +
      `${sa ? `, abort probability ${percent(meaning.abort_probability)}` : ', no secure aggregation'}` +
      `, ${meaning.warnings.length === 1 ? '1 warning' : `${meaning.warnings.length} warnings`}.`;
  }

  warnings(warnings) {
    if (warnings.length === 0) {
      return h('p', {}, badge('good', 'No warnings'));
    }
    return [
      h('h3', {}, warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`),
      h(
        'ul',
        { class: 'warnings' },
        warnings.map((warning) =>
          h('li', {}, h('p', {}, warning.message), h('p', { class: 'field-name' }, this.labelOf(warning.field))),
        ),
      ),
    ];
  }

  labelOf(name) {
    const control = this.controls.get(name);
    return control ? this.form.querySelector(`label[for="${control.id}"]`).textContent : name;
  }

  showRefusal(error) {
    if (!(error instanceof Problem) || error.status >= 500) {
      show(this.consequences, failure(error, () => this.preview()));
      return;
    }
    this.summary.textContent = 'would be refused';
    const left = showFieldErrors(this.form, error.errors);
    const reasons = left.length > 0 || error.errors.length === 0;
    show(
      this.consequences,
      notice(
        'error',
        'These values would be refused',
        error.errors.length > 0
          ? h('ul', {}, error.errors.map((each) => h('li', {}, `${this.labelOf(each.field)}: ${each.message}`)))
          : h('p', {}, error.message),
      ),
    );
    this.spoken.textContent = reasons ? error.message : `Would be refused: ${error.errors.length} fields. ${error.message}`;
  }

  // Saving

  async store() {
    show(this.outcome);
    const condition = this.present.etag ? { 'If-Match': this.present.etag } : { 'If-None-Match': '*' };
    try {
      const { data, etag } = await budget(federationPath(this.federation, '/privacy'), {
        method: 'PUT',
        headers: condition,
        body: this.body(),
        signal: this.signal,
      });
      this.take({ data, etag });
      this.refreshHistory();
      toast(`Saved: configuration ${data.configuration} of version ${data.version} is in force.`);
    } catch (error) {
      if (this.signal.aborted) {
        return;
      }
      if (error instanceof Problem && error.status === 412) {
        await this.conflict();
        return;
      }
      if (error instanceof Problem) {
        showFieldErrors(this.form, error.errors);
        this.form.querySelector('[aria-invalid="true"]')?.focus();
      }
      show(this.outcome, failure(error));
    }
  }

  /** Somebody else was faster: shows what differs and lets the person decide. */
  async conflict() {
    let theirs;
    try {
      theirs = await inForce(this.federation, this.signal);
    } catch (error) {
      show(this.outcome, failure(error));
      return;
    }
    const mine = new Map([...this.controls].map(([name, control]) => [name, reading(control)]));
    const differing = [...this.controls.keys()].filter((name) => {
      const value = valueAt(theirs.data, name);
      const text = Array.isArray(value) ? value.join(', ') : String(value ?? '');
      return mine.get(name) !== text && !(mine.get(name) === 'false' && text === '');
    });
    const decide = h(
      'div',
      { class: 'notice notice-warning', role: 'alert', tabindex: '-1' },
      h('p', { class: 'notice-title' }, 'The configuration was changed in the meantime'),
      h('p', {}, `Configuration ${theirs.data.configuration} came into force on ${exactly(theirs.data.changed_at)}, after you opened this page. Nothing of yours was saved.`),
      differing.length > 0
        ? table(
            'What differs',
            [
              { label: 'Field', cell: (name) => this.labelOf(name) },
              { label: 'In force now', cell: (name) => String(valueAt(theirs.data, name) ?? 'not set') },
              { label: 'Yours', cell: (name) => mine.get(name) || 'not set' },
            ],
            differing,
          )
        : null,
      h(
        'div',
        { class: 'actions' },
        actionButton('Take what is in force', () => this.take(theirs)),
        actionButton('Keep mine and compare with the new one', () => {
          this.present = theirs;
          show(this.outcome, notice('info', null, h('p', {}, 'Your values are still in the form. Save puts them in force over the new configuration.')));
          this.changed(0);
          this.save.focus();
        }),
      ),
    );
    show(this.outcome, decide);
    decide.focus();
  }

  async configurations() {
    const { data } = await budget(federationPath(this.federation, '/privacy/history'), { signal: this.signal });
    return table(
      'Configurations, newest first',
      [
        { label: 'Configuration', cell: (row) => `${row.version}.${row.configuration}` },
        { label: 'In force since', cell: (row) => exactly(row.changed_at) },
        { label: 'By key', cell: (row) => h('code', {}, row.changed_by.slice(0, 8)) },
        { label: 'Epsilon', number: true, cell: (row) => (row.privacy[DP].enabled ? epsilon(row.privacy[DP].epsilon) : 'off') },
        { label: 'Noise multiplier', number: true, cell: (row) => (row.privacy[DP].enabled ? epsilon(row.privacy[DP].noise_multiplier) : '–') },
        { label: 'Fewest devices', number: true, cell: (row) => (row.privacy[SA].enabled ? count(row.privacy[SA].min_participating_clients) : 'off') },
      ],
      [...data.configurations].reverse(),
    );
  }

  history(page) {
    const place = h('div', { class: 'region' });
    const load = () => show(place, region(() => this.configurations(), { signal: this.signal }).element);
    const details = h('details', {}, h('summary', {}, 'Show every configuration that was in force'), place);
    details.addEventListener('toggle', () => details.open && load());
    this.refreshHistory = () => details.open && load();
    page.append(card('History', {}, details));
  }
}

/** A value by its dotted name. */
function valueAt(configuration, name) {
  return name.split('.').reduce((object, part) => object?.[part], configuration);
}

function reading(control) {
  return control.type === 'checkbox' ? String(control.checked) : control.value.trim();
}
