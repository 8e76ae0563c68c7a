// The tables of the law by which amounts are computed, to read.

import { day, number } from '../../core/format.js';
import { t, word } from '../../core/lang.js';
import { get } from '../../core/session.js';
import { choose } from '../../ui/field.js';
import { table } from '../../ui/table.js';
import { html } from '../../vendor/lit-html.js';

const DAYS = ['effective_from', 'effective_to'];
const NUMBERS = ['amount', 'value', 'percent'];

function shown(column, cell) {
  if (DAYS.includes(column)) return day(cell);
  return NUMBERS.includes(column) && /^[0-9.]+$/.test(cell) ? number(Number(cell)) : word('cell', cell);
}

export function view({ query, redraw, keep }) {
  const seen = { tables: [], version: '', chosen: query.get('table'), rows: [], grid: null };

  async function load({ signal }) {
    const { tables, version } = await get('/rules', {}, signal);
    Object.assign(seen, { tables, version });
    pick(tables.some((it) => it.table === seen.chosen) ? seen.chosen : tables[0]?.table);
  }

  function pick(name) {
    const { columns, rows } = seen.tables.find((it) => it.table === name);
    seen.grid?.leave();
    Object.assign(seen, {
      chosen: name,
      rows,
      grid: table({
        label: word('table', name),
        columns: columns.map((column, at) => ({ key: column, label: word('column', column), value: (row) => row[at], cell: (row) => shown(column, row[at]) })),
        redraw,
      }),
    });
  }

  const change = (name) => {
    pick(name);
    keep({ table: name });
    redraw();
  };

  const draw = () => html`<p class="lead">${t('rule.lead')}</p>
    <div class="controls">${choose({ id: 'table', label: t('rule.table'), value: seen.chosen, change, options: seen.tables.map((it) => [it.table, word('table', it.table)]) })}</div>
    <p class="summary">${t('rule.version', { version: seen.version })}</p>
    ${seen.grid.draw(seen.rows)}`;
  return { title: () => t('nav.rules'), load, draw, leave: () => seen.grid?.leave() };
}
