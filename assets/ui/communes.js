// Choosing communes: those chosen as a row of names, and a search that finds more.

import { areaName, search } from '../core/areas.js';
import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';

const PAUSE_MS = 250;

/** A control for `form`; with `one`, a single code instead of a list. */
export function communes({ redraw, one = false }) {
  const state = { q: '', found: [], timer: null, asked: 0 };

  function typed(q) {
    state.q = q;
    clearTimeout(state.timer);
    state.timer = setTimeout(async () => {
      const asked = (state.asked += 1);
      const found = q.trim().length > 1 ? await search(q.trim()).catch(() => []) : [];
      // An answer that was overtaken says nothing.
      if (asked === state.asked) state.found = found;
      redraw();
    }, PAUSE_MS);
  }

  return ({ id, value, put, described, invalid }) => {
    const chosen = one ? [value].filter(Boolean) : value || [];
    const add = (code) => {
      Object.assign(state, { q: '', found: [] });
      put(one ? code : [...chosen, code]);
    };
    const remove = (code) => put(one ? '' : chosen.filter((it) => it !== code));
    const offered = state.found.filter((it) => !chosen.includes(it.code));
    const offer = (it) => html`<li><button type="button" @click=${() => add(it.code)}>${it.name} <span class="hint">${it.code}</span></button></li>`;
    // Enter takes what was found first; the form is sent by its button.
    const first = (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      if (offered[0]) add(offered[0].code);
    };
    return html`${chosen.length ? html`<ul class="chips">${chosen.map((code) => html`<li>${areaName(code)}
        <button type="button" aria-label=${`${t('do.remove')}: ${areaName(code)}`} @click=${() => remove(code)}>×</button></li>`)}</ul>` : nothing}
      <input id=${id} type="search" autocomplete="off" placeholder=${t('commune.search')} aria-describedby=${described} aria-invalid=${invalid} .value=${state.q}
        @input=${(event) => typed(event.target.value)} @keydown=${first}>
      ${offered.length ? html`<ul class="offers">${offered.map(offer)}</ul>` : nothing}
      <span class="unseen" role="status">${state.q ? t('commune.found', { count: offered.length }) : ''}</span>`;
  };
}
