// Lists of people to visit: what each is for, and how far it has come.

import { areaName, around } from '../core/areas.js';
import { today } from '../core/days.js';
import { moment, number, percent, plain } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { all, names, newId } from '../core/lists.js';
import { post } from '../core/edit.js';
import { managesUnits } from '../core/session.js';
import { holders } from '../core/units.js';
import { fill } from '../ui/ask.js';
import { bar, SCHEMES } from '../ui/bar.js';
import { communes } from '../ui/communes.js';
import { search } from '../ui/field.js';
import { say } from '../ui/say.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';

const KINDS = ['due', 'lapsed', 'no_card', 'never_joined'];

export function view({ redraw, look }) {
  const seen = { rows: [], shown: [], q: '' };
  const counted = (key) => ({ key, label: t(`worklist.${key}`), value: (row) => row.counts[key], cell: (row) => number(row.counts[key]), numeric: true, down: true });
  const grid = table({
    label: t('nav.worklists'),
    columns: [
      { key: 'name', label: t('worklist.name'), value: (row) => row.name, cell: (row) => html`<a href="#/worklists/${row.id}">${row.name}</a>` },
      { key: 'kind', label: t('worklist.kind'), value: (row) => word('worklist-kind', row.kind) },
      { key: 'scheme', label: t('scheme'), value: (row) => word('scheme', row.scheme) },
      { key: 'done', label: t('worklist.progress'), value: (row) => row.done, cell: progress, down: true },
      counted('open'), counted('enrolled'),
      { key: 'unit', label: t('user.unit'), value: (row) => row.unit },
      { key: 'created_at', label: t('worklist.made'), value: (row) => row.created_at, cell: (row) => moment(row.created_at), down: true },
    ],
    sort: 'created_at',
    down: true,
    redraw,
  });

  function progress(row) {
    if (!row.items) return html`<span class="hint">${t('worklist.no-items')}</span>`;
    return html`<span class="against">${bar({ percent: row.done, tone: row.scheme })}<b>${percent(row.done)}</b><span class="hint">${t('tally.of', { target: number(row.items) })}</span></span>`;
  }

  async function load({ signal }) {
    const [lists, groups, offices] = await Promise.all([all('/worklists', { signal }), names('/groups'), holders('office')]);
    const unit = new Map([...groups.map((it) => [it.id, it.name]), ...offices]);
    seen.rows = lists.map((it) => ({ ...it, unit: unit.get(it.group_id) ?? unit.get(it.office_id) ?? '', done: it.items ? (100 * (it.items - it.counts.open)) / it.items : 100 }));
    filter();
  }

  function filter() {
    const wanted = plain(seen.q.trim());
    seen.shown = seen.rows.filter((it) => plain(`${it.name} ${it.unit} ${word('worklist-kind', it.kind)}`).includes(wanted));
  }

  async function add() {
    const id = newId();
    const [groups, offices] = await Promise.all([holders('group'), holders('office')]);
    const codes = [...new Set((await names('/groups')).flatMap((it) => it.area_codes))];
    await around(codes).catch(() => []);
    let drawn = () => {};
    const made = await fill({
      title: t('worklist.add'),
      submit: t('worklist.add-do'),
      drawn: (again) => { drawn = again; },
      fields: [
        { name: 'kind', label: t('worklist.kind'), type: 'select', required: true, value: 'lapsed', options: KINDS.map((it) => [it, word('worklist-kind', it)]) },
        { name: 'scheme', label: t('scheme'), type: 'select', required: true, value: 'household', options: SCHEMES.map((it) => [it, word('scheme', it)]) },
        { name: 'name', label: t('worklist.name'), required: true, first: true, hint: t('worklist.name-hint') },
        { name: 'unit', label: t('user.unit'), type: 'select', required: true, value: offices[0]?.[0] ?? groups[0]?.[0] ?? '', options: [...offices, ...groups] },
        { name: 'area_codes', label: t('group.communes'), value: [], draw: communes({ redraw: () => drawn() }), hint: t('worklist.communes-hint') },
      ],
      send({ unit, area_codes, ...values }) {
        const owner = groups.some(([group]) => group === unit) ? { group_id: unit } : { office_id: unit };
        return post('/worklists', { id, ...values, ...owner, on: today(), area_codes: area_codes?.length ? area_codes : undefined });
      },
    });
    if (!made) return;
    say(t('worklist.added', { count: number(made.items), elsewhere: number(made.elsewhere ?? 0) }));
    location.hash = `#/worklists/${made.id}`;
    look();
  }

  const draw = () => html`<div class="controls">
      ${search({ id: 'q', value: seen.q, change: (q) => { seen.q = q; filter(); redraw(); } })}
      ${managesUnits() ? html`<button type="button" class="primary" @click=${add}>${t('worklist.add')}</button>` : nothing}</div>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(seen.rows.length ? t('tally.none-found') : t('worklist.none'))}`;
  return { title: () => t('nav.worklists'), load, draw, hears: ['tallies'], leave: grid.leave };
}

/** Where an item lives, as a phone's list orders it. */
export const place = (item) => [item.address, areaName(item.area_code)].filter(Boolean).join(', ');
