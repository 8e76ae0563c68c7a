// The phones: what they still hold, since when, and taking one out of use.

import { ago, moment, number, plain } from '../core/format.js';
import { t } from '../core/lang.js';
import { all, names } from '../core/lists.js';
import { post } from '../core/edit.js';
import { may } from '../core/session.js';
import { fill } from '../ui/ask.js';
import { choose, ofGroup, search } from '../ui/field.js';
import { say } from '../ui/say.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { takeToday } from './export.js';

const SHOWS = {
  all: () => true,
  pending: (it) => it.pending_total > 0,
  missing: (it) => it.missing_seq.length > 0,
  revoked: (it) => Boolean(it.revoked_mode),
  silent: () => true,
  behind: () => true,
};
/** What the server picks out. */
const ASKED = ['silent', 'behind'];
/** How many numbers that never came are spelled out. */
const SPELLED = 4;

/** `[[3, 5], [9, 9]]` as 3–5, 9. */
function spans(missing) {
  const words = missing.slice(0, SPELLED).map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(', ');
  return missing.length > SPELLED ? `${words} …` : words;
}

export function view({ query, redraw, keep, look }) {
  const choice = { show: query.get('show') in SHOWS ? query.get('show') : 'all', group_id: query.get('group_id') ?? '', q: '' };
  const seen = { rows: [], groups: [], shown: [] };
  const mayRevoke = may('leader', 'supervisor', 'admin');

  const grid = table({
    label: t('nav.installations'),
    columns: [
      { key: 'label', label: t('phone.label'), value: (row) => row.label, cell: (row) => row.label || t('phone.unnamed') },
      { key: 'pending', label: t('phone.pending'), value: (row) => row.pending_total, cell: (row) => number(row.pending_total), numeric: true, down: true },
      { key: 'oldest', label: t('phone.oldest'), value: (row) => row.oldest_pending_at, cell: (row) => since(row.oldest_pending_at) },
      { key: 'seen', label: t('phone.seen'), value: (row) => row.last_seen_at, cell: (row) => since(row.last_seen_at) },
      { key: 'missing', label: t('phone.missing'), value: (row) => row.missing_seq.length, cell: (row) => missing(row), down: true },
      { key: 'agent', label: t('phone.agent'), value: (row) => row.agent },
      { key: 'group', label: t('drive.group'), value: (row) => row.group },
      { key: 'version', label: t('phone.version'), value: (row) => row.app_version, cell: (row) => row.app_version ?? '–' },
      { key: 'state', label: t('phone.state'), value: (row) => row.revoked_mode ?? '', cell: state },
      ...(mayRevoke ? [{ key: 'do', label: '', cell: (row) => (row.revoked_mode === 'block' ? nothing
        : html`<button type="button" class="quiet" aria-label=${`${t('phone.revoke')}: ${row.label}`} @click=${() => revoke(row)}>${t('phone.revoke')}</button>`) }] : []),
    ],
    sort: 'pending',
    down: true,
    redraw,
  });

  const since = (at) => (at ? html`<time datetime=${at} title=${moment(at)}>${ago(at)}</time>` : '–');

  const missing = (row) => (row.missing_seq.length ? html`<span class="mark mark-behind">${spans(row.missing_seq)}</span>` : '–');

  function state(row) {
    return row.revoked_mode ? html`<span class="mark mark-behind" title=${moment(row.revoked_at)}>${t(`phone.${row.revoked_mode}`)}</span>` : t('phone.in-use');
  }

  const asked = () => ({ state: ASKED.includes(choice.show) ? choice.show : '', group_id: choice.group_id });

  async function load({ signal }) {
    const [phones, users, groups] = await Promise.all([
      all('/installations', { query: asked(), signal }), names('/users'), names('/groups'),
    ]);
    seen.groups = groups;
    join(phones, users, groups);
  }

  const change = (change) => {
    Object.assign(choice, change);
    keep({ show: choice.show === 'all' ? '' : choice.show, group_id: choice.group_id });
    look();
  };

  function join(phones, users, groups) {
    const user = new Map(users.map((it) => [it.id, it]));
    const group = new Map(groups.map((it) => [it.id, it.name]));
    seen.rows = phones.map((it) => {
      const owner = user.get(it.user_id);
      const row = { ...it, agent: owner?.name ?? '', group: group.get(owner?.group_id) ?? '' };
      return { ...row, found: plain(`${row.label} ${row.agent} ${row.group}`) };
    });
    filter();
  }

  function filter() {
    const wanted = plain(choice.q.trim());
    seen.shown = seen.rows.filter((it) => SHOWS[choice.show](it) && it.found.includes(wanted));
  }

  async function revoke(row) {
    const done = await fill({
      title: t('phone.revoke-title', { label: row.label || t('phone.unnamed') }),
      text: row.pending_total ? t('phone.revoke-holds', { count: number(row.pending_total) }) : t('phone.revoke-text'),
      submit: t('phone.revoke-do'),
      fields: [{ name: 'mode', label: t('phone.mode'), type: 'select', required: true, value: row.revoked_mode === 'deliver' ? 'block' : 'deliver',
        options: ['deliver', 'block'].map((it) => [it, t(`phone.mode-${it}`)]), hint: t('phone.mode-hint') }],
      send: ({ mode }) => post(`/installations/${row.id}/revoke`, { mode }),
    });
    if (!done) return;
    say(t('phone.revoked', { label: done.label }));
    look();
  }

  const held = () => seen.rows.reduce((sum, it) => sum + it.pending_total, 0);
  const draw = () => html`<div class="controls">
      ${choose({ id: 'show', label: t('phone.show'), value: choice.show, options: Object.keys(SHOWS).map((it) => [it, t(`phone.show-${it}`)]),
        change: (show) => change({ show }) })}
      ${ofGroup({ value: choice.group_id, groups: seen.groups, change: (group_id) => change({ group_id }) })}
      ${search({ id: 'q', value: choice.q, change: (q) => { choice.q = q; filter(); redraw(); } })}
      ${takeToday('/installations', asked(), 'installations')}</div>
    <p class="summary">${t('phone.sum', { phones: number(seen.rows.length), count: number(held()) })}</p>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(seen.rows.length || choice.show !== 'all' || choice.group_id ? t('phone.none-such') : t('phone.none'))}`;
  return { title: () => t('nav.installations'), load, draw, hears: ['installations'], leave: grid.leave };
}
