// The offices, and which is above which; for administrators.

import { t } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { edit, post } from '../../core/edit.js';
import { fill } from '../../ui/ask.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { listed, rowButton } from './listed.js';

export function view({ redraw, look }) {
  async function rows() {
    const offices = await names('/offices');
    const name = new Map(offices.map((it) => [it.id, it.name]));
    return offices.map((it) => ({ ...it, above: name.get(it.parent_id) ?? '' }));
  }

  const again = () => {
    forget('/offices');
    say(t('saved'));
    look();
  };

  async function add() {
    const offices = (await names('/offices')).map((it) => [it.id, it.name]).sort((a, b) => a[1].localeCompare(b[1], 'vi'));
    const id = newId();
    const made = await fill({
      title: t('office.add'),
      fields: [
        { name: 'name', label: t('office.name'), required: true, first: true },
        { name: 'parent_id', label: t('office.above'), type: 'select', options: offices, hint: t('office.above-hint'), shown: () => offices.length > 0 },
      ],
      send: ({ name, parent_id }) => post('/offices', { id, name, ...(parent_id ? { parent_id } : {}) }),
    });
    if (made) again();
  }

  async function change(row) {
    try {
      const { thing, save } = await edit(`/offices/${row.id}`);
      const fields = [{ name: 'name', label: t('office.name'), required: true, value: thing.name, first: true }];
      if (await fill({ title: t('office.change', { name: thing.name }), fields, send: save })) again();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  return listed({
    title: () => t('nav.office-list'),
    columns: [
      { key: 'name', label: t('office.name'), value: (row) => row.name },
      { key: 'above', label: t('office.above'), value: (row) => row.above },
      { key: 'do', label: '', cell: (row) => rowButton(t('do.change'), row.name, () => change(row)) },
    ],
    sort: 'name',
    rows,
    words: (row) => `${row.name} ${row.above}`,
    add,
    addLabel: t('office.add'),
    none: t('office.none'),
    redraw,
  });
}
