// Somebody else set the password: its owner changes it before anything else.

import { t } from '../core/lang.js';
import { changePassword, logOut } from '../core/session.js';
import { form } from '../ui/form.js';
import { html } from '../vendor/lit-html.js';

/** The fields of a change of password, and what sends them. */
export const passwordForm = ({ redraw, done, cancel }) => form({
  fields: [
    { name: 'old_password', label: t('password.old'), type: 'password', required: true, autocomplete: 'current-password', first: true },
    { name: 'new_password', label: t('password.new'), type: 'password', required: true, autocomplete: 'new-password', hint: t('password.hint') },
  ],
  send: ({ old_password, new_password }) => changePassword(old_password, new_password),
  submit: t('password.submit'),
  done,
  cancel,
  redraw,
});

export function passwordView({ redraw, entered }) {
  const change = passwordForm({ redraw, done: entered });
  const draw = () => html`<main class="door"><div class="door-card">
    <h1>${t('password.title')}</h1>
    <p class="lead">${t('password.lead')}</p>
    ${change.draw()}
    <button type="button" class="quiet" @click=${() => logOut().catch(() => {})}>${t('do.log-out')}</button>
  </div></main>`;
  return { draw };
}
