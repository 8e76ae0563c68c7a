// What all lists of settings share: a filter, a button that adds one, a table.

import { plain } from '../../core/format.js';
import { t } from '../../core/lang.js';
import { search } from '../../ui/field.js';
import { table } from '../../ui/table.js';
import { empty } from '../../ui/words.js';
import { html, nothing } from '../../vendor/lit-html.js';
import { takeToday } from '../export.js';

/**
 * `rows(signal)` gives the rows, `words(row)` the text that a filter searches; `add` opens the form of a new one, `more` stands
 * beside its button, `file` is the list of the API that can be taken away. The view looks again after `add` or after what an
 * action in a row resolves to.
 */
export function listed({ title, columns, sort, down, rows, words, add, addLabel, more = nothing, file, none, redraw }) {
  const seen = { rows: [], shown: [], q: '' };
  const grid = table({ label: title(), columns, sort, down, redraw });

  async function load({ signal }) {
    seen.rows = await rows(signal);
    filter();
  }

  function filter() {
    const wanted = plain(seen.q.trim());
    seen.shown = wanted ? seen.rows.filter((it) => plain(words(it)).includes(wanted)) : seen.rows;
  }

  const draw = () => html`<div class="controls">
      ${search({ id: 'q', value: seen.q, change: (q) => { seen.q = q; filter(); redraw(); } })}
      <button type="button" class="primary" @click=${add}>${addLabel}</button>${more}
      ${file ? takeToday(`/${file}`, {}, file) : nothing}</div>
    <p class="summary">${t('tally.rows', { count: seen.shown.length })}</p>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(seen.rows.length ? t('tally.none-found') : none)}`;
  return { title, load, draw, leave: grid.leave };
}

/** A button in a row, with the row's name for those who hear it. */
export const rowButton = (text, name, press) => html`<button type="button" class="quiet" aria-label=${`${text}: ${name}`} @click=${press}>${text}</button>`;
