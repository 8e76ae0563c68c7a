// A table to take away. A link cannot carry the token, so the file is fetched and then saved.

import { today } from '../core/days.js';
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

/** Buttons for each kind of file; `name` without its ending, `text` what they say. */
export const takeList = (path, query, name, text = 'do.save-as') => html`<div class="control-row">
  ${['csv', 'xlsx'].map((ending) => html`<button type="button" class="quiet" @click=${() => save(`${path}.${ending}`, query, `${name}.${ending}`)}>${t(text, { ending: ending.toUpperCase() })}</button>`)}
</div>`;

/** A list as it stands today. */
export const takeToday = (path, query, name) => takeList(path, query, `${name}-${today()}`);

/** The sums, and the enrollments that they are of. */
export const takeAway = ({ by, ...query }) => html`${takeList('/tallies', { by, ...query }, `${by}-${query.from}-${query.to}`)}
  ${takeList('/enrollments', query, `enrollments-${query.from}-${query.to}`, 'do.save-each')}`;
