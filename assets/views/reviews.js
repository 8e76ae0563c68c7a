// What waits for a person's decision, the oldest first.

import { ago, moment } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { all, names } from '../core/lists.js';
import { choose, ofGroup } from '../ui/field.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { takeToday } from './export.js';
import { shortcuts } from './shortcuts.js';

const STATES = ['open', 'accepted', 'rejected', 'merged', 'superseded', 'closed'];

/** What a doubt can be about. */
const CODES = ['identity_conflict', 'possible_duplicate', 'overlap', 'member_covered', 'rank_changed', 'paid_on_implausible',
  'captured_after_revocation', 'original_voided', 'rate_unknown', 'rule_missing'];

/** The open ones as last listed, so that one leads to the next. */
export const queue = { ids: [] };

export function view({ query, redraw, keep, look }) {
  const choice = {
    state: STATES.includes(query.get('state')) ? query.get('state') : 'open',
    code: CODES.includes(query.get('code')) ? query.get('code') : '',
    group_id: query.get('group_id') ?? '',
  };
  // None is chosen until somebody moves.
  const seen = { items: [], groups: [], at: -1 };

  async function load({ signal }) {
    const asked = choice.state;
    const [items, groups] = await Promise.all([all('/reviews', { query: { ...choice }, signal }), names('/groups')]);
    items.sort((a, b) => a.opened_at.localeCompare(b.opened_at));
    Object.assign(seen, { items, groups });
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

  const change = (change) => {
    Object.assign(choice, change);
    keep({ ...choice, state: choice.state === 'open' ? '' : choice.state });
    look();
  };

  const item = (it, index) => html`<li><a href="#/reviews/${it.id}" class="review-item" @focus=${() => { seen.at = index; }}>
    <b>${word('code', it.code)}</b>
    <span>${word('code-why', it.code)}</span>
    <time datetime=${it.opened_at} title=${moment(it.opened_at)}>${ago(it.opened_at)}</time>
    ${it.state === 'open' ? nothing : html`<span class="mark">${word('state', it.state)}</span>`}</a></li>`;

  const draw = () => html`<div class="controls">
      ${choose({ id: 'state', label: t('review.state'), value: choice.state, change: (state) => change({ state }), options: STATES.map((it) => [it, word('state', it)]) })}
      ${choose({ id: 'code', label: t('review.code'), value: choice.code, change: (code) => change({ code }),
        options: [['', t('review.code-all')], ...CODES.map((it) => [it, word('code', it)])] })}
      ${ofGroup({ value: choice.group_id, groups: seen.groups, change: (group_id) => change({ group_id }) })}
      <button type="button" class="quiet" @click=${() => shortcuts()}>${t('keys.show')}</button>
      ${takeToday('/reviews', { ...choice }, `reviews-${choice.state}`)}</div>
    ${seen.items.length ? html`<ol class="review-list">${seen.items.map(item)}</ol>`
      : empty(choice.state === 'open' && !choice.code && !choice.group_id ? t('review.none') : t('review.none-of'))}`;
  return { title: () => t('nav.reviews'), load, draw, keys, hears: ['reviews'] };
}
