// A table to take away. A link cannot carry the token, so the file is fetched and then saved.

import { t } from '../core/lang.js';
import { call } from '../core/session.js';
import { say } from '../ui/say.js';
import { inWords } from '../ui/words.js';
import { html } from '../vendor/lit-html.js';

async function save(ending, query) {
  try {
    const answer = await call('GET', `/tallies.${ending}`, { query, accept: '*/*' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${query.by}-${query.from}-${query.to}.${ending}`;
    link.click();
    // The browser needs the address until it has begun to save.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (failure) {
    say(inWords(failure));
  }
}

export const takeAway = (query) => html`<div class="control-row">
  ${['csv', 'xlsx'].map((ending) => html`<button type="button" class="quiet" @click=${() => save(ending, query)}>${t('do.save-as', { ending: ending.toUpperCase() })}</button>`)}
</div>`;
