// The groups and the communes they work in.

import { areaName, around } from '../../core/areas.js';
import { t } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { edit, post } from '../../core/edit.js';
import { may } from '../../core/session.js';
import { fill } from '../../ui/ask.js';
import { communes } from '../../ui/communes.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { listed, rowButton } from './listed.js';

const offices = () => (may('admin') ? names('/offices') : Promise.resolve([]));

export function view({ redraw, look }) {
  async function rows() {
    const [groups, places] = await Promise.all([names('/groups'), offices()]);
    // Without their names the codes are shown.
    await around(groups.flatMap((it) => it.area_codes)).catch(() => []);
    const office = new Map(places.map((it) => [it.id, it.name]));
    return groups.map((it) => ({ ...it, office: office.get(it.office_id) ?? '', communes: it.area_codes.map(areaName).join(', ') }));
  }

  const again = () => {
    forget('/groups');
    say(t('saved'));
    look();
  };

  /** The fields of a group; those of a dialog draw themselves through `asked`. */
  async function fields(thing = {}) {
    const places = await offices();
    return [
      { name: 'name', label: t('group.name'), required: true, value: thing.name, first: true },
      { name: 'office_id', label: t('user.office'), type: 'select', required: Boolean(thing.office_id), value: thing.office_id,
        options: places.map((it) => [it.id, it.name]), shown: () => places.length > 0 },
      { name: 'area_codes', label: t('group.communes'), value: thing.area_codes ?? [], draw: communes({ redraw: () => asked() }) },
    ];
  }

  let asked = () => {};
  const ask = (options) => fill({ ...options, drawn: (redraw) => { asked = redraw; } });
  const body = ({ office_id, ...values }) => ({ ...values, area_codes: values.area_codes || [], ...(office_id ? { office_id } : {}) });

  async function add() {
    const id = newId();
    if (await ask({ title: t('group.add'), fields: await fields(), send: (values) => post('/groups', { id, ...body(values) }) })) again();
  }

  async function change(row) {
    try {
      const { thing, save } = await edit(`/groups/${row.id}`);
      if (await ask({ title: t('group.change', { name: thing.name }), fields: await fields(thing), send: (values) => save(body(values)) })) again();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  return listed({
    title: () => t('nav.group-list'),
    columns: [
      { key: 'name', label: t('group.name'), value: (row) => row.name },
      ...(may('admin') ? [{ key: 'office', label: t('user.office'), value: (row) => row.office }] : []),
      { key: 'communes', label: t('group.communes'), value: (row) => row.communes },
      { key: 'do', label: '', cell: (row) => rowButton(t('do.change'), row.name, () => change(row)) },
    ],
    sort: 'name',
    rows,
    words: (row) => `${row.name} ${row.office} ${row.communes}`,
    add,
    addLabel: t('group.add'),
    file: 'groups',
    none: t('group.none'),
    redraw,
  });
}
