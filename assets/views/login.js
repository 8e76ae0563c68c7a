// The door.

import { t } from '../core/lang.js';
import { logIn } from '../core/session.js';
import { form } from '../ui/form.js';
import { languageSwitch } from '../ui/shell.js';
import { html, nothing } from '../vendor/lit-html.js';

export function logInView({ redraw, entered, notice }) {
  const door = form({
    fields: [
      { name: 'login', label: t('login.login'), required: true, autocomplete: 'username', capitals: 'none', first: true },
      { name: 'password', label: t('login.password'), type: 'password', required: true, autocomplete: 'current-password' },
    ],
    send: ({ login, password }) => logIn(login.trim(), password),
    done: entered,
    submit: t('login.submit'),
    redraw,
  });
  const draw = () => html`<main class="door">
    <div class="door-card">
      <img src="assets/icon.svg" width="48" height="48" alt="">
      <h1>${t('name')}</h1>
      <p class="lead">${t('login.lead')}</p>
      ${notice ? html`<p class="note" role="status">${notice}</p>` : nothing}
      ${door.draw()}
      ${languageSwitch()}
    </div>
  </main>`;
  return { draw };
}
