// What waits for a person's decision, the oldest first.

import { ago, moment } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { all } from '../core/lists.js';
import { choose } from '../ui/field.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { takeToday } from './export.js';
import { shortcuts } from './shortcuts.js';

const STATES = ['open', 'accepted', 'rejected', 'merged', 'superseded', 'closed'];

/** The open ones as last listed, so that one leads to the next. */
export const queue = { ids: [] };

export function view({ query, redraw, keep, look }) {
  const choice = { state: STATES.includes(query.get('state')) ? query.get('state') : 'open' };
  // None is chosen until somebody moves.
  const seen = { items: [], at: -1 };

  async function load({ signal }) {
    const asked = choice.state;
    const items = await all('/reviews', { query: { state: asked }, signal });
    items.sort((a, b) => a.opened_at.localeCompare(b.opened_at));
    seen.items = items;
    seen.at = Math.min(seen.at, items.length - 1);
    if (asked === 'open') queue.ids = items.map((it) => it.id);
  }

  function keys(event) {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step && seen.items.length) {
      event.preventDefault();
      seen.at = Math.max(0, Math.min(seen.items.length - 1, seen.at + step));
      redraw();
      document.querySelectorAll('.review-list a')[seen.at]?.focus();
    } else if (event.key === '?') {
      shortcuts();
    }
  }

  const change = (state) => {
    choice.state = state;
    keep({ state: state === 'open' ? '' : state });
    look();
  };

  const item = (it, index) => html`<li><a href="#/reviews/${it.id}" class="review-item" @focus=${() => { seen.at = index; }}>
    <b>${word('code', it.code)}</b>
    <span>${word('code-why', it.code)}</span>
    <time datetime=${it.opened_at} title=${moment(it.opened_at)}>${ago(it.opened_at)}</time>
    ${it.state === 'open' ? nothing : html`<span class="mark">${word('state', it.state)}</span>`}</a></li>`;

  const draw = () => html`<div class="controls">
      ${choose({ id: 'state', label: t('review.state'), value: choice.state, change, options: STATES.map((it) => [it, word('state', it)]) })}
      <button type="button" class="quiet" @click=${() => shortcuts()}>${t('keys.show')}</button>
      ${takeToday('/reviews', { state: choice.state }, `reviews-${choice.state}`)}</div>
    ${seen.items.length ? html`<ol class="review-list">${seen.items.map(item)}</ol>`
      : empty(choice.state === 'open' ? t('review.none') : t('review.none-of'))}`;
  return { title: () => t('nav.reviews'), load, draw, keys, hears: ['reviews'] };
}
