// What pages are made of.

import { Problem, Unreachable } from './api.js';
import { h, show, uniqueId } from './dom.js';

/** A titled part of a page. `actions` stand beside the title. */
export function card(title, { actions = [], note = null, wide = false, id = null } = {}, ...children) {
  const heading = uniqueId('card');
  return h(
    'section',
    { class: wide ? 'card card-wide' : 'card', 'aria-labelledby': heading, id },
    h(
      'div',
      { class: 'card-head' },
      h('div', {}, h('h2', { id: heading }, title), note ? h('p', { class: 'muted' }, note) : null),
      actions.length > 0 ? h('div', { class: 'actions' }, actions) : null,
    ),
    children,
  );
}

/** Title of a page; the router moves the focus there. */
export function pageTitle(title, subtitle = null) {
  return h(
    'div',
    { class: 'page-title' },
    h('h1', { tabindex: '-1' }, title),
    subtitle ? h('p', { class: 'muted' }, subtitle) : null,
  );
}

export function loading(what = 'Loading') {
  return h(
    'div',
    { class: 'loading', role: 'status' },
    h('span', { class: 'visually-hidden' }, `${what} …`),
    h('span', { class: 'skeleton', 'aria-hidden': 'true' }),
    h('span', { class: 'skeleton', 'aria-hidden': 'true' }),
    h('span', { class: 'skeleton skeleton-short', 'aria-hidden': 'true' }),
  );
}

/** Nothing to show, and what to do about it. */
export function empty(title, hint, ...actions) {
  return h(
    'div',
    { class: 'empty' },
    h('p', { class: 'empty-title' }, title),
    hint ? h('p', { class: 'muted' }, hint) : null,
    actions.length > 0 ? h('div', { class: 'actions' }, actions) : null,
  );
}

/** An error, with a way to try again. */
export function failure(error, retry = null) {
  if (error.name === 'AbortError') {
    // The page was left meanwhile; nobody sees this.
    return h('div');
  }
  const unreachable = error instanceof Unreachable;
  const problem = error instanceof Problem;
  const title = unreachable
    ? `The ${error.service} cannot be reached`
    : problem
      ? error.status === 403
        ? 'Your API key may not see this'
        : error.title
      : 'Something went wrong in the dashboard';
  if (!unreachable && !problem) {
    console.error(error);
  }
  return h(
    'div',
    { class: 'notice notice-error', role: 'alert' },
    h('p', { class: 'notice-title' }, title),
    h('p', {}, error.message),
    retry ? h('button', { type: 'button', class: 'button', onclick: retry }, 'Try again') : null,
  );
}

export function notice(kind, title, ...content) {
  return h(
    'div',
    { class: `notice notice-${kind}` },
    title ? h('p', { class: 'notice-title' }, title) : null,
    content,
  );
}

/** Loads into an element: skeleton, content or error with retry. Returns the element and what reloads it. */
export function region(load, { signal, what } = {}) {
  const element = h('div', { class: 'region', 'aria-busy': 'true' });
  const reload = async (quietly = false) => {
    if (!quietly) {
      show(element, loading(what));
    }
    element.setAttribute('aria-busy', 'true');
    try {
      const content = await load();
      if (!signal?.aborted) {
        show(element, content);
      }
    } catch (error) {
      if (!signal?.aborted) {
        show(element, failure(error, () => reload()));
      }
    } finally {
      element.setAttribute('aria-busy', 'false');
    }
  };
  reload();
  return { element, reload };
}

export function badge(kind, text) {
  return h('span', { class: `badge badge-${kind}` }, text);
}

/**
 * A table that becomes a list of cards on a phone.
 *
 * @param columns `{ label, cell(row), number }`
 */
export function table(caption, columns, rows, { rowClass = () => null, captionVisible = false } = {}) {
  return h(
    'div',
    { class: 'table-frame' },
    h(
      'table',
      {},
      h('caption', { class: captionVisible ? null : 'visually-hidden' }, caption),
      h(
        'thead',
        {},
        h('tr', {}, columns.map((column) => h('th', { scope: 'col', class: column.number ? 'number' : null }, column.label))),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            { class: rowClass(row) },
            columns.map((column, index) => {
              const properties = { class: column.number ? 'number' : null, 'data-label': column.label };
              const content = h('span', { class: 'cell' }, column.cell(row));
              return index === 0 ? h('th', { scope: 'row', ...properties }, content) : h('td', properties, content);
            }),
          ),
        ),
      ),
    ),
  );
}

/** Names and values. Values may be nodes. */
export function facts(entries) {
  return h(
    'dl',
    { class: 'facts' },
    entries.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** A figure with its name, for the top of a page. */
export function figure(label, value, hint = null) {
  return h(
    'div',
    { class: 'figure' },
    h('p', { class: 'figure-label' }, label),
    h('p', { class: 'figure-value' }, value),
    hint ? h('p', { class: 'muted' }, hint) : null,
  );
}

/** A bar of parts `{ share, kind, label }`; shares of 1. */
export function bar(parts, label) {
  return h(
    'div',
    { class: 'bar', role: 'img', 'aria-label': label },
    parts.map((part) =>
      h('span', {
        class: `bar-part bar-${part.kind}`,
        style: { width: `${Math.max(0, Math.min(100, 100 * part.share))}%` },
      }),
    ),
  );
}

let toasts = null;

/** Says something in passing; read out by screen readers. */
export function toast(text) {
  toasts ??= document.getElementById('toasts');
  const message = h('p', { class: 'toast' }, text);
  toasts.append(message);
  setTimeout(() => message.remove(), 6000);
}

/** Asks before something that cannot be undone; resolves to whether it was confirmed. */
export function confirm(title, text, action) {
  return new Promise((resolve) => {
    const heading = uniqueId('dialog');
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': heading },
      h('h2', { id: heading }, title),
      h('p', {}, text),
      h(
        'div',
        { class: 'actions actions-end' },
        h('button', { type: 'button', class: 'button', onclick: () => dialog.close('no') }, 'Cancel'),
        h('button', { type: 'button', class: 'button button-danger', onclick: () => dialog.close('yes') }, action),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Hands a file to the browser's downloads. */
export function download(name, blob) {
  const link = h('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * A labelled field with a hint and a place for its error.
 *
 * @param name as problem+json names it
 */
export function field(name, label, control, { hint = null, width = null } = {}) {
  const id = control.id || uniqueId('field');
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  control.id = id;
  control.dataset.field = name;
  control.setAttribute('aria-describedby', hint ? `${hintId} ${errorId}` : errorId);
  const check = control.type === 'checkbox';
  return h(
    'div',
    { class: `field${check ? ' field-check' : ''}${width ? ` field-${width}` : ''}`, 'data-name': name },
    check
      ? h('label', { for: id }, control, h('span', {}, label))
      : [h('label', { for: id }, label), control],
    hint ? h('p', { class: 'hint', id: hintId }, hint) : null,
    h('p', { class: 'field-error', id: errorId }),
  );
}

/** Shows errors of a problem at the fields that they name; returns those that no field has. */
export function showFieldErrors(form, errors) {
  for (const place of form.querySelectorAll('.field-error')) {
    show(place);
  }
  for (const control of form.querySelectorAll('[data-field]')) {
    control.removeAttribute('aria-invalid');
  }
  const left = [];
  for (const error of errors) {
    const control = form.querySelector(`[data-field="${CSS.escape(error.field)}"]`);
    const place = control ? form.ownerDocument.getElementById(`${control.id}-error`) : null;
    if (place) {
      control.setAttribute('aria-invalid', 'true');
      show(place, error.message);
    } else {
      left.push(error);
    }
  }
  return left;
}

/** A button that is busy while its action runs and cannot be pressed twice. */
export function actionButton(label, action, { kind = '', ...properties } = {}) {
  const button = h(
    'button',
    { type: 'button', class: `button ${kind}`.trim(), ...properties },
    label,
  );
  button.addEventListener('click', async () => {
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    try {
      await action(button);
    } finally {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  });
  return button;
}
