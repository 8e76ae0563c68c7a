// One drive: who goes, what is to be known, and what it brought.

import { today } from '../core/days.js';
import { day, money, number } from '../core/format.js';
import { t } from '../core/lang.js';
import { nameOf } from '../core/lists.js';
import { get, may } from '../core/session.js';
import { byKey, total, totalOf } from '../core/sums.js';
import { legend } from '../ui/bar.js';
import { say } from '../ui/say.js';
import { table } from '../ui/table.js';
import { empty, inWords } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { changeDrive } from './outing.js';

export function view({ params, redraw, look }) {
  const seen = { report: null, rows: [], village: '', group: '' };

  const count = (key, show = number) => ({ key, label: t(`tally.${key}`), value: (row) => row[key], cell: (row) => show(row[key]), numeric: true, down: true });
  const grid = table({
    label: t('drive.brought'),
    columns: [
      { key: 'name', label: t('tally.by-agent'), value: (row) => row.name },
      count('accepted'), count('new'), count('renewal'), count('duplicate'), count('review'), count('rejected'),
      count('amount_enrolled', money), count('amount_held', money), count('on_phones'),
    ],
    sort: 'accepted',
    down: true,
    redraw,
  });

  async function load({ signal }) {
    const report = await get(`/drives/${params.id}/report`, {}, signal);
    const [villages, groups] = await Promise.all([nameOf('/villages'), nameOf('/groups')]);
    const { drive, tallies } = report;
    Object.assign(seen, { report, rows: byKey(tallies.rows), village: villages(drive.village_id), group: groups(drive.group_id) });
  }

  async function change() {
    try {
      if (!await changeDrive(params.id)) return;
      say(t('saved'));
      look();
    } catch (failure) {
      say(inWords(failure));
    }
  }

  function facts() {
    const { drive, people } = seen.report;
    const leads = people.find((it) => it.id === drive.leader_id);
    return html`<section class="card"><dl class="facts">
      <dt>${t('drive.on')}</dt><dd>${day(drive.on)}${drive.on > today() ? html` <span class="mark">${t('drive.planned')}</span>` : nothing}</dd>
      <dt>${t('drive.group')}</dt><dd>${seen.group}</dd>
      <dt>${t('drive.leader')}</dt><dd>${leads?.name ?? '–'}</dd>
      <dt>${t('drive.people')}</dt><dd>${people.map((it) => it.name).join(', ') || '–'}</dd>
      ${drive.note ? html`<dt>${t('review.note')}</dt><dd>${drive.note}</dd>` : nothing}
    </dl></section>`;
  }

  function brought() {
    if (seen.rows.length === 0) return empty(t('drive.nothing-yet'));
    const { rows } = seen.report.tallies;
    const sum = total(rows);
    return html`<p class="summary">${t('tally.accepted-sum', { count: number(sum.accepted) })} · ${money(sum.amount_enrolled)}${sum.amount_held ? ` · ${t('today.held', { amount: money(sum.amount_held) })}` : ''}</p>
      ${legend((scheme) => number(totalOf(rows, scheme).accepted))}
      ${grid.draw(seen.rows)}`;
  }

  const draw = () => html`<p class="crumbs"><a href="#/drives">${t('drive.back')}</a>
      ${may('leader', 'supervisor', 'admin') ? html`<button type="button" class="quiet" @click=${change}>${t('do.change')}</button>` : nothing}</p>
    ${facts()}<h2 class="part">${t('drive.brought')}</h2>${brought()}`;
  return { title: () => (seen.report ? t('drive.title', { village: seen.village }) : t('nav.drives')), load, draw, hears: ['tallies'], leave: grid.leave };
}
