// A table to take away. A link cannot carry the token, so the file is fetched and then saved.

import { t } from '../core/lang.js';
import { call } from '../core/session.js';
import { say } from '../ui/say.js';
import { inWords } from '../ui/words.js';
import { html } from '../vendor/lit-html.js';

/** Fetches a file of the API and lets the browser save it. */
export async function fetchFile(path, query, name) {
  const answer = await call('GET', path, { query, accept: '*/*' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  // The browser needs the address until it has begun to save.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const save = (path, query, name) => fetchFile(path, query, name).catch((failure) => say(inWords(failure)));

/** Buttons for each kind of file; `name` without its ending. */
export const takeList = (path, query, name) => html`<div class="control-row">
  ${['csv', 'xlsx'].map((ending) => html`<button type="button" class="quiet" @click=${() => save(`${path}.${ending}`, query, `${name}.${ending}`)}>${t('do.save-as', { ending: ending.toUpperCase() })}</button>`)}
</div>`;

export const takeAway = (query) => takeList('/tallies', query, `${query.by}-${query.from}-${query.to}`);
