// The API key, for this tab only: sessionStorage ends with it and is seen by no other tab.

const KEY = 'octomil.api-key';

let principal = null;
const listeners = new Set();

export function apiKey() {
  return sessionStorage.getItem(KEY);
}

/** What the key may do: `{ id, scopes, federation }`; null before login. */
export function currentPrincipal() {
  return principal;
}

export function begin(key, own) {
  sessionStorage.setItem(KEY, key);
  principal = own;
}

/** Forgets the key; `reason` is shown at the login. */
export function end(reason = null) {
  sessionStorage.removeItem(KEY);
  principal = null;
  listeners.forEach((listener) => listener(reason));
}

export function onEnd(listener) {
  listeners.add(listener);
}

/** Whether the key may do what needs this scope; the services decide, this only spares futile attempts. */
export function may(scope) {
  const granted = principal?.scopes ?? [];
  return (
    granted.includes('admin') ||
    granted.includes(scope) ||
    (scope === 'read' && (granted.includes('operator') || granted.includes('auditor')))
  );
}
