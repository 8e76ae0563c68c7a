// The organisations that agents collect for.

import { number } from '../../core/format.js';
import { t } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { edit, post } from '../../core/edit.js';
import { fill } from '../../ui/ask.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { listed, rowButton } from './listed.js';

export function view({ redraw, look }) {
  async function rows() {
    const [organisations, users] = await Promise.all([names('/organisations'), names('/users')]);
    const agents = (id) => users.filter((it) => it.organisation_id === id && !it.disabled).length;
    return organisations.map((it) => ({ ...it, agents: agents(it.id) }));
  }

  const again = () => {
    forget('/organisations');
    say(t('saved'));
    look();
  };

  async function add() {
    const id = newId();
    const made = await fill({
      title: t('organisation.add'),
      fields: [{ name: 'name', label: t('organisation.name'), required: true, first: true }],
      send: (values) => post('/organisations', { id, ...values }),
    });
    if (made) again();
  }

  async function change(row) {
    try {
      const { thing, save } = await edit(`/organisations/${row.id}`);
      const fields = [{ name: 'name', label: t('organisation.name'), required: true, value: thing.name, first: true }];
      if (await fill({ title: t('organisation.change', { name: thing.name }), fields, send: save })) again();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  return listed({
    title: () => t('nav.organisation-list'),
    columns: [
      { key: 'name', label: t('organisation.name'), value: (row) => row.name },
      { key: 'agents', label: t('organisation.agents'), value: (row) => row.agents, cell: (row) => number(row.agents), numeric: true, down: true },
      { key: 'do', label: '', cell: (row) => rowButton(t('do.change'), row.name, () => change(row)) },
    ],
    sort: 'name',
    rows,
    words: (row) => row.name,
    add,
    addLabel: t('organisation.add'),
    none: t('organisation.none'),
    redraw,
  });
}
