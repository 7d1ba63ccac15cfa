// The frame around the pages: header, navigation, login, focus.

import * as api from './api.js';
import * as session from './session.js';
import { failure, loading, toast } from './components.js';
import { h, show } from './dom.js';
import { address, current, mayLeave } from './router.js';
import * as theme from './theme.js';
import { loginPage } from './pages/login.js';
import { federationsPage } from './pages/federations.js';
import { privacyPage } from './pages/privacy.js';
import { monitoringPage } from './pages/monitoring.js';
import { auditPage } from './pages/audit.js';
import { compliancePage } from './pages/compliance.js';
import { devicesPage } from './pages/devices.js';

const PAGES = {
  federations: { title: 'Federations', render: federationsPage },
  monitoring: { title: 'Monitoring', render: monitoringPage },
  privacy: { title: 'Settings › Privacy', render: privacyPage },
  audit: { title: 'Audit', render: auditPage },
  compliance: { title: 'Compliance', render: compliancePage },
  devices: { title: 'Devices', render: devicesPage },
};

const main = document.getElementById('main');
const header = document.getElementById('header');
let leaving = null;
let shown = null;

function brand() {
  return h(
    'a',
    { class: 'brand', href: '#/', 'aria-label': 'Octomil Privacy, to the federations' },
    h('img', { src: 'icon.svg', alt: '', width: 28, height: 28 }),
    h('span', {}, 'Octomil Privacy'),
  );
}

function showHeader(route) {
  const signedIn = session.currentPrincipal() !== null;
  const federation = route?.federation;
  show(
    header,
    h(
      'div',
      { class: 'bar-top' },
      brand(),
      federation ? h('span', { class: 'crumb' }, h('span', { class: 'visually-hidden' }, 'Federation '), federation) : null,
      h('span', { class: 'spacer' }),
      theme.button(),
      signedIn
        ? h('button', { type: 'button', class: 'button button-quiet', onclick: () => session.end() }, 'Sign out')
        : null,
    ),
    signedIn ? navigation(route) : null,
  );
}

function navigation(route) {
  const link = (page, federation) =>
    h(
      'a',
      { href: address(page, federation), 'aria-current': route.page === page ? 'page' : null },
      PAGES[page].title,
    );
  return h(
    'nav',
    { 'aria-label': 'Pages' },
    link('federations'),
    route.federation
      ? ['monitoring', 'privacy', 'audit', 'compliance', 'devices'].map((page) => link(page, route.federation))
      : null,
  );
}

async function render() {
  const route = current();
  if (session.currentPrincipal() === null) {
    showLogin(null);
    return;
  }
  leaving?.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  showHeader(route);
  const page = PAGES[route.page];
  if (!page || (route.page !== 'federations' && !route.federation)) {
    document.title = 'Not found – Octomil Privacy';
    show(main, h('h1', { tabindex: '-1' }, 'There is no such page'), h('p', {}, h('a', { href: '#/' }, 'To the federations')));
  } else {
    document.title = [page.title, route.federation, 'Octomil Privacy'].filter(Boolean).join(' – ');
    const content = h('div', { class: `page page-${route.page}` });
    show(main, content);
    page.render(content, { federation: route.federation, signal });
  }
  // The first page keeps the browser's own focus; afterwards a new page is announced by its heading.
  if (shown !== null) {
    main.querySelector('h1')?.focus();
    scrollTo(0, 0);
  }
  shown = route.page;
}

function showLogin(reason) {
  leaving?.abort();
  showHeader(null);
  document.title = 'Sign in – Octomil Privacy';
  show(main, loginPage(reason, signIn));
  main.querySelector('input')?.focus();
}

/** Checks a key and begins a session with it. */
async function signIn(key) {
  const { data } = await api.budget('/api/v1/api-keys/own', { key });
  session.begin(key, data);
  shown = '';
  if (data.federation && current().page !== 'federations' && current().federation !== data.federation) {
    location.hash = '#/';
  }
  await render();
}

session.onEnd((reason) => {
  api.forgetLocations();
  showLogin(reason);
  if (reason === null) {
    toast('Signed out. The key is no longer in this tab.');
  }
});

addEventListener('hashchange', (event) => {
  if (mayLeave()) {
    render();
  } else {
    history.replaceState(null, '', new URL(event.oldURL).hash || '#/');
  }
});

document.querySelector('.skip-link').addEventListener('click', (event) => {
  event.preventDefault();
  (main.querySelector('h1') ?? main).focus();
});

async function start() {
  theme.apply();
  show(main, loading());
  try {
    await api.configure();
    const key = session.apiKey();
    if (key) {
      const { data } = await api.budget('/api/v1/api-keys/own', { key });
      session.begin(key, data);
    }
  } catch (error) {
    if (error instanceof api.Problem && error.status === 401) {
      session.end('Your API key is no longer valid. Sign in again.');
      return;
    }
    showHeader(null);
    show(main, failure(error, start));
    return;
  }
  await render();
}

start();
