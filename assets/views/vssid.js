// Installs of the VssID app, by commune or officer, against their goals; those behind stand first.

import { today, yearStart } from '../core/days.js';
import { number, percent, plain } from '../core/format.js';
import { t } from '../core/lang.js';
import { get } from '../core/session.js';
import { bar } from '../ui/bar.js';
import { choose, pickDay, search } from '../ui/field.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';

const BYS = ['area', 'agent', 'group', 'week'];

export function view({ query, redraw, keep, look }) {
  const choice = {
    by: BYS.includes(query.get('by')) ? query.get('by') : 'area',
    from: query.get('from') ?? yearStart(today()),
    to: query.get('to') ?? today(),
  };
  const seen = { rows: [], shown: [], q: '' };

  const grid = table({
    label: t('nav.vssid'),
    columns: [
      { key: 'name', label: t('vssid.unit'), value: (row) => row.name, cell: (row) => row.name || t('tally.nobody') },
      { key: 'installs', label: t('vssid.installs'), value: (row) => row.installs, cell: (row) => number(row.installs), numeric: true, down: true },
      { key: 'percent', label: t('tally.percent'), value: (row) => row.percent, cell: against },
      { key: 'behind', label: t('worklist.state'), value: (row) => (row.target === null ? 2 : row.behind ? 0 : 1), cell: standing },
    ],
    sort: 'behind',
    redraw,
  });

  function against(row) {
    if (row.target === null) return html`<span class="hint">${t('tally.no-target')}</span>`;
    return html`<span class="against ${row.behind ? 'behind' : ''}">${bar({ percent: row.percent, tone: row.behind ? 'behind' : '' })}<b>${percent(row.percent)}</b><span class="hint">${t('tally.of', { target: number(row.target) })}</span></span>`;
  }

  function standing(row) {
    if (row.target === null) return '–';
    if (row.behind) return html`<span class="mark mark-behind">${t('standing.behind')}</span>`;
    return row.installs >= row.target ? html`<span class="mark mark-reached">${t('standing.reached')}</span>` : t('vssid.on-way');
  }

  async function load({ signal }) {
    const { rows } = await get('/vssid', choice, signal);
    seen.rows = rows.map((it) => ({ ...it, percent: it.percent === null ? null : Number(it.percent), found: plain(it.name) }));
    filter();
  }

  function filter() {
    const wanted = plain(seen.q.trim());
    seen.shown = seen.rows.filter((it) => it.found.includes(wanted));
  }

  function changed(values) {
    Object.assign(choice, values);
    keep(choice);
    look();
  }

  const behind = () => seen.rows.filter((it) => it.behind).length;
  const sum = () => seen.rows.reduce((all, it) => all + it.installs, 0);

  const draw = () => html`<div class="controls">
      ${choose({ id: 'by', label: t('indicator.by'), value: choice.by, options: BYS.map((it) => [it, t(`vssid.by-${it}`)]), change: (by) => changed({ by }) })}
      ${pickDay({ id: 'from', label: t('period.from'), value: choice.from, change: (from) => changed({ from }) })}
      ${pickDay({ id: 'to', label: t('period.to'), value: choice.to, change: (to) => changed({ to }) })}
      ${search({ id: 'q', value: seen.q, change: (q) => { seen.q = q; filter(); redraw(); } })}</div>
    <p class="summary">${t('vssid.sum', { count: number(sum()) })}${behind() ? html` · <b>${t('vssid.behind', { count: number(behind()) })}</b>` : nothing}</p>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(t('vssid.none'))}`;
  return { title: () => t('nav.vssid'), load, draw, hears: ['tallies'], leave: grid.leave };
}
