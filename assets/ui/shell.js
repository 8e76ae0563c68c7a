// What stands around every view: the menu, who is logged in, the language, and whether news arrive.

import { language, speak, t, word } from '../core/lang.js';
import { logOut } from '../core/session.js';
import { html, nothing } from '../vendor/lit-html.js';
import { said } from './say.js';

let open = false;

addEventListener('hashchange', () => { open = false; });

export function shell({ user, menu, here, live, body, redraw }) {
  const section = (name) => {
    const entries = menu.filter((it) => it.menu === name);
    return entries.length === 0 ? nothing : html`<li class="menu-part"><h2>${t(`menu.${name}`)}</h2><ul>${entries.map((it) => html`
      <li><a href="#/${it.path}" aria-current=${here?.path.split('/:')[0] === it.path ? 'page' : nothing}>${t(it.name)}</a></li>`)}</ul></li>`;
  };
  const toggle = () => { open = !open; redraw(); };
  return html`
    <a class="skip" href="#content" @click=${skip}>${t('skip')}</a>
    <div class="shell">
      <div class="side">
        <header class="top">
          <a class="brand" href="#/today"><img src="assets/icon.svg" width="28" height="28" alt=""><span>${t('name')}</span></a>
          <button type="button" class="menu-button" aria-expanded=${open} aria-controls="menu" @click=${toggle}>${t('menu')}</button>
        </header>
        <nav id="menu" class=${open ? 'menu open' : 'menu'} aria-label=${t('menu')}>
          <ul>${['look', 'do', 'set'].map(section)}</ul>
          <div class="me">
            <a href="#/account" aria-current=${here?.path === 'account' ? 'page' : nothing}><strong>${user.name}</strong><span>${word('role', user.role)}</span></a>
            <div class="me-row">${languageSwitch()}<button type="button" class="quiet" @click=${() => logOut().catch(() => {})}>${t('do.log-out')}</button></div>
            <p class="live live-${live}">${t(`live.${live}`)}</p>
          </div>
        </nav>
      </div>
      <main id="content" tabindex="-1">${body}</main>
      ${said()}
    </div>`;
}

function skip(event) {
  // The address belongs to the views.
  event.preventDefault();
  document.getElementById('content').focus();
}

export function languageSwitch() {
  const other = language() === 'vi' ? 'en' : 'vi';
  return html`<button type="button" class="quiet" lang=${other} @click=${() => speak(other)}>${other === 'vi' ? 'Tiếng Việt' : 'English'}</button>`;
}
