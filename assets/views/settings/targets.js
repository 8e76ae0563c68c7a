// What each group is to reach, by scheme and period.

import { today, quarterStart, plusDays } from '../../core/days.js';
import { day, number } from '../../core/format.js';
import { t, word } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { edit, post } from '../../core/edit.js';
import { fill } from '../../ui/ask.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { html, nothing } from '../../vendor/lit-html.js';
import { listed, rowButton } from './listed.js';

/** The last day of the quarter of a day. */
const quarterEnd = (on) => plusDays(quarterStart(plusDays(quarterStart(on), 95)), -1);

export function view({ redraw, look }) {
  async function rows() {
    const [targets, groups] = await Promise.all([names('/targets'), names('/groups')]);
    const group = new Map(groups.map((it) => [it.id, it.name]));
    return targets.map((it) => ({ ...it, group: group.get(it.group_id) ?? '' }));
  }

  const again = () => {
    forget('/targets');
    say(t('saved'));
    look();
  };

  const period = (from, to) => [
    { name: 'from', label: t('period.from'), type: 'date', required: true, value: from },
    { name: 'to', label: t('period.to'), type: 'date', required: true, value: to },
  ];
  const people = (value) => ({ name: 'people', label: t('target.people'), type: 'number', min: 1, required: true, value });
  const body = (values) => ({ ...values, people: Number(values.people) });

  async function add() {
    const groups = await names('/groups');
    const id = newId();
    const made = await fill({
      title: t('target.add'),
      fields: [
        { name: 'group_id', label: t('drive.group'), type: 'select', required: true, options: groups.map((it) => [it.id, it.name]) },
        { name: 'scheme', label: t('scheme'), type: 'select', required: true, options: ['voluntary', 'household'].map((it) => [it, word('scheme', it)]) },
        ...period(quarterStart(today()), quarterEnd(today())),
        people(''),
      ],
      send: (values) => post('/targets', { id, ...body(values) }),
    });
    if (made) again();
  }

  async function change(row) {
    try {
      const { thing, save } = await edit(`/targets/${row.id}`);
      const changed = await fill({
        title: t('target.change', { group: row.group, scheme: word('scheme', row.scheme) }),
        fields: [...period(thing.from, thing.to), people(String(thing.people))],
        send: (values) => save(body(values)),
      });
      if (changed) again();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  const now = today();
  const named = (row) => html`${row.group}${row.from <= now && now <= row.to ? nothing : html` <span class="mark">${t('target.not-now')}</span>`}`;
  return listed({
    title: () => t('nav.targets'),
    columns: [
      { key: 'group', label: t('drive.group'), value: (row) => row.group, cell: named },
      { key: 'scheme', label: t('scheme'), value: (row) => word('scheme', row.scheme) },
      { key: 'from', label: t('period.from'), value: (row) => row.from, cell: (row) => day(row.from), down: true },
      { key: 'to', label: t('period.to'), value: (row) => row.to, cell: (row) => day(row.to), down: true },
      { key: 'people', label: t('target.people'), value: (row) => row.people, cell: (row) => number(row.people), numeric: true, down: true },
      { key: 'do', label: '', cell: (row) => rowButton(t('do.change'), `${row.group}, ${word('scheme', row.scheme)}`, () => change(row)) },
    ],
    sort: 'group',
    rows,
    words: (row) => `${row.group} ${word('scheme', row.scheme)} ${day(row.from)} ${day(row.to)}`,
    add,
    addLabel: t('target.add'),
    none: t('target.none'),
    redraw,
  });
}
