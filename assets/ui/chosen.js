// Choosing some of a known list: those chosen as a row of names, and a filter that finds more.

import { plain } from '../core/format.js';
import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';

const OFFERED = 8;

/** A control for `form` whose value is a list of ids; `items` are pairs of id and name. */
export function chosen({ items, redraw }) {
  const names = new Map(items);
  let q = '';

  const typed = (text) => { q = text; redraw(); };

  return ({ id, value, put, described, invalid }) => {
    const ids = value || [];
    const add = (one) => { q = ''; put([...ids, one]); };
    const wanted = plain(q.trim());
    const offered = q ? items.filter(([one, name]) => !ids.includes(one) && plain(name).includes(wanted)).slice(0, OFFERED) : [];
    // Enter takes what was found first; the form is sent by its button.
    const first = (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      if (offered[0]) add(offered[0][0]);
    };
    const name = (one) => names.get(one) ?? '–';
    return html`${ids.length ? html`<ul class="chips">${ids.map((one) => html`<li>${name(one)}
        <button type="button" aria-label=${`${t('do.remove')}: ${name(one)}`} @click=${() => put(ids.filter((it) => it !== one))}>×</button></li>`)}</ul>` : nothing}
      <input id=${id} type="search" autocomplete="off" placeholder=${t('chosen.search')} aria-describedby=${described} aria-invalid=${invalid} .value=${q}
        @input=${(event) => typed(event.target.value)} @keydown=${first}>
      ${offered.length ? html`<ul class="offers">${offered.map(([one, text]) => html`<li><button type="button" @click=${() => add(one)}>${text}</button></li>`)}</ul>` : nothing}`;
  };
}
