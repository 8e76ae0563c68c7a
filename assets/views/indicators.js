// The figures that an office reports: people taking part at the end of the month, against other months and the plan.

import { today } from '../core/days.js';
import { day, exact, number, plain, signed } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { get } from '../core/session.js';
import { holders } from '../core/units.js';
import { bar, SCHEMES, standing } from '../ui/bar.js';
import { choose, pickDay, search } from '../ui/field.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { takeList } from './export.js';

const BYS = ['group', 'area', 'office'];

export function view({ query, redraw, keep, look }) {
  const choice = {
    on: query.get('on') ?? today(),
    by: BYS.includes(query.get('by')) ? query.get('by') : 'group',
    office_id: query.get('office_id') ?? '',
    scheme: query.get('scheme') ?? '',
  };
  const seen = { answer: null, shown: [], offices: [], q: '' };

  const column = (key, cell = (row) => number(row[key])) => ({ key, label: t(`indicator.${key}`), value: (row) => row[key], cell, numeric: true, down: true });
  const change = (key) => ({ key, label: t(`indicator.${key}`), value: (row) => row[key]?.change, cell: (row) => signed(row[key]?.change), numeric: true, down: true });
  const grid = table({
    label: t('nav.indicators'),
    columns: [
      { key: 'name', label: t('indicator.unit'), value: (row) => row.name, cell: (row) => row.name || t('tally.nobody') },
      { key: 'scheme', label: t('scheme'), value: (row) => word('scheme', row.scheme) },
      column('taking_part'),
      { key: 'percent', label: t('indicator.percent'), value: (row) => row.percent, cell: planned, down: true },
      { ...column('rank'), down: false },
      column('to_go'), column('pace', (row) => exact(row.pace)),
      change('last_month'), change('last_december'), change('last_year'),
      column('coverage', (row) => share(row.coverage)), column('labour_share', (row) => share(row.labour_share)),
    ],
    sort: 'rank',
    redraw,
  });

  const share = (percent) => (percent === null ? '–' : `${exact(percent)}%`);

  function planned(row) {
    if (row.target === null) return html`<span class="hint">${t('tally.no-target')}</span>`;
    const percent = Number(row.percent);
    return html`<span class="against ${standing(percent, null)}">${bar({ percent, tone: row.scheme })}<b>${share(row.percent)}</b><span class="hint">${t('tally.of', { target: number(row.target) })}</span></span>`;
  }

  async function load({ signal }) {
    const [answer, offices] = await Promise.all([get('/indicators', choice, signal), holders('office')]);
    Object.assign(seen, { answer, offices });
    filter();
  }

  function filter() {
    const wanted = plain(seen.q.trim());
    seen.shown = seen.answer.rows.filter((it) => plain(it.name).includes(wanted));
  }

  function changed(values) {
    Object.assign(choice, values);
    keep(choice);
    look();
  }

  function controls() {
    const offices = [['', t('indicator.own')], ...seen.offices];
    return html`<div class="controls">
      ${pickDay({ id: 'on', label: t('indicator.on'), value: choice.on, change: (on) => changed({ on }) })}
      ${seen.offices.length > 1 ? choose({ id: 'office', label: t('user.office'), value: choice.office_id, options: offices, change: (office_id) => changed({ office_id }) }) : nothing}
      ${choose({ id: 'by', label: t('indicator.by'), value: choice.by, options: BYS.map((it) => [it, t(`tally.by-${it}`)]), change: (by) => changed({ by }) })}
      ${choose({ id: 'scheme', label: t('scheme'), value: choice.scheme, change: (scheme) => changed({ scheme }),
        options: ['', ...SCHEMES].map((it) => [it, t(it ? `scheme.${it}` : 'scheme.both')]) })}
      ${search({ id: 'q', value: seen.q, change: (q) => { seen.q = q; filter(); redraw(); } })}
      ${takeList('/indicators', choice, `indicators-${choice.on}`)}
    </div>`;
  }

  const against = (key, it) => (it ? html`<dt>${t(`indicator.${key}`)}</dt><dd>${signed(it.change)}${it.percent === null ? '' : ` (${signed(it.percent)}%)`}</dd>` : nothing);

  const fact = (key, value) => (value === null || value === undefined || value === '–' ? nothing : html`<dt>${t(`indicator.${key}`)}</dt><dd>${value}</dd>`);

  const sum = (it) => html`<section class="card figure"><h2><i class="dot ${it.scheme}"></i> ${word('scheme', it.scheme)}</h2>
    <p class="figure-value">${number(it.taking_part)}</p>
    ${it.target === null ? html`<p>${t('indicator.no-target')}</p>` : html`<p>${t('indicator.of-plan', { percent: exact(it.percent), target: number(it.target) })}</p>${bar({ percent: Number(it.percent), tone: it.scheme })}`}
    <dl class="facts">${against('last_month', it.last_month)}${against('last_december', it.last_december)}${against('last_year', it.last_year)}
      ${fact('to_go', it.to_go === null ? null : t('indicator.to-go-in', { count: number(it.to_go), days: number(it.days_left), pace: exact(it.pace) }))}
      ${fact('coverage', share(it.coverage))}${fact('labour_share', share(it.labour_share))}
      ${it.units_over + it.units_under ? fact('units', t('indicator.units-said', { over: number(it.units_over), under: number(it.units_under) })) : nothing}</dl></section>`;

  const draw = () => html`${controls()}
    <p class="summary">${t('indicator.at', { month: day(seen.answer.month) })}</p>
    <div class="columns columns-pair">${seen.answer.totals.map(sum)}</div>
    ${seen.shown.length ? grid.draw(seen.shown) : empty(t('indicator.none'))}`;
  return { title: () => t('nav.indicators'), load, draw, hears: ['tallies'], leave: grid.leave };
}
