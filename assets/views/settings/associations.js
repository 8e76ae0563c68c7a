// Mass organisations whose members enroll people, and who their members are.

import { number } from '../../core/format.js';
import { t } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { edit, post } from '../../core/edit.js';
import { fill } from '../../ui/ask.js';
import { chosen } from '../../ui/chosen.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { listed, rowButton } from './listed.js';

export function view({ redraw, look }) {
  async function rows() {
    const [associations, users] = await Promise.all([names('/associations'), names('/users')]);
    const name = new Map(users.map((it) => [it.id, it.name]));
    return associations.map((it) => ({ ...it, members: it.member_ids.map((id) => name.get(id) ?? '–').join(', ') }));
  }

  const again = () => {
    forget('/associations');
    say(t('saved'));
    look();
  };

  let drawn = () => {};
  const ask = (options) => fill({ ...options, drawn: (redraw) => { drawn = redraw; } });

  async function fields(thing = {}) {
    const users = (await names('/users')).filter((it) => it.group_id);
    return [
      { name: 'name', label: t('association.name'), required: true, value: thing.name, first: true },
      { name: 'member_ids', label: t('association.members'), value: thing.member_ids ?? [], draw: chosen({ items: users.map((it) => [it.id, it.name]), redraw: () => drawn() }) },
    ];
  }

  const body = ({ name, member_ids }) => ({ name, member_ids: member_ids || [] });

  async function add() {
    const id = newId();
    if (await ask({ title: t('association.add'), fields: await fields(), send: (values) => post('/associations', { id, ...body(values) }) })) again();
  }

  async function change(row) {
    try {
      const { thing, save } = await edit(`/associations/${row.id}`);
      if (await ask({ title: t('group.change', { name: thing.name }), fields: await fields(thing), send: (values) => save(body(values)) })) again();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  return listed({
    title: () => t('nav.association-list'),
    columns: [
      { key: 'name', label: t('association.name'), value: (row) => row.name },
      { key: 'count', label: t('association.count'), value: (row) => row.member_ids.length, cell: (row) => number(row.member_ids.length), numeric: true, down: true },
      { key: 'members', label: t('association.members'), value: (row) => row.members },
      { key: 'do', label: '', cell: (row) => rowButton(t('do.change'), row.name, () => change(row)) },
    ],
    sort: 'name',
    rows,
    words: (row) => `${row.name} ${row.members}`,
    add,
    addLabel: t('association.add'),
    none: t('association.none'),
    redraw,
  });
}
