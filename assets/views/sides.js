// The sides of a review beside each other: what the record says, and what it collides with. Codes come masked.

import { areaName } from '../core/areas.js';
import { day, moment, money } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';

const code = (kind) => (it) => it.codes.filter((one) => one.kind === kind).map((one) => one.masked).join(', ');

const FACTS = [
  ['full_name', (it) => it.full_name],
  ['birth_date', (it) => day(it.birth_date)],
  ['sex', (it) => (it.sex ? word('sex', it.sex) : '')],
  ['bhxh_code', code('bhxh')],
  ['personal_id', code('personal_id')],
  ['area_code', (it) => areaName(it.area_code)],
  ['address', (it) => it.address],
];

/** Communes that the sides name. */
export const communesOf = (sides) => sides.flatMap((it) => [it.person, ...it.members.map((one) => one.person)]).map((it) => it?.area_code);

const taken = ({ record }) => (record ? html`${record.group_name} · ${record.agent_name}<br>${moment(record.captured_at)}<br>
  ${t('side.paid', { day: day(record.paid_on), amount: money(record.amount_collected) })}` : '–');

const card = ({ card: it }) => (it ? html`<br>${word('card-type', it.type)}, ${word('card-state', it.state)}${it.number ? ` ${it.number}` : ''}` : nothing);

const enrollment = (side) => {
  const it = side.enrollment;
  return it ? html`<b>${word('scheme', it.scheme)}</b>, ${word('kind', it.kind)}, ${word('status', it.status)}<br>
    ${day(it.covers_from)} – ${day(it.covers_to)}${card(side)}` : t('side.no-enrollment');
};

const members = (side) => html`<ul class="lives">${side.members.map((it) => html`<li><b>${it.person.full_name ?? '–'}</b>, ${day(it.person.birth_date)}<br>
  ${code('bhxh')(it.person) || code('personal_id')(it.person)}</li>`)}</ul>`;

export function sides(all) {
  const row = ([name, value]) => {
    const cells = all.map((it) => (it.person ? value(it.person) || '' : ''));
    // A side that says nothing contradicts nothing. Of a masked code the end is enough to see that it is another.
    const said = new Set(cells.filter(Boolean));
    const differs = said.size > 1;
    return html`<tr class=${differs ? 'differs' : ''}><th scope="row">${t(`person.${name}`)}${differs ? html`<span class="unseen">: ${t('side.differs')}</span>` : nothing}</th>
      ${cells.map((text) => html`<td>${text || '–'}</td>`)}</tr>`;
  };
  const more = (title, cell) => html`<tr><th scope="row">${title}</th>${all.map((it) => html`<td>${cell(it)}</td>`)}</tr>`;
  const head = (it, index) => {
    if (index === 0) return t('side.left');
    return it.person || it.record ? t('side.right') : t('side.outside');
  };
  return html`<section class="card"><h2>${t('side.title')}</h2><div class="sides"><table>
    <thead><tr><td></td>${all.map((it, index) => html`<th scope="col">${head(it, index)}</th>`)}</tr></thead>
    <tbody>${more(t('side.taken'), taken)}${all.some((it) => it.person) ? FACTS.map(row) : nothing}
      ${all.some((it) => it.members.length) ? more(t('side.members'), members) : nothing}
      ${more(t('side.enrollments'), enrollment)}</tbody></table></div></section>`;
}
