// Light or dark: as the system says, or as chosen here. The choice is no secret and is kept for all tabs.

import { h } from './dom.js';

const KEY = 'octomil.theme';
const listeners = new Set();

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

export function apply() {
  const chosen = stored();
  if (chosen === 'light' || chosen === 'dark') {
    document.documentElement.dataset.theme = chosen;
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);
}

function tell() {
  listeners.forEach((listener) => listener());
}

/** Calls back when colours change, until the signal. */
export function onChange(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener('abort', () => listeners.delete(listener));
}

let toggle = null;

/** The one button that switches; it says where to. */
export function button() {
  if (toggle === null) {
    toggle = h('button', { type: 'button', class: 'button button-quiet', onclick: switchOver });
    onChange(label);
    label();
  }
  return toggle;
}

function label() {
  toggle.textContent = dark() ? 'Light' : 'Dark';
  toggle.setAttribute('aria-label', dark() ? 'Use light colours' : 'Use dark colours');
}

function switchOver() {
  const next = dark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // For this page then.
  }
  tell();
}
