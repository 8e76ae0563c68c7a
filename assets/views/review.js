// One review: what the doubt is, the two sides beside each other, and the decision.

import { around } from '../core/areas.js';
import { post } from '../core/edit.js';
import { ago, moment, number } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { nameOf } from '../core/lists.js';
import { call, managesUnits } from '../core/session.js';
import { fill } from '../ui/ask.js';
import { say } from '../ui/say.js';
import { html, nothing } from '../vendor/lit-html.js';
import { effectsOf, inOneLine } from './effects.js';
import { queue } from './reviews.js';
import { shortcuts } from './shortcuts.js';
import { communesOf, sides } from './sides.js';

const RULINGS = [['accept', 'a'], ['reject', 'r'], ['merge', 'm']];
export function view({ params, look }) {
  const seen = { review: null, etag: null, group: '' };

  async function load({ signal }) {
    const answer = await call('GET', `/reviews/${params.id}`, { signal });
    seen.etag = answer.headers.get('etag');
    seen.review = await answer.json();
    seen.group = (await nameOf('/groups'))(seen.review.group_id);
    await around(communesOf(seen.review.sides)).catch(() => []);
  }

  const foretold = (ruling) => seen.review.decisions.find((it) => it.decision === ruling);
  const can = (ruling) => managesUnits() && seen.review.state === 'open' && foretold(ruling).allowed;

  async function decide(decision) {
    if (!can(decision)) return;
    const done = await fill({
      title: t(`ruling.${decision}`),
      text: `${t(`ruling-why.${decision}`)} ${inOneLine(foretold(decision))}`,
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

  /** Undoes the merge that this review came to. */
  async function undo({ person_id: id }) {
    const done = await fill({
      title: t('undo.title'), text: t('undo.text', count(seen.review.undo)), submit: t('undo.do'), fields: [],
      send: () => post(`/persons/${id}/unmerge`, {}),
    });
    if (done) say(t('undo.done'));
    look();
  }

  const count = (it) => ({ enrollments: number(it.enrollments), cards: number(it.cards) });

  function merged() {
    const it = seen.review.undo;
    if (!it || !managesUnits()) return nothing;
    return html`<section class="card"><h2>${t('undo.title')}</h2><p>${it.allowed ? t('undo.text', count(it)) : t('effect.not', { why: word('code', it.why_not) })}</p>
      <button type="button" ?disabled=${!it.allowed} @click=${() => undo(it)}>${t('undo.do')}</button></section>`;
  }

  function decisions() {
    if (seen.review.state !== 'open') return nothing;
    if (!managesUnits()) return html`<p class="note">${t('review.read-only')}</p>`;
    return html`<section class="card decisions"><h2>${t('review.decide')}</h2><ul>${RULINGS.map(([ruling, key]) => html`<li>
      <button type="button" class="ruling-${ruling}" ?disabled=${!can(ruling)} @click=${() => decide(ruling)}>${t(`ruling.${ruling}`)} <kbd>${key}</kbd></button>
      ${effectsOf(foretold(ruling))}</li>`)}</ul></section>`;
  }

  const draw = () => html`<p class="crumbs"><a href="#/reviews">${t('review.back')}</a>
      <button type="button" class="quiet" @click=${() => shortcuts()}>${t('keys.show')}</button></p>
    ${facts()}${sides(seen.review.sides)}${decisions()}${merged()}`;
  return { title: () => t('review.title'), load, draw, keys, hears: ['reviews'] };
}
