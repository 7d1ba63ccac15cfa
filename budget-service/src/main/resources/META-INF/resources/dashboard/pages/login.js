// Sign in with an API key.

import { failure, field, notice, pageTitle, showFieldErrors } from '../components.js';
import { Problem } from '../api.js';
import { h, show } from '../dom.js';

export function loginPage(reason, signIn) {
  const key = h('input', {
    type: 'password',
    name: 'key',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    placeholder: 'edg_…',
  });
  const reveal = h('input', { type: 'checkbox' });
  reveal.addEventListener('change', () => {
    key.type = reveal.checked ? 'text' : 'password';
  });
  const outcome = h('div', { role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'button button-primary' }, 'Sign in');
  const form = h(
    'form',
    { class: 'login-form', novalidate: true },
    field('key', 'API key', key, {
      hint: 'It stays in this tab and ends with it. A key with the scope read shows, operator changes, auditor opens the audit log.',
    }),
    field('reveal', 'Show the key', reveal),
    outcome,
    submit,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    show(outcome);
    showFieldErrors(form, []);
    const value = key.value.trim();
    if (!/^edg_[A-Za-z0-9_-]{43}$/.test(value)) {
      showFieldErrors(form, [{ field: 'key', message: 'A key is edg_ and 43 letters, digits, - or _.' }]);
      key.focus();
      return;
    }
    submit.disabled = true;
    try {
      await signIn(value);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        showFieldErrors(form, [{ field: 'key', message: error.message }]);
        key.focus();
      } else {
        show(outcome, failure(error));
      }
    } finally {
      submit.disabled = false;
    }
  });
  return h(
    'div',
    { class: 'login' },
    h(
      'section',
      { class: 'card' },
      pageTitle('Sign in', 'Privacy budgets, settings and the audit log of your federations.'),
      reason ? notice('info', null, h('p', {}, reason)) : null,
      form,
    ),
  );
}
