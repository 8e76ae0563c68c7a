// A table that sorts and draws only the rows in sight: ten thousand agents are a few dozen rows of the page.

import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';

/** As `--row` in `table.css`. */
const ROW_PX = 44;
const BEYOND = 12;
/** Paper shows what the screen scrolls to, but no book of it. */
const PRINTED = 1000;
/** Characters that fit into a cell. */
const LONG = 36;

const collator = new Intl.Collator('vi', { numeric: true });

function compare(a, b) {
  // What has no value stands last, whichever way it is sorted.
  if (a === b) return 0;
  if (a === null || a === undefined || a === '') return 1;
  if (b === null || b === undefined || b === '') return -1;
  return typeof a === 'number' ? a - b : collator.compare(a, b);
}

/** A column `do` holds what may be done with the row and stays in sight. */
const kind = (column) => (column.key === 'do' ? 'do' : column.numeric ? 'numeric' : '');

/** What may be cut off at the edge of its cell can be read whole. */
const cut = (cell) => (typeof cell === 'string' && cell.length > LONG ? cell : nothing);

const isNone = (value) => value === null || value === undefined || value === '';

/**
 * `columns`: `{ key, label, value(row), cell(row), numeric, down }`; the first names the row. `value` is what sorts, `cell` what is
 * shown. `down`: the first press sorts from the top. A column without `value` does not sort.
 */
export function table({ label, columns, sort = null, down = false, onSort, redraw, rowClass = () => '' }) {
  const state = { sort, down, first: 0, fit: 40, printing: false };
  let sorted = { rows: null, key: '' };

  function scrolled(event) {
    const { scrollTop, clientHeight } = event.target;
    const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - BEYOND);
    const fit = Math.ceil(clientHeight / ROW_PX) + 2 * BEYOND;
    // A few rows of scrolling are already drawn.
    if (Math.abs(first - state.first) < BEYOND / 2 && first !== 0 && fit === state.fit) return;
    if (first === state.first && fit === state.fit) return;
    Object.assign(state, { first, fit });
    redraw();
  }

  function by(column) {
    state.down = state.sort === column.key ? !state.down : Boolean(column.down);
    state.sort = column.key;
    state.first = 0;
    onSort?.(state.sort, state.down);
    redraw();
  }

  function inOrder(rows) {
    const column = columns.find((it) => it.key === state.sort && it.value);
    if (!column) return rows;
    const key = `${state.sort} ${state.down}`;
    if (sorted.rows === rows && sorted.key === key) return sorted.answer;
    const answer = rows.map((row) => [column.value(row), row]).sort(([a], [b]) => {
      const order = compare(a, b);
      return state.down && !isNone(a) && !isNone(b) ? -order : order;
    }).map(([, row]) => row);
    sorted = { rows, key, answer };
    return answer;
  }

  function head(column) {
    const sorts = column.key === state.sort ? (state.down ? 'descending' : 'ascending') : nothing;
    const text = column.value
      ? html`<button type="button" class="sort" @click=${() => by(column)}>${column.label}</button>`
      : html`<span>${column.label || html`<span class="unseen">${t('table.do')}</span>`}</span>`;
    return html`<th scope="col" class=${kind(column)} aria-sort=${sorts}>${text}</th>`;
  }

  const body = (row, index) => html`<tr class=${rowClass(row)} aria-rowindex=${index + 2}>
    ${columns.map((column, at) => {
      const cell = (column.cell ?? column.value)(row);
      return at === 0 ? html`<th scope="row"><span>${cell}</span></th>` : html`<td class=${kind(column)} title=${cut(cell)}>${cell}</td>`;
    })}</tr>`;

  const space = (rows) => (rows > 0 ? html`<tr aria-hidden="true" class="space"><td colspan=${columns.length} height=${rows * ROW_PX}></td></tr>` : nothing);

  function draw(rows) {
    const ordered = inOrder(rows);
    const first = state.printing ? 0 : Math.min(state.first, Math.max(0, ordered.length - state.fit));
    const last = state.printing ? Math.min(ordered.length, PRINTED) : Math.min(ordered.length, first + state.fit);
    return html`<div class="table-box" role="region" aria-label=${label} tabindex="0" @scroll=${scrolled}>
      <table aria-rowcount=${ordered.length + 1}>
        <caption class="unseen">${label}, ${t('table.rows', { count: ordered.length })}</caption>
        <thead><tr aria-rowindex="1">${columns.map(head)}</tr></thead>
        <tbody>${space(first)}${ordered.slice(first, last).map((row, at) => body(row, first + at))}${space(state.printing ? 0 : ordered.length - last)}</tbody>
      </table>
    </div>`;
  }

  const print = (printing) => () => { state.printing = printing; redraw(); };
  const before = print(true);
  const after = print(false);
  addEventListener('beforeprint', before);
  addEventListener('afterprint', after);
  const leave = () => {
    removeEventListener('beforeprint', before);
    removeEventListener('afterprint', after);
  };
  return { draw, leave };
}
