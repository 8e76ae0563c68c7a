// What the system cannot count itself: people insured before it began, population, labour force. Dated, with source.

import { areaName, around } from '../../core/areas.js';
import { today } from '../../core/days.js';
import { day, number } from '../../core/format.js';
import { t, word } from '../../core/lang.js';
import { all, newId } from '../../core/lists.js';
import { post } from '../../core/edit.js';
import { holders } from '../../core/units.js';
import { fill } from '../../ui/ask.js';
import { communes } from '../../ui/communes.js';
import { say } from '../../ui/say.js';
import { html } from '../../vendor/lit-html.js';
import { bring } from '../bring.js';
import { listed } from './listed.js';

const KINDS = ['voluntary', 'household', 'population', 'labour_force'];

export function view({ redraw, look }) {
  async function rows(signal) {
    const [baselines, offices] = await Promise.all([all('/baselines', { signal }), holders('office')]);
    await around(baselines.map((it) => it.area_code)).catch(() => []);
    const office = new Map(offices);
    return baselines.map((it) => ({ ...it, name: it.area_code ? areaName(it.area_code) : office.get(it.office_id) ?? '' }));
  }

  const again = (said) => {
    say(said);
    look();
  };

  async function add() {
    const id = newId();
    const offices = await holders('office');
    let drawn = () => {};
    const made = await fill({
      title: t('baseline.add'),
      drawn: (redraw) => { drawn = redraw; },
      fields: [
        { name: 'of', label: t('baseline.of'), type: 'select', required: true, value: offices.length ? 'office' : 'area',
          options: (offices.length ? ['office', 'area'] : ['area']).map((it) => [it, word('holder', it)]) },
        { name: 'office_id', label: t('user.office'), type: 'select', required: true, options: offices, shown: ({ of }) => of === 'office' },
        { name: 'area_code', label: t('tally.by-area'), draw: communes({ redraw: () => drawn(), one: true }), shown: ({ of }) => of === 'area' },
        { name: 'kind', label: t('baseline.kind'), type: 'select', required: true, options: KINDS.map((it) => [it, word('baseline', it)]) },
        { name: 'as_of', label: t('baseline.as_of'), type: 'date', required: true, value: today() },
        { name: 'people', label: t('target.people'), type: 'number', min: 0, required: true },
        { name: 'source', label: t('baseline.source'), required: true, hint: t('baseline.source-hint') },
      ],
      send: ({ of, people, ...values }) => post('/baselines', { id, ...values, people: Number(people) }),
    });
    if (made) again(t('saved'));
  }

  async function upload() {
    const report = await bring({ kind: 'baselines', title: t('baseline.import'), columns: 'office | area_code, kind, as_of, people, source' });
    if (report) again(t('import.done', { count: number(report.written) }));
  }

  return listed({
    title: () => t('nav.baselines'),
    columns: [
      { key: 'name', label: t('baseline.of'), value: (row) => row.name },
      { key: 'kind', label: t('baseline.kind'), value: (row) => word('baseline', row.kind) },
      { key: 'as_of', label: t('baseline.as_of'), value: (row) => row.as_of, cell: (row) => day(row.as_of), down: true },
      { key: 'people', label: t('target.people'), value: (row) => row.people, cell: (row) => number(row.people), numeric: true, down: true },
      { key: 'source', label: t('baseline.source'), value: (row) => row.source },
    ],
    sort: 'name',
    rows,
    words: (row) => `${row.name} ${word('baseline', row.kind)} ${row.source}`,
    add,
    addLabel: t('baseline.add'),
    more: html`<button type="button" @click=${upload}>${t('import.from-file')}</button>`,
    none: t('baseline.none'),
    redraw,
  });
}
