// One target and its parts, and whether they add up.

import { day, number } from '../../core/format.js';
import { t, word } from '../../core/lang.js';
import { forget, newId } from '../../core/lists.js';
import { post } from '../../core/edit.js';
import { get, managesUnits } from '../../core/session.js';
import { HOLDERS, holderName, learnHolders } from '../../core/units.js';
import { fill } from '../../ui/ask.js';
import { bar } from '../../ui/bar.js';
import { say } from '../../ui/say.js';
import { table } from '../../ui/table.js';
import { empty } from '../../ui/words.js';
import { html, nothing } from '../../vendor/lit-html.js';
import { holderFields, holderOf, people } from './target.js';

export function view({ params, redraw, look }) {
  const seen = { answer: null };
  const title = () => (seen.answer ? t('target.parts-of', { name: holderName(seen.answer.target.holder) }) : t('target.parts'));
  const grid = table({
    label: t('target.parts'),
    columns: [
      { key: 'name', label: t('target.holder'), value: (row) => holderName(row.holder) },
      { key: 'kind', label: t('target.kind'), value: (row) => word('holder', row.holder.kind) },
      { key: 'people', label: t('target.people'), value: (row) => row.people, cell: (row) => number(row.people), numeric: true, down: true },
      { key: 'do', label: '', cell: (row) => html`<a class="button-quiet" href="#/settings/targets/${row.id}">${t('target.hand-down')}</a>` },
    ],
    sort: 'people',
    down: true,
    redraw,
  });

  async function load({ signal }) {
    const answer = await get(`/targets/${params.id}/parts`, {}, signal);
    await learnHolders([answer.target, ...answer.parts]);
    seen.answer = answer;
  }

  async function add() {
    const id = newId();
    let drawn = () => {};
    const { target, difference } = seen.answer;
    const made = await fill({
      title: t('target.hand-down-title', { name: holderName(target.holder) }),
      drawn: (again) => { drawn = again; },
      fields: [...await holderFields(() => drawn(), HOLDERS), people(difference < 0 ? String(-difference) : '')],
      send: (values) => post(`/targets/${params.id}/parts`, { parts: [{ id, holder: holderOf(values), people: Number(values.people) }] }),
    });
    if (!made) return;
    forget('/targets');
    say(t('saved'));
    look();
  }

  /** The parts need not add up, but whoever reads must see that they do not. */
  function sum() {
    const { target, people: handed, difference } = seen.answer;
    const key = difference === 0 ? 'even' : difference < 0 ? 'short' : 'over';
    return html`<section class="card"><p>${word('measure', target.measure)}${target.scheme ? `, ${word('scheme', target.scheme)}` : ''} · ${day(target.from)} – ${day(target.to)}</p>
      <p><b>${t('target.handed', { handed: number(handed), people: number(target.people) })}</b>
        <span class="mark ${difference === 0 ? 'mark-reached' : 'mark-behind'}">${t(`target.${key}`, { count: number(Math.abs(difference)) })}</span></p>
      ${bar({ percent: (100 * handed) / target.people, tone: difference === 0 ? 'reached' : '' })}</section>`;
  }

  const draw = () => html`<p class="crumbs"><a href="#/settings/targets">${t('target.back')}</a></p>${sum()}
    <div class="controls">${managesUnits() ? html`<button type="button" class="primary" @click=${add}>${t('target.hand-down')}</button>` : nothing}</div>
    ${seen.answer.parts.length ? grid.draw(seen.answer.parts) : empty(t('target.no-parts'))}`;
  return { title, load, draw, leave: grid.leave };
}
