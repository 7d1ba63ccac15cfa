// Pages by the fragment of the address: #/federations/{name}/{page}.

const ROUTES = [
  [/^\/?$/, () => ({ page: 'federations' })],
  [/^\/federations\/([^/]+)\/([a-z]+)$/, (name, page) => ({ page, federation: decodeURIComponent(name) })],
];

/** The address of a page. */
export function address(page, federation) {
  return page === 'federations' ? '#/' : `#/federations/${encodeURIComponent(federation)}/${page}`;
}

/** What the address names; page null: nothing that there is. */
export function current() {
  const path = location.hash.replace(/^#/, '');
  for (const [pattern, route] of ROUTES) {
    const found = pattern.exec(path);
    if (found) {
      try {
        return route(...found.slice(1));
      } catch {
        return { page: null };
      }
    }
  }
  return { page: null };
}

export function go(page, federation) {
  location.hash = address(page, federation);
}

let guard = null;

/** Lets a page with unsaved input be asked before another one is shown, until its signal. */
export function guardLeaving(unsaved, signal) {
  guard = unsaved;
  signal.addEventListener('abort', () => {
    if (guard === unsaved) {
      guard = null;
    }
  });
}

/** Whether the page may be left; asks if there is unsaved input. */
export function mayLeave() {
  return !guard?.() || window.confirm('Leave this page? Changes that are not saved are lost.');
}

addEventListener('beforeunload', (event) => {
  if (guard?.()) {
    event.preventDefault();
  }
});
