// All federations: state and what is left of the budget.

import { budget, federationPath, Problem } from '../api.js';
import { actionButton, badge, bar, empty, field, pageTitle, region, showFieldErrors, table, card } from '../components.js';
import { h, show } from '../dom.js';
import { count, epsilon, when } from '../format.js';
import { address, go } from '../router.js';
import { currentPrincipal, may } from '../session.js';

const AT_ONCE = 6;
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function federationsPage(page, { signal }) {
  const list = region(() => load(signal), { signal, what: 'Loading the federations' });
  const bound = currentPrincipal().federation;
  show(
    page,
    pageTitle('Federations', bound ? `Your key is good for ${bound} only.` : 'Every federation of this installation.'),
    card('Overview', { actions: [actionButton('Refresh', () => list.reload(true))], wide: true }, list.element),
    may('operator') && !bound ? creation() : null,
  );
}

async function load(signal) {
  const bound = currentPrincipal().federation;
  const federations = bound
    ? [(await budget(federationPath(bound), { signal })).data]
    : (await budget('/api/v1/federations', { signal })).data.federations;
  if (federations.length === 0) {
    return empty('No federation yet', may('operator') ? 'Name one below and give it a privacy configuration.' : 'An operator can create one.');
  }
  const budgets = await budgetsOf(federations, signal);
  return table(
    'Federations',
    [
      { label: 'Federation', cell: (row) => h('a', { href: address(row.configured ? 'monitoring' : 'privacy', row.name) }, row.name) },
      { label: 'State', cell: (row) => state(row, budgets.get(row.name)) },
      { label: 'Budget left', cell: (row) => left(budgets.get(row.name)) },
      { label: 'Rounds run', number: true, cell: (row) => count(budgets.get(row.name)?.rounds_completed) },
      { label: 'Rounds affordable', number: true, cell: (row) => affordable(budgets.get(row.name)) },
      { label: 'Version', number: true, cell: (row) => count(row.version) },
      { label: 'Created', cell: (row) => when(row.created_at) },
    ],
    federations,
  );
}

/** A few at a time: a list of hundreds must not become hundreds of calls at once. */
async function budgetsOf(federations, signal) {
  const budgets = new Map();
  const waiting = federations.filter((federation) => federation.configured);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        budgets.set(next.name, (await budget(federationPath(next.name, '/privacy/budget'), { signal })).data);
      } catch (error) {
        if (!(error instanceof Problem)) {
          throw error;
        }
        budgets.set(next.name, { error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return budgets;
}

function state(federation, account) {
  if (!federation.configured) {
    return badge('neutral', 'Not configured');
  }
  if (account?.error) {
    return badge('warning', account.error.is('region-refused') ? 'Another region' : 'Unknown');
  }
  if (!account.differential_privacy_enabled) {
    return badge('warning', 'No differential privacy');
  }
  return account.budget_exhausted ? badge('danger', 'Budget used up') : badge('good', 'Ready');
}

function affordable(account) {
  return account && !account.error && account.rounds_affordable !== undefined
    ? count(account.rounds_affordable)
    : '–';
}

function left(account) {
  if (!account || account.error) {
    return '–';
  }
  if (!account.differential_privacy_enabled) {
    return 'no limit';
  }
  const total = Number(account.epsilon);
  const text = `${epsilon(account.epsilon_remaining)} of ${epsilon(account.epsilon)}`;
  return h(
    'div',
    { class: 'left' },
    h('span', {}, text),
    bar(
      [
        { share: account.epsilon_spent / total, kind: 'spent' },
        { share: account.epsilon_reserved / total, kind: 'reserved' },
      ],
      `epsilon ${epsilon(account.epsilon_spent)} of ${epsilon(account.epsilon)} spent`,
    ),
  );
}

function creation() {
  const name = h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'health-risk-model' });
  const form = h(
    'form',
    { class: 'form-row', novalidate: true },
    field('name', 'Name', name, { hint: 'Lower-case letters, digits and -, at most 63.' }),
    h('button', { type: 'submit', class: 'button button-primary' }, 'Configure'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!NAME.test(name.value.trim())) {
      showFieldErrors(form, [{ field: 'name', message: 'Must be lower-case letters, digits and -, at most 63, with no - at either end.' }]);
      name.focus();
      return;
    }
    go('privacy', name.value.trim());
  });
  return card('New federation', { note: 'It comes into being when its privacy configuration is saved.' }, form);
}
