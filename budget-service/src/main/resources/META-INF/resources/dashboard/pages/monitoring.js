// Monitoring: the budget and how it goes on, and the rounds as they run.

import { all, budget, federationPath, neighbour, Problem } from '../api.js';
import { axis, bars, chart, wholeNumbers } from '../charts.js';
import { badge, card, empty, failure, facts, figure, loading, notice, pageTitle, region, table } from '../components.js';
import { h, show, svg } from '../dom.js';
import { count, duration, epsilon, exactly, sentence, when, words } from '../format.js';
import { address } from '../router.js';

const RUNNING_MS = 2000;
const IDLE_MS = 10_000;
const MOST_ROUNDS = 20_000;
const MOST_BARS = 300;
const RECENT = 10;
const OVER = ['committed', 'aborted'];

const PHASES = ['reserving', 'open', 'uploading', 'signing', 'revealing', 'unmasking', 'published', 'committed'];
const PHASE_NAMES = {
  reserving: 'Reserve budget',
  open: 'Join and share',
  uploading: 'Upload',
  signing: 'Sign survivors',
  revealing: 'Reveal',
  unmasking: 'Unmask',
  published: 'Publish',
  committed: 'Commit',
};
const DROPS = [
  ['advertise', 'Advertising keys'],
  ['share', 'Sharing secrets'],
  ['upload', 'Uploading'],
  ['sign_survivors', 'Signing survivors'],
  ['reveal', 'Revealing shares'],
];
const JOB_BADGES = {
  pending: 'info', running: 'info', paused: 'warning', completed: 'good', failed: 'danger', cancelled: 'neutral',
};

export function monitoringPage(page, { federation, signal }) {
  const account = region(() => loadBudget(federation, signal), { signal, what: 'Loading the budget' });
  const rounds = new LiveRounds(federation, signal, () => account.reload(true));
  show(page, pageTitle('Monitoring', federation), account.element, rounds.element);
}

// Budget

async function loadBudget(federation, signal) {
  let account;
  try {
    account = (await budget(federationPath(federation, '/privacy/budget'), { signal })).data;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) {
      return empty(
        'No privacy configuration yet',
        'Rounds can run, and a budget can be watched, once one is in force.',
        h('a', { class: 'button button-primary', href: address('privacy', federation) }, 'Configure privacy'),
      );
    }
    throw error;
  }
  const [ledger, spikes, forecast] = await Promise.all([
    all(federationPath(federation, '/privacy/budget/rounds'), 'rounds', { most: MOST_ROUNDS, signal }),
    all(federationPath(federation, '/privacy/budget/spikes'), 'events', { most: MOST_ROUNDS, signal }),
    account.differential_privacy_enabled
      ? budget(federationPath(federation, '/privacy/budget/forecast'), { signal }).then((answer) => answer.data)
      : null,
  ]);
  return h(
    'div',
    { class: 'page' },
    budgetCard(account, ledger),
    account.differential_privacy_enabled
      ? [roundsCard(account, ledger, spikes, signal), forecastCard(account, ledger, forecast, signal)]
      : null,
    spikesCard(spikes, ledger),
  );
}

function budgetCard(account, ledger) {
  const dp = account.differential_privacy_enabled;
  const committed = ledger.filter((round) => round.state === 'committed');
  return card(
    'Budget',
    { note: `Version ${account.version}`, wide: true },
    account.budget_exhausted
      ? notice('error', 'The budget is used up', h('p', {}, 'No further round of this configuration is accepted. Raise epsilon or the noise multiplier, or open a new version.'))
      : null,
    dp
      ? h(
          'div',
          { class: 'gauge' },
          gauge(account),
          h(
            'div',
            { class: 'region' },
            h(
              'div',
              { class: 'figures' },
              figure('Left', epsilon(account.epsilon_remaining), `of epsilon ${epsilon(account.epsilon)}`),
              figure('Rounds run', count(account.rounds_completed)),
              figure('Rounds affordable', count(account.rounds_affordable), exhaustion(account, committed)),
              figure('Last round', committed.length > 0 ? epsilon(committed.at(-1).epsilon_added) : '–', 'epsilon added'),
            ),
            h(
              'ul',
              { class: 'key' },
              h('li', {}, h('span', { class: 'swatch swatch-spent' }), `spent ${epsilon(account.epsilon_spent)}`),
              h('li', {}, h('span', { class: 'swatch swatch-reserved' }), `reserved ${epsilon(account.epsilon_reserved)}`),
            ),
          ),
        )
      : notice('warning', 'Differential privacy is off', h('p', {}, `${count(account.rounds_completed)} rounds ran without a bound on what they reveal.`)),
    h(
      'details',
      {},
      h('summary', {}, 'What this guarantees'),
      h('p', {}, account.guarantee),
      facts([
        dp && ['Delta', String(account.delta)],
        dp && ['Accountant', `${sentence(account.accountant)}: ${account.accountant_reason}`],
        account.epsilon_spent_all_versions !== undefined && ['Spent by all versions', epsilon(account.epsilon_spent_all_versions)],
      ]),
    ),
  );
}

/** When the budget will be used up if rounds go on as they did lately. */
function exhaustion(account, committed) {
  if (account.rounds_affordable === undefined || account.budget_exhausted) {
    return null;
  }
  const recent = committed.slice(-RECENT);
  if (recent.length < 3) {
    return 'of the present configuration';
  }
  const pace = (new Date(recent.at(-1).resolved_at) - new Date(recent[0].resolved_at)) / (recent.length - 1);
  return pace > 0 ? `used up in about ${duration(pace * account.rounds_affordable)} at the recent pace` : null;
}

/** Half a circle of what is spent and reserved. */
function gauge(account) {
  const total = Number(account.epsilon);
  const spent = Math.min(1, account.epsilon_spent / total);
  const reserved = Math.min(1 - spent, account.epsilon_reserved / total);
  const length = Math.PI * 80;
  const arc = (kind, from, share) =>
    svg('path', {
      class: kind,
      d: 'M 20 100 A 80 80 0 0 1 180 100',
      fill: 'none',
      'stroke-width': 16,
      'stroke-dasharray': `${share * length} ${2 * length}`,
      'stroke-dashoffset': -from * length,
    });
  const percent = Math.round(100 * spent);
  return svg(
    'svg',
    {
      viewBox: '0 0 200 118',
      role: 'img',
      'aria-label': `Budget gauge: epsilon ${epsilon(account.epsilon_spent)} of ${epsilon(account.epsilon)} spent, ${percent} percent; ${epsilon(account.epsilon_reserved)} reserved`,
    },
    arc('track', 0, 1),
    arc('reserved', spent, reserved),
    arc('spent', 0, spent),
    svg('text', { class: 'gauge-value', x: 100, y: 88 }, `${percent} %`),
    svg('text', { class: 'gauge-label', x: 100, y: 108 }, 'of the budget spent'),
  );
}

function roundsCard(account, ledger, spikes, signal) {
  const committed = ledger.filter((round) => round.state === 'committed');
  if (committed.length === 0) {
    return h('div', { class: 'half' }, card('Epsilon per round', {}, empty('No round yet', 'Each round that is committed appears here with what it added.')));
  }
  const spiked = new Set(spikes.map((event) => `${event.details.round_id}/${event.details.attempt}`));
  const isSpike = (round) => spiked.has(`${round.round_id}/${round.attempt}`);
  const before = Math.max(0, committed.length - MOST_BARS);
  const shown = committed.slice(before);
  const x = shown.map((round, index) => before + index + 1);
  const usual = shown.map((round) => (isSpike(round) ? null : Number(round.epsilon_added)));
  const unusual = shown.map((round) => (isSpike(round) ? Number(round.epsilon_added) : null));
  const marked = shown.filter(isSpike).length;
  return h(
    'div',
    { class: 'half' },
    card(
      'Epsilon per round',
      { note: before === 0 ? 'What each committed round added to the spent epsilon.' : `What each of the last ${MOST_BARS} rounds added to the spent epsilon.` },
      h(
        'ul',
        { class: 'key' },
        h('li', {}, h('span', { class: 'swatch swatch-spent' }), 'round'),
        h('li', {}, h('span', { class: 'swatch swatch-spike' }), marked === 1 ? '1 spike' : `${marked} spikes`),
      ),
      chart(
        `Epsilon added by each of ${shown.length} rounds; ${marked} of them marked as spikes.`,
        (colour) => ({
          scales: {
            x: { time: false, range: [before + 0.5, before + Math.max(shown.length, 5) + 0.5] },
            y: { range: (self, least, most) => [0, (most || 1) * 1.15] },
          },
          axes: [axis(colour, { label: 'Round', values: wholeNumbers, size: 30 }), axis(colour)],
          series: [
            {},
            { label: 'Round', stroke: colour.accent, fill: colour.accent, paths: bars(), points: { show: false } },
            { label: 'Spike', stroke: colour.danger, fill: colour.danger, paths: bars(), points: { show: true, size: 9, stroke: colour.danger, fill: colour.surface, width: 2 } },
          ],
        }),
        [x, usual, unusual],
        {
          caption: 'Rounds, newest first',
          columns: [
            { label: 'Round', cell: (row) => count(row.index) },
            { label: 'Epsilon added', number: true, cell: (row) => epsilon(row.round.epsilon_added) },
            { label: 'Spent after it', number: true, cell: (row) => epsilon(row.round.epsilon_spent) },
            { label: 'Cohort', number: true, cell: (row) => count(row.round.cohort) },
            { label: 'Survivors', number: true, cell: (row) => count(row.round.survivors) },
            { label: 'Committed', cell: (row) => exactly(row.round.resolved_at) },
            { label: 'Note', cell: (row) => (isSpike(row.round) ? badge('danger', 'Spike') : '') },
          ],
          rows: shown.map((round, index) => ({ round, index: before + index + 1 })).reverse(),
        },
        signal,
      ),
    ),
  );
}

function forecastCard(account, ledger, forecast, signal) {
  const committed = ledger.filter((round) => round.state === 'committed');
  const budgetLine = Number(account.epsilon);
  const past = [[0, 0], ...committed.map((round, index) => [index + 1, Number(round.epsilon_spent)])];
  const last = committed.length;
  // Rounds that are reserved count as spent, so further ones come after them.
  const next = last + account.rounds_reserved;
  const future = forecast.points.map((point) => [next + point.rounds, Number(point.epsilon_spent)]);
  const start = past.at(-1);
  const x = [...past.map(([at]) => at), ...future.map(([at]) => at)];
  const spent = [...past.map(([, value]) => value), ...future.map(() => null)];
  const foretold = [...past.map(([at, value]) => (at === start[0] ? value : null)), ...future.map(([, value]) => value)];
  const affordable = Number(forecast.rounds_affordable);
  const sentenceOfEnd =
    affordable === 0
      ? 'Not one more round of the present configuration fits.'
      : affordable > 1000
        ? `More than 1,000 further rounds fit; the curve shows the first 1,000.`
        : `${count(affordable)} further rounds of the present configuration fit; after round ${count(next + affordable)} the budget is used up.`;
  return h(
    'div',
    { class: 'half' },
    card(
      'Forecast to exhaustion',
      { note: sentenceOfEnd },
      h(
        'ul',
        { class: 'key' },
        h('li', {}, h('span', { class: 'swatch swatch-line' }), 'spent'),
        h('li', {}, h('span', { class: 'swatch swatch-forecast' }), 'forecast'),
        h('li', {}, h('span', { class: 'swatch swatch-budget' }), 'budget'),
      ),
      chart(
        `Epsilon spent by ${last} rounds and forecast. ${sentenceOfEnd}`,
        (colour) => ({
          scales: {
            x: { time: false, range: [0, Math.max(x.at(-1), 1)] },
            y: { range: (self, least, most) => [0, Math.max(most || 0, budgetLine) * 1.1] },
          },
          axes: [axis(colour, { label: 'Rounds', values: wholeNumbers, size: 30 }), axis(colour)],
          series: [
            {},
            { label: 'Spent', stroke: colour.accent, width: 2, points: { show: last <= 40, size: 5, fill: colour.accent } },
            { label: 'Forecast', stroke: colour.muted, width: 2, dash: [5, 5], points: { show: false } },
            { label: 'Budget', stroke: colour.danger, width: 1.5, points: { show: false } },
          ],
        }),
        [x, spent, foretold, x.map(() => budgetLine)],
        {
          caption: 'Forecast',
          columns: [
            { label: 'Further rounds', cell: (row) => count(row.rounds) },
            { label: 'Spent then', number: true, cell: (row) => epsilon(row.epsilon_spent) },
            { label: 'Within the budget', cell: (row) => (row.over_budget ? badge('danger', 'no') : badge('good', 'yes')) },
          ],
          rows: forecast.points,
        },
        signal,
      ),
    ),
  );
}

function spikesCard(spikes, ledger) {
  if (spikes.length === 0) {
    return null;
  }
  const index = new Map(
    ledger.filter((round) => round.state === 'committed').map((round, at) => [`${round.round_id}/${round.attempt}`, at + 1]),
  );
  return card(
    'Rounds out of the ordinary',
    { note: 'Compared with the median of the rounds before.' },
    table(
      'Spikes, newest first',
      [
        { label: 'Round', cell: (event) => count(index.get(`${event.details.round_id}/${event.details.attempt}`)) },
        { label: 'What', cell: (event) => sentence(event.details.rule) },
        { label: 'Value', number: true, cell: (event) => epsilon(event.details.value) },
        { label: 'Usual', number: true, cell: (event) => epsilon(event.details.usual) },
        { label: 'When', cell: (event) => exactly(event.at) },
      ],
      [...spikes].reverse(),
    ),
  );
}

// Rounds

/** Asks again and again while it is looked at: often while a job runs. */
class LiveRounds {
  constructor(federation, signal, onRoundOver) {
    this.federation = federation;
    this.signal = signal;
    this.onRoundOver = onRoundOver;
    this.over = null;
    this.open = new Set();
    this.place = h('div', { class: 'region' }, loading('Loading training jobs'));
    this.spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
    this.element = card('Training and live rounds', { wide: true }, this.spoken, this.place);
    this.timer = null;
    const wake = () => {
      if (document.visibilityState === 'visible') {
        this.poll();
      }
    };
    document.addEventListener('visibilitychange', wake, { signal });
    signal.addEventListener('abort', () => clearTimeout(this.timer));
    this.poll();
  }

  async poll() {
    clearTimeout(this.timer);
    let next = IDLE_MS;
    try {
      const { data } = await neighbour('aggregator', this.federation, '/training', { signal: this.signal });
      const shown = await Promise.all(
        data.jobs.slice(0, 5).map(async (job) =>
          (await neighbour('aggregator', this.federation, `/training/${job.id}`, { signal: this.signal })).data),
      );
      if (this.signal.aborted) {
        return;
      }
      this.render(shown, data.jobs.length);
      next = shown.some((job) => ['pending', 'running'].includes(job.state)) ? RUNNING_MS : IDLE_MS;
    } catch (error) {
      if (this.signal.aborted) {
        return;
      }
      this.drawn = null;
      show(this.place, failure(error, () => this.poll()));
    }
    if (document.visibilityState === 'visible') {
      this.timer = setTimeout(() => this.poll(), next);
    }
  }

  render(jobs, total) {
    const drawn = JSON.stringify(jobs);
    if (drawn === this.drawn) {
      return;
    }
    this.drawn = drawn;
    const over = jobs.flatMap((job) => job.rounds).filter((round) => OVER.includes(round.state)).length;
    if (this.over !== null && over !== this.over) {
      this.onRoundOver();
    }
    this.over = over;
    if (jobs.length === 0) {
      show(this.place, empty('No training yet', 'Jobs are started over REST or with octomil train; their rounds appear here as they run.'));
      return;
    }
    const focused = document.activeElement?.closest?.('details[data-job]')?.dataset.job;
    show(
      this.place,
      jobs.map((job, index) => this.job(job, index === 0)),
      total > jobs.length ? h('p', { class: 'muted' }, `${count(total - jobs.length)} older jobs are not shown.`) : null,
    );
    if (focused) {
      this.place.querySelector(`details[data-job="${CSS.escape(focused)}"] > summary`)?.focus();
    }
    const active = jobs.find((job) => job.state === 'running');
    const round = active?.rounds.at(-1);
    if (round) {
      this.spoken.textContent = `Round ${round.number}: ${PHASE_NAMES[round.state] ?? words(round.state)}.`;
    }
  }

  job(job, first) {
    const live = job.rounds.filter((round) => !OVER.includes(round.state));
    const details = h(
      'details',
      { 'data-job': job.id, open: this.open.has(job.id) || (first && !this.open.has(`-${job.id}`)) },
      h('summary', {}, job.rounds.length === 1 ? '1 attempt at a round' : `${job.rounds.length} attempts at rounds`),
      h('div', { class: 'region' }, attempts(job), drops(job.rounds)),
    );
    details.addEventListener('toggle', () => {
      this.open.delete(details.open ? `-${job.id}` : job.id);
      this.open.add(details.open ? job.id : `-${job.id}`);
    });
    const title = `${job.model}, ${words(job.algorithm)}`;
    return h(
      'article',
      { class: 'job', 'aria-label': `Training of ${title}` },
      h(
        'div',
        { class: 'job-head' },
        h('h3', {}, title),
        badge(JOB_BADGES[job.state] ?? 'neutral', job.pause_requested && job.state === 'running' ? 'Pausing' : sentence(job.state)),
        h('span', { class: 'muted' }, `since ${when(job.created_at)}`),
      ),
      job.reason ? notice(job.state === 'failed' ? 'error' : 'info', null, h('p', {}, job.reason)) : null,
      h(
        'div',
        { class: 'progress-line' },
        h('span', {}, `${count(job.rounds_completed)} of ${count(job.rounds_requested)} rounds` + (job.model_version ? `, model version ${count(job.model_version)}` : '')),
        h('progress', { max: job.rounds_requested, value: job.rounds_completed, 'aria-label': `Rounds of ${title}` }),
      ),
      live.map(liveRound),
      job.rounds.length > 0 ? details : null,
    );
  }
}

function liveRound(round) {
  const at = PHASES.indexOf(round.state);
  const phases = round.secure_aggregation ? PHASES : PHASES.filter((phase) => !['signing', 'revealing'].includes(phase));
  return h(
    'div',
    { class: 'live' },
    h('p', {}, h('span', { class: 'live-dot', 'aria-hidden': 'true' }), h('strong', {}, `Round ${round.number}`), ` attempt ${round.attempt}, runs now`),
    h(
      'ol',
      { class: 'phases', 'aria-label': 'Phases' },
      phases.map((phase) =>
        h(
          'li',
          { 'data-done': PHASES.indexOf(phase) < at, 'aria-current': phase === round.state ? 'step' : null },
          PHASE_NAMES[phase],
        ),
      ),
    ),
    h(
      'div',
      { class: 'figures' },
      figure('Checked in', count(round.checked_in)),
      figure('Cohort', count(round.cohort)),
      figure('Survivors', count(round.survivors)),
      figure('Dropped out so far', count(lost(round))),
    ),
  );
}

/** Devices that vanished and are missing from the sum, as far as it is known. */
function lost(round) {
  const known = ['advertise', 'share', 'upload'].map((step) => round.dropped[step]).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function attempts(job) {
  return table(
    'Rounds, newest first',
    [
      { label: 'Round', cell: (round) => (round.attempt > 1 ? `${round.number}, attempt ${round.attempt}` : round.number) },
      { label: 'State', cell: (round) => roundState(round) },
      { label: 'Checked in', number: true, cell: (round) => count(round.checked_in) },
      { label: 'Cohort', number: true, cell: (round) => count(round.cohort) },
      { label: 'Survivors', number: true, cell: (round) => count(round.survivors) },
      { label: 'Dropped out', number: true, cell: (round) => dropText(round) },
      { label: 'Epsilon spent', number: true, cell: (round) => epsilon(round.epsilon_spent) },
      { label: 'Took', number: true, cell: (round) => h('span', { class: 'nowrap' }, took(round)) },
    ],
    [...job.rounds].reverse(),
    { rowClass: (round) => (round.state === 'aborted' ? 'row-failed' : null) },
  );
}

function took(round) {
  return OVER.includes(round.state) ? duration(new Date(round.updated_at) - new Date(round.created_at)) : '–';
}

function roundState(round) {
  if (round.state === 'aborted') {
    return [
      badge('danger', `Aborted: ${words(round.abort_reason ?? 'unknown')}`),
      round.abort_detail ? h('p', { class: 'muted' }, round.abort_detail) : null,
    ];
  }
  if (round.state === 'committed') {
    return badge('good', 'Committed');
  }
  return badge('info', PHASE_NAMES[round.state] ?? sentence(round.state));
}

function dropText(round) {
  const steps = DROPS.filter(([step]) => round.dropped[step] > 0).map(([step]) => `${round.dropped[step]} ${words(step)}`);
  return steps.length > 0 ? steps.join(', ') : '0';
}

/** Where devices of these rounds were lost, all together. */
function drops(rounds) {
  const sums = DROPS.map(([step, label]) => ({
    label,
    lost: rounds.reduce((sum, round) => sum + (round.dropped[step] ?? 0), 0),
  }));
  const most = Math.max(...sums.map((sum) => sum.lost));
  if (most === 0) {
    return h('p', { class: 'muted' }, 'No device dropped out.');
  }
  return h(
    'div',
    { class: 'region' },
    h('h4', {}, 'Drop-outs by phase'),
    h(
      'dl',
      { class: 'lost' },
      sums.map((sum) =>
        h(
          'div',
          {},
          h('dt', {}, sum.label),
          h('dd', { class: 'bar', 'aria-hidden': 'true' }, h('span', { class: 'bar-part bar-lost', style: { width: `${(100 * sum.lost) / most}%` } })),
          h('dd', {}, count(sum.lost)),
        ),
      ),
    ),
  );
}
