// Bringing in a file: choosing it, what the server says of its lines, and bringing the good ones only.

import { number } from '../core/format.js';
import { t } from '../core/lang.js';
import { call } from '../core/session.js';
import { dialog } from '../ui/dialog.js';
import { inWords } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
/** How many bad lines are spelled out on the screen. */
const SPELLED = 100;

/** The kind of a file by its name: browsers guess it by what is installed. */
const typed = (file) => new Blob([file], { type: /\.xlsx$/i.test(file.name) ? XLSX : 'text/csv' });

/**
 * Asks for a file of a `kind` of `POST /imports/{kind}`; resolves with the report once something was written. `columns` names
 * what the file must hold.
 */
export function bring({ kind, title, columns, query = {} }) {
  const state = { file: null, report: null, failure: null, busy: false };

  async function send(skip_bad, redraw, close) {
    if (!state.file || state.busy) return;
    Object.assign(state, { busy: true, failure: null });
    redraw();
    try {
      const answer = await call('POST', `/imports/${kind}`, { query: { ...query, skip_bad: skip_bad || null }, file: typed(state.file) });
      state.report = await answer.json();
      if (state.report.bad === 0 && !state.report.skipped?.length) close(state.report);
    } catch (failure) {
      // Nothing was written, and the answer says line by line why.
      if (failure.status === 422 && failure.problem.errors) state.report = failure.problem;
      else state.failure = failure;
    }
    state.busy = false;
    redraw();
  }

  const pick = (redraw) => (event) => {
    Object.assign(state, { file: event.target.files[0] ?? null, report: null, failure: null });
    redraw();
  };

  function said() {
    if (state.failure) return html`<div class="note note-bad" role="alert"><p>${inWords(state.failure)}</p></div>`;
    if (!state.report) return nothing;
    const { lines, written, bad, errors, skipped = [] } = state.report;
    return html`<div class="note ${written ? '' : 'note-bad'}" role="alert">
      <p>${t(written ? 'import.partly' : 'import.nothing', { lines: number(lines), written: number(written), bad: number(bad + skipped.length) })}</p>
      <ul class="bad-lines">${[...errors, ...skipped].slice(0, SPELLED).map((it) => html`<li>${t('import.line', { line: number(it.line), column: it.column ?? '' })}: ${it.detail}</li>`)}</ul>
    </div>`;
  }

  function buttons({ close, redraw }) {
    const { report, busy, file } = state;
    if (report?.written) return html`<button type="button" class="primary" @click=${() => close(report)}>${t('do.close')}</button>`;
    const some = report && report.bad < report.lines;
    return html`<button type="button" class="primary" ?disabled=${!file} aria-disabled=${busy} @click=${() => send(false, redraw, close)}>${busy ? t('form.sending') : t('import.do')}</button>
      ${some ? html`<button type="button" aria-disabled=${busy} @click=${() => send(true, redraw, close)}>${t('import.good-only', { count: number(report.lines - report.bad) })}</button>` : nothing}
      <button type="button" @click=${() => close()}>${t('do.cancel')}</button>`;
  }

  return dialog({
    title,
    draw: ({ close, redraw }) => html`<p>${t('import.lead')}</p>
      <div class="field"><label for="import-file">${t('import.file')}</label>
        <input id="import-file" type="file" accept=".csv,.xlsx,text/csv" @change=${pick(redraw)} aria-describedby="import-hint">
        <p class="hint" id="import-hint">${t('import.columns', { columns })}</p></div>
      ${said()}<div class="actions">${buttons({ close, redraw })}</div>`,
  });
}
