// One review: what the doubt is, the two sides beside each other, and the decision.

import { ago, moment, number } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { nameOf } from '../core/lists.js';
import { call, managesUnits } from '../core/session.js';
import { fill } from '../ui/ask.js';
import { say } from '../ui/say.js';
import { inWords } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { queue } from './reviews.js';
import { shortcuts } from './shortcuts.js';
import { lookAt, sides } from './sides.js';

const RULINGS = [['accept', 'a'], ['reject', 'r'], ['merge', 'm']];
/** Only these doubts ask whether two persons are one. */
const OF_PERSONS = ['possible_duplicate', 'identity_conflict'];

export function view({ params, redraw, look }) {
  const seen = { review: null, etag: null, group: '', looked: null, looking: false, failure: null };

  async function load({ signal }) {
    const answer = await call('GET', `/reviews/${params.id}`, { signal });
    seen.etag = answer.headers.get('etag');
    seen.review = await answer.json();
    seen.group = (await nameOf('/groups'))(seen.review.group_id);
  }

  async function show() {
    seen.looking = true;
    redraw();
    try {
      seen.looked = await lookAt(seen.review, t('review.reason', { id: seen.review.id }));
      seen.failure = null;
    } catch (failure) {
      seen.failure = failure;
    }
    seen.looking = false;
    redraw();
    // The button that had the focus is gone.
    document.getElementById('sides')?.focus();
  }

  const can = (ruling) => managesUnits() && seen.review.state === 'open' && (ruling !== 'merge' || OF_PERSONS.includes(seen.review.code));

  async function decide(decision) {
    if (!can(decision)) return;
    const done = await fill({
      title: t(`ruling.${decision}`),
      text: t(`ruling-why.${decision}`),
      submit: t(`ruling-confirm.${decision}`),
      fields: [{ name: 'note', label: t('review.note'), type: 'text-area', longest: 500, hint: t('review.note-hint') }],
      send: ({ note }) => send({ decision, note: note.trim() || null }),
    });
    if (!done) {
      // What was refused may have been decided by somebody else.
      look();
      return;
    }
    say(t('review.done', { state: word('state', done.state), status: word('status', done.current?.status) }));
    const next = beside(1) ?? beside(-1);
    queue.ids = queue.ids.filter((id) => id !== params.id);
    go(next);
  }

  async function send(body) {
    try {
      return await (await call('POST', `/reviews/${params.id}/resolve`, { body, etag: seen.etag })).json();
    } catch (failure) {
      // The law's own sentence does not say that it is the decision which it stands against.
      if (failure.status === 422 && failure.fields.length === 0) failure.detail = t('review.refused', { why: failure.detail });
      throw failure;
    }
  }

  /** The review before or after this one, when there is one. */
  function beside(step) {
    const at = queue.ids.indexOf(params.id);
    return at < 0 ? undefined : queue.ids[at + step];
  }

  const go = (id) => { location.hash = id ? `#/reviews/${id}` : '#/reviews'; };

  function keys(event) {
    const ruling = RULINGS.find(([, key]) => key === event.key);
    const step = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 }[event.key];
    if (ruling) decide(ruling[0]);
    else if (step && beside(step)) go(beside(step));
    else if (event.key === 'u') go();
    else if (event.key === '?') shortcuts();
    else return;
    event.preventDefault();
  }

  function found() {
    const { current } = seen.review;
    if (!current) return nothing;
    const right = (it) => (it.expected === undefined || it.expected === null ? '' : ` (${t('review.expected', { value: number(it.expected) })})`);
    return html`<dt>${t('review.stands')}</dt><dd>${word('status', current.status)}${current.code ? `, ${word('code', current.code)}` : ''}</dd>
      ${current.fields.map((it) => html`<dt>${it.path}</dt><dd>${it.detail}${right(it)}</dd>`)}`;
  }

  function facts() {
    const it = seen.review;
    return html`<section class="card"><h2>${word('code', it.code)}</h2><p>${word('code-why', it.code)}</p>
      <dl class="facts">
        <dt>${t('tally.by-group')}</dt><dd>${seen.group || '–'}</dd>
        <dt>${t('review.opened')}</dt><dd>${moment(it.opened_at)} (${ago(it.opened_at)})</dd>
        <dt>${t('review.record')}</dt><dd><code>${it.record_id}</code>${it.record_rev > 1 ? ` · ${t('review.rev', { rev: it.record_rev })}` : ''}</dd>
        ${found()}
        ${it.state === 'open' ? nothing : html`<dt>${t('review.decided')}</dt><dd>${word('state', it.state)}, ${moment(it.closed_at)}${it.note ? html`<br>${it.note}` : nothing}</dd>`}
      </dl></section>`;
  }

  function persons() {
    const it = seen.review;
    if (!it.person_id && !it.other_id) return html`<p class="note">${t('review.no-persons')}</p>`;
    if (seen.looked) return sides(seen.looked, it);
    return html`<div class="note"><p>${t('review.look')}</p>
      ${seen.failure ? html`<p class="wrong" role="alert">${inWords(seen.failure)}</p>` : nothing}
      <button type="button" @click=${show} aria-disabled=${seen.looking}>${t('review.look-do')}</button></div>`;
  }

  function decisions() {
    if (seen.review.state !== 'open') return nothing;
    if (!managesUnits()) return html`<p class="note">${t('review.read-only')}</p>`;
    return html`<section class="card decisions"><h2>${t('review.decide')}</h2><ul>${RULINGS.map(([ruling, key]) => html`<li>
      <button type="button" class="ruling-${ruling}" ?disabled=${!can(ruling)} @click=${() => decide(ruling)}>${t(`ruling.${ruling}`)} <kbd>${key}</kbd></button>
      <p>${can(ruling) ? t(`ruling-why.${ruling}`) : t('ruling-why.no-merge')}</p></li>`)}</ul></section>`;
  }

  const draw = () => html`<p class="crumbs"><a href="#/reviews">${t('review.back')}</a>
      <button type="button" class="quiet" @click=${() => shortcuts()}>${t('keys.show')}</button></p>
    ${facts()}${persons()}${decisions()}`;
  return { title: () => t('review.title'), load, draw, keys, hears: ['reviews'] };
}
