// What each holder is to reach, by scheme and period, and what was handed down of it.

import { today } from '../../core/days.js';
import { day, number } from '../../core/format.js';
import { t, word } from '../../core/lang.js';
import { forget, names } from '../../core/lists.js';
import { edit } from '../../core/edit.js';
import { holderName, learnHolders } from '../../core/units.js';
import { fill } from '../../ui/ask.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { html, nothing } from '../../vendor/lit-html.js';
import { bring } from '../bring.js';
import { listed, rowButton } from './listed.js';
import { newTarget, people, period } from './target.js';

export function view({ redraw, look }) {
  async function rows() {
    const targets = await names('/targets');
    await learnHolders(targets);
    const handed = new Set(targets.map((it) => it.part_of));
    return targets.map((it) => ({ ...it, name: holderName(it.holder), kind: word('holder', it.holder.kind), handed: handed.has(it.id) }));
  }

  const again = (said = t('saved')) => {
    forget('/targets');
    say(said);
    look();
  };

  async function add() {
    if (await newTarget()) again();
  }

  async function change(row) {
    try {
      const { thing, save } = await edit(`/targets/${row.id}`);
      const changed = await fill({
        title: t('target.change', { name: row.name, what: what(row) }),
        fields: [...period(thing.from, thing.to), people(String(thing.people))],
        send: (values) => save({ ...values, people: Number(values.people) }),
      });
      if (changed) again();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  async function upload() {
    const report = await bring({ kind: 'targets', title: t('target.import'), columns: 'holder_kind, holder, scheme, measure, from, to, people' });
    if (report) again(t('import.done', { count: number(report.written) }));
  }

  const what = (row) => (row.scheme ? word('scheme', row.scheme) : word('measure', row.measure));
  const now = today();
  const named = (row) => html`${row.name}${row.from <= now && now <= row.to ? nothing : html` <span class="mark">${t('target.not-now')}</span>`}`;
  const actions = (row) => html`<a class="button-quiet" href="#/settings/targets/${row.id}">${t(row.handed ? 'target.parts' : 'target.hand-down')}</a>
    ${rowButton(t('do.change'), `${row.name}, ${what(row)}`, () => change(row))}`;
  return listed({
    title: () => t('nav.targets'),
    columns: [
      { key: 'name', label: t('target.holder'), value: (row) => row.name, cell: named },
      { key: 'kind', label: t('target.kind'), value: (row) => row.kind },
      { key: 'what', label: t('scheme'), value: what },
      { key: 'measure', label: t('target.measure'), value: (row) => word('measure', row.measure) },
      { key: 'people', label: t('target.people'), value: (row) => row.people, cell: (row) => number(row.people), numeric: true, down: true },
      { key: 'from', label: t('period.from'), value: (row) => row.from, cell: (row) => day(row.from), down: true },
      { key: 'to', label: t('period.to'), value: (row) => row.to, cell: (row) => day(row.to), down: true },
      { key: 'do', label: '', cell: actions },
    ],
    sort: 'name',
    rows,
    words: (row) => `${row.name} ${row.kind} ${what(row)} ${word('measure', row.measure)} ${day(row.from)} ${day(row.to)}`,
    add,
    addLabel: t('target.add'),
    more: html`<button type="button" @click=${upload}>${t('import.from-file')}</button>`,
    file: 'targets',
    none: t('target.none'),
    redraw,
  });
}
