// One list: whom to visit, who goes, and what came of it.

import { around } from '../core/areas.js';
import { day, number, plain } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { all, names } from '../core/lists.js';
import { post } from '../core/edit.js';
import { get, may } from '../core/session.js';
import { holders } from '../core/units.js';
import { fill } from '../ui/ask.js';
import { choose, search } from '../ui/field.js';
import { say } from '../ui/say.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { bring } from './bring.js';
import { takeToday } from './export.js';
import { place } from './worklists.js';

const SHOWS = {
  open: (it) => it.state === 'open',
  free: (it) => it.state === 'open' && !it.agent_id,
  visited: (it) => Boolean(it.last_visit),
  enrolled: (it) => it.state === 'enrolled',
  all: () => true,
};

/** What the API is asked for each of them; a file tells the rest in its columns. */
const ASKS = { open: { state: 'open' }, free: { state: 'open' } };

export function view({ params, query, redraw, keep, look }) {
  const seen = { list: null, rows: [], shown: [], picked: new Set() };
  const choice = { show: query.get('show') in SHOWS ? query.get('show') : 'open', q: query.get('q') ?? '' };
  const mayGive = may('leader', 'supervisor', 'admin');

  const grid = table({
    label: t('worklist.items'),
    columns: [
      { key: 'name', label: t('person.full_name'), value: (row) => row.full_name, cell: named },
      { key: 'place', label: t('person.address'), value: (row) => row.place },
      { key: 'due_on', label: t('worklist.due_on'), value: (row) => row.due_on, cell: (row) => day(row.due_on) },
      { key: 'agent', label: t('worklist.goes'), value: (row) => row.agent || row.group, cell: (row) => row.agent || row.group || html`<span class="mark">${t('worklist.nobody')}</span>` },
      { key: 'state', label: t('worklist.state'), value: (row) => word('item', row.state), cell: state },
      { key: 'visit', label: t('worklist.visit'), value: (row) => row.last_visit?.on ?? null, cell: visit, down: true },
      { key: 'phone', label: t('worklist.phone'), value: (row) => row.phone, cell: (row) => row.phone ?? '–' },
    ],
    sort: 'place',
    redraw,
    rowClass: (row) => (seen.picked.has(row.id) ? 'chosen' : ''),
  });

  function named(row) {
    if (!mayGive || row.state !== 'open') return row.full_name;
    return html`<label class="pick"><input type="checkbox" .checked=${seen.picked.has(row.id)} @change=${() => pick(row.id)}><span>${row.full_name}</span></label>`;
  }

  function pick(id) {
    if (!seen.picked.delete(id)) seen.picked.add(id);
    redraw();
  }

  function state(row) {
    if (row.state === 'open') return word('item', row.state);
    return html`<span class="mark ${row.state === 'enrolled' ? 'mark-reached' : ''}">${word('item', row.state)}</span>`;
  }

  function visit({ last_visit: it }) {
    if (!it) return '–';
    return [word('visit', it.result), it.until && t('worklist.until', { day: day(it.until) }), it.reason, day(it.on)].filter(Boolean).join(' · ');
  }

  async function load({ signal }) {
    const [list, items, groups, users] = await Promise.all([
      get(`/worklists/${params.id}`, {}, signal), all(`/worklists/${params.id}/items`, { signal }), names('/groups'), names('/users'),
    ]);
    await around(items.map((it) => it.area_code)).catch(() => []);
    const name = new Map([...groups, ...users].map((it) => [it.id, it.name]));
    seen.list = list;
    seen.rows = items.map((it) => {
      const row = { ...it, place: place(it), agent: name.get(it.agent_id) ?? '', group: name.get(it.group_id) ?? '' };
      return { ...row, found: plain(`${row.full_name} ${row.place} ${row.agent} ${row.group}`) };
    });
    const open = new Set(seen.rows.filter(SHOWS.open).map((it) => it.id));
    seen.picked = new Set([...seen.picked].filter((id) => open.has(id)));
    filter();
  }

  function filter() {
    const wanted = plain(choice.q.trim());
    seen.shown = seen.rows.filter((it) => SHOWS[choice.show](it) && it.found.includes(wanted));
  }

  function chosen(values) {
    Object.assign(choice, values);
    keep({ show: choice.show === 'open' ? '' : choice.show, q: choice.q });
    filter();
    redraw();
  }

  /** Gives the items that are ticked, or all that are shown. */
  async function give() {
    const ids = seen.picked.size ? [...seen.picked] : seen.shown.filter(SHOWS.open).map((it) => it.id);
    const [groups, users] = await Promise.all([holders('group'), names('/users')]);
    const agents = ({ group_id }) => users.filter((it) => it.group_id === group_id && !it.disabled).map((it) => [it.id, it.name]);
    const done = await fill({
      title: t('worklist.give-title', { count: number(ids.length) }),
      submit: t('worklist.give'),
      fields: [
        { name: 'group_id', label: t('drive.group'), type: 'select', required: true, options: groups, value: groups.length === 1 ? groups[0][0] : '' },
        { name: 'agent_id', label: t('tally.by-agent'), type: 'select', options: agents, none: t('worklist.whole-group') },
      ],
      send: ({ group_id, agent_id }) => post(`/worklists/${params.id}/assign`, { group_id, agent_id: agent_id || null, item_ids: ids }),
    });
    if (!done) return;
    seen.picked.clear();
    say(t('worklist.given', { count: number(done.assigned) }));
    look();
  }

  async function upload() {
    const report = await bring({ kind: 'worklist', title: t('worklist.import'), query: { worklist_id: params.id },
      columns: 'full_name, birth_date, sex, address, area_code, village, phone, bhxh_code, personal_id' });
    if (!report) return;
    say(t('import.done', { count: number(report.written) }));
    look();
  }

  function actions() {
    const open = seen.shown.filter(SHOWS.open).length;
    return html`${mayGive && open ? html`<button type="button" class="primary" @click=${give}>${seen.picked.size ? t('worklist.give-picked', { count: number(seen.picked.size) }) : t('worklist.give-all', { count: number(open) })}</button>` : nothing}
      ${may('supervisor', 'admin') && seen.list.kind === 'never_joined' ? html`<button type="button" @click=${upload}>${t('import.from-file')}</button>` : nothing}`;
  }

  const draw = () => html`<p class="crumbs"><a href="#/worklists">${t('worklist.back')}</a></p>
    <p class="summary">${word('worklist-kind', seen.list.kind)} · ${word('scheme', seen.list.scheme)} · ${t('worklist.sum', {
      items: number(seen.list.items), open: number(seen.list.counts.open), enrolled: number(seen.list.counts.enrolled) })}</p>
    <div class="controls">
      ${choose({ id: 'show', label: t('phone.show'), value: choice.show, options: Object.keys(SHOWS).map((it) => [it, t(`worklist.show-${it}`)]), change: (show) => chosen({ show }) })}
      ${search({ id: 'q', value: choice.q, change: (q) => chosen({ q }) })}${actions()}
      ${takeToday(`/worklists/${params.id}/items`, ASKS[choice.show] ?? {}, 'worklist')}</div>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(seen.rows.length ? t('tally.none-found') : t('worklist.no-items'))}`;
  return { title: () => seen.list?.name ?? t('nav.worklists'), load, draw, hears: ['tallies'], leave: grid.leave };
}
