// The two sides of a review beside each other. Each look at a person is noted by the server, so it is asked for
// only when somebody wants it.

import { areaName, around } from '../core/areas.js';
import { day, moment, money } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { post } from '../core/edit.js';
import { nameOf } from '../core/lists.js';
import { html, nothing } from '../vendor/lit-html.js';

/** What is held on each person of a review; null where the record waits for its person. */
export async function lookAt(review, reason) {
  const look = (id) => (id ? post(`/persons/${id}/dossier`, { reason }) : null);
  const [left, right, group] = await Promise.all([look(review.person_id), look(review.other_id), nameOf('/groups')]);
  await around([left, right].map((it) => it?.person.area_code)).catch(() => []);
  return { left, right, group };
}

const FACTS = [
  ['full_name', (it) => it.person.full_name],
  ['birth_date', (it) => day(it.person.birth_date)],
  ['sex', (it) => word('sex', it.person.sex)],
  ['bhxh_code', (it) => it.person.bhxh_code],
  ['personal_id', (it) => it.person.personal_id],
  ['area_code', (it) => areaName(it.person.area_code)],
  ['address', (it) => it.person.address],
  ['phone', (it) => it.person.phone],
];

const enrollments = (dossier, group) => html`<ul class="lives">${dossier.enrollments.map((it) => html`<li>
  <b>${word('scheme', it.scheme)}</b>, ${word('kind', it.kind)}, ${word('status', it.status)}<br>
  ${day(it.covers_from)} – ${day(it.covers_to)}<br>${t('side.paid', { day: day(it.paid_on), amount: money(it.payable) })} · ${group(it.group_id)}</li>`)}</ul>`;

const waiting = (dossier, review) => {
  const record = dossier.records.find((it) => it.id === review.record_id && it.rev === review.record_rev);
  return record ? html`<p class="mark">${t('side.this-record', { time: moment(record.captured_at) })}</p>` : nothing;
};

export function sides({ left, right, group }, review) {
  const row = ([name, value], index) => {
    const [a, b] = [left, right].map((it) => (it ? value(it) || '' : ''));
    // A side that says nothing contradicts nothing.
    const differs = a && b && a !== b;
    return html`<tr class=${differs ? 'differs' : ''}><th scope="row">${t(`person.${name}`)}${differs ? html`<span class="unseen">: ${t('side.differs')}</span>` : nothing}</th>
      ${cell(left, a, index)}${cell(right, b, index)}</tr>`;
  };
  // A side of which nothing is known says so once, over all rows.
  const cell = (side, text, index) => (side ? html`<td>${text || '–'}</td>`
    : index === 0 ? html`<td class="unknown" rowspan=${FACTS.length + 1}>${t('side.unknown')}</td>` : nothing);
  const more = (side) => (side ? html`<td>${enrollments(side, group)}${waiting(side, review)}</td>` : nothing);
  return html`<section class="card"><h2 id="sides" tabindex="-1">${t('side.title')}</h2><div class="sides"><table>
    <thead><tr><td></td><th scope="col">${t('side.left')}</th><th scope="col">${t('side.right')}</th></tr></thead>
    <tbody>${FACTS.map(row)}<tr><th scope="row">${t('side.enrollments')}</th>${more(left)}${more(right)}</tr></tbody></table></div></section>`;
}
