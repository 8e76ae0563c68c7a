// Outings of groups to villages: those planned, those held, and what they brought.

import { today } from '../core/days.js';
import { day, money, number, plain } from '../core/format.js';
import { t } from '../core/lang.js';
import { all, names } from '../core/lists.js';
import { get, may } from '../core/session.js';
import { byKey } from '../core/sums.js';
import { search } from '../ui/field.js';
import { say } from '../ui/say.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { takeToday } from './export.js';
import { planDrive } from './outing.js';

export function view({ redraw, look }) {
  const seen = { rows: [], shown: [], q: '' };
  const mayPlan = may('leader', 'supervisor', 'admin');

  const count = (key, show = number) => ({
    key,
    label: t(`tally.${key}`),
    value: (row) => row.sum?.[key] ?? null,
    cell: (row) => (row.sum ? show(row.sum[key]) : '–'),
    numeric: true,
    down: true,
  });
  const on = (row) => html`${day(row.on)}${row.on > today() ? html` <span class="mark">${t('drive.planned')}</span>` : nothing}`;
  const grid = table({
    label: t('nav.drives'),
    columns: [
      { key: 'village', label: t('drive.village'), value: (row) => row.village, cell: (row) => html`<a href="#/drives/${row.id}">${row.village}</a>` },
      { key: 'on', label: t('drive.on'), value: (row) => row.on, cell: on, down: true },
      { key: 'group', label: t('drive.group'), value: (row) => row.group },
      { key: 'people', label: t('drive.people'), value: (row) => row.people.length, cell: (row) => number(row.people.length), numeric: true, down: true },
      { key: 'leader', label: t('drive.leader'), value: (row) => row.leader },
      count('accepted'), count('new'), count('renewal'), count('duplicate'), count('review'), count('amount_enrolled', money),
    ],
    sort: 'on',
    down: true,
    redraw,
  });

  async function load({ signal }) {
    const [drives, groups, villages, users] = await Promise.all([
      all('/drives', { signal }), names('/groups'), names('/villages'), names('/users'),
    ]);
    const first = drives.map((it) => it.on).sort()[0];
    const sums = first && first <= today() ? byKey((await get('/tallies', { by: 'drive', from: first, to: today() }, signal)).rows) : [];
    const sum = new Map(sums.map((it) => [it.key, it]));
    const name = (items) => { const map = new Map(items.map((it) => [it.id, it.name])); return (id) => map.get(id) ?? ''; };
    const [group, village, user] = [groups, villages, users].map(name);
    seen.rows = drives.map((it) => ({ ...it, group: group(it.group_id), village: village(it.village_id), leader: user(it.leader_id), sum: sum.get(it.id) }));
    filter();
  }

  function filter() {
    const wanted = plain(seen.q.trim());
    seen.shown = wanted ? seen.rows.filter((it) => plain(`${it.village} ${it.group} ${it.leader} ${day(it.on)}`).includes(wanted)) : seen.rows;
  }

  async function planOne() {
    const made = await planDrive();
    if (!made) return;
    say(t('drive.planned-said', { day: day(made.on) }));
    look();
  }

  const action = () => (mayPlan ? html`<button type="button" class="primary" @click=${planOne}>${t('drive.plan')}</button>` : nothing);
  const draw = () => html`<div class="controls">
      ${search({ id: 'q', value: seen.q, change: (q) => { seen.q = q; filter(); redraw(); } })}${action()}${takeToday('/drives', {}, 'drives')}</div>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(seen.rows.length ? t('tally.none-found') : t('drive.none'))}`;
  return { title: () => t('nav.drives'), load, draw, hears: ['tallies'], leave: grid.leave };
}
