// The form of a new target, and its fields that other forms share.

import { quarterStart, plusDays, today } from '../../core/days.js';
import { t, word } from '../../core/lang.js';
import { newId } from '../../core/lists.js';
import { post } from '../../core/edit.js';
import { HOLDERS, holders } from '../../core/units.js';
import { fill } from '../../ui/ask.js';
import { communes } from '../../ui/communes.js';

const MEASURES = ['enrolled', 'taking_part', 'vssid'];
const SCHEMES = ['voluntary', 'household'];

/** The last day of the quarter of a day. */
const quarterEnd = (on) => plusDays(quarterStart(plusDays(quarterStart(on), 95)), -1);

export const period = (from, to) => [
  { name: 'from', label: t('period.from'), type: 'date', required: true, value: from },
  { name: 'to', label: t('period.to'), type: 'date', required: true, value: to },
];

export const people = (value) => ({ name: 'people', label: t('target.people'), type: 'number', min: 1, required: true, value });

/** The two fields that say who holds it; `drawn` draws the dialog again. */
export async function holderFields(drawn, kinds = HOLDERS) {
  const lists = Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await holders(kind)])));
  const offered = kinds.filter((kind) => kind === 'area' || lists[kind].length > 0);
  const first = offered.includes('group') ? 'group' : offered[0];
  const isArea = ({ kind }) => kind === 'area';
  return [
    { name: 'kind', label: t('target.kind'), type: 'select', required: true, value: first, options: offered.map((it) => [it, word('holder', it)]) },
    { name: 'holder', label: t('target.holder'), type: 'select', required: true, options: ({ kind }) => lists[kind] ?? [], shown: (values) => !isArea(values) },
    { name: 'area', label: t('target.holder'), draw: communes({ redraw: drawn, one: true }), required: true, shown: isArea },
  ];
}

/** What those fields say, as the API wants it. */
export const holderOf = ({ kind, holder, area }) => ({ kind, id: kind === 'area' ? area : holder });

/** Asks for a new target; resolves with it, or undefined. */
export async function newTarget() {
  const id = newId();
  let drawn = () => {};
  return fill({
    title: t('target.add'),
    drawn: (redraw) => { drawn = redraw; },
    fields: [
      ...await holderFields(() => drawn()),
      { name: 'measure', label: t('target.measure'), type: 'select', required: true, value: 'enrolled', options: MEASURES.map((it) => [it, word('measure', it)]), hint: t('target.measure-hint') },
      { name: 'scheme', label: t('scheme'), type: 'select', required: true, options: SCHEMES.map((it) => [it, word('scheme', it)]), shown: ({ measure }) => measure !== 'vssid' },
      ...period(quarterStart(today()), quarterEnd(today())),
      people(''),
    ],
    send: ({ kind, holder, area, ...values }) => post('/targets', { id, holder: holderOf({ kind, holder, area }), ...values, people: Number(values.people) }),
  });
}
