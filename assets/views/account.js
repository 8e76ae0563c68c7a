// One's own password and sessions.

import { moment } from '../core/format.js';
import { t } from '../core/lang.js';
import { all } from '../core/lists.js';
import { call, logOut, who } from '../core/session.js';
import { confirm } from '../ui/ask.js';
import { dialog } from '../ui/dialog.js';
import { say } from '../ui/say.js';
import { html, nothing } from '../vendor/lit-html.js';
import { passwordForm } from './password.js';

export function view({ look }) {
  const seen = { sessions: [] };

  async function load({ signal }) {
    seen.sessions = await all('/sessions', { signal });
  }

  async function change() {
    let made = null;
    const done = await dialog({
      title: t('password.change'),
      draw({ close, redraw }) {
        made ??= passwordForm({ redraw, done: () => close(true), cancel: () => close() });
        return made.draw();
      },
    });
    if (!done) return;
    say(t('password.done'));
    look();
  }

  async function end(session) {
    const send = () => call('DELETE', `/sessions/${session.id}`);
    if (!(await confirm({ title: t('session.end'), text: t('session.end-text'), submit: t('session.end'), send }))) return;
    say(t('session.ended'));
    look();
  }

  const item = (it) => html`<li><span><b>${it.installation ? it.installation.label || t('phone.unnamed') : t('session.browser')}</b>
    ${it.current ? html` <span class="mark">${t('session.current')}</span>` : nothing}<br><span class="hint">${t('session.since', { time: moment(it.created_at) })}</span></span>
    ${it.current ? nothing : html`<button type="button" class="quiet" @click=${() => end(it)}>${t('session.end')}</button>`}</li>`;

  const draw = () => html`<section class="card"><h2>${who().name}</h2><div class="actions">
      <button type="button" @click=${change}>${t('password.change')}</button>
      <button type="button" @click=${() => logOut().catch(() => {})}>${t('do.log-out')}</button></div></section>
    <section class="card"><h2>${t('session.title')}</h2><ul class="sessions">${seen.sessions.map(item)}</ul></section>`;
  return { title: () => t('nav.account'), load, draw };
}
