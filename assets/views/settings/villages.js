// The villages, which have no official code: an office keeps its own list.

import { areaName, around } from '../../core/areas.js';
import { t } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { post } from '../../core/edit.js';
import { fill } from '../../ui/ask.js';
import { communes } from '../../ui/communes.js';
import { say } from '../../ui/say.js';
import { listed } from './listed.js';

export function view({ redraw, look }) {
  async function rows() {
    const villages = await names('/villages');
    await around(villages.map((it) => it.area_code)).catch(() => []);
    return villages.map((it) => ({ ...it, commune: areaName(it.area_code) }));
  }

  async function add() {
    const id = newId();
    let asked = () => {};
    const made = await fill({
      title: t('village.add'),
      drawn: (redraw) => { asked = redraw; },
      fields: [
        { name: 'name', label: t('village.name'), required: true, first: true, hint: t('village.name-hint') },
        { name: 'area_code', label: t('tally.by-area'), required: true, draw: communes({ one: true, redraw: () => asked() }) },
      ],
      send: (values) => post('/villages', { id, ...values }),
    });
    if (!made) return;
    forget('/villages');
    say(t('saved'));
    look();
  }

  return listed({
    title: () => t('nav.village-list'),
    columns: [
      { key: 'name', label: t('village.name'), value: (row) => row.name },
      { key: 'commune', label: t('tally.by-area'), value: (row) => row.commune },
    ],
    sort: 'commune',
    rows,
    words: (row) => `${row.name} ${row.commune}`,
    add,
    addLabel: t('village.add'),
    file: 'villages',
    none: t('village.none'),
    redraw,
  });
}
