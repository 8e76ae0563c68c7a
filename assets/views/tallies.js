// One table for groups, villages, agents and communes: how many, how much, and how far from the target.

import { day, money, number, percent, plain } from '../core/format.js';
import { t } from '../core/lang.js';
import { pace, PERIODS, plan, span } from '../core/period.js';
import { get } from '../core/session.js';
import { byKey, total } from '../core/sums.js';
import { bar, legend, SCHEMES, standing } from '../ui/bar.js';
import { choose, pickDay, search } from '../ui/field.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';
import { takeAway } from './export.js';

const NAMES = {
  office: 'nav.offices', group: 'nav.groups', village: 'nav.villages', agent: 'nav.agents', area: 'nav.communes',
  organisation: 'nav.organisations', association: 'nav.associations',
};

/** The view of one `by`. Where nobody has a target, bars are against the best. */
export const tallies = (by) => ({ query, redraw, keep, look }) => {
  const choice = {
    period: PERIODS.includes(query.get('period')) ? query.get('period') : 'plan',
    from: query.get('from'),
    to: query.get('to'),
    scheme: query.get('scheme') ?? '',
    q: query.get('q') ?? '',
    sort: query.get('sort') ?? (by === 'group' ? 'percent' : 'accepted'),
    down: query.has('sort') ? query.get('down') === '1' : by !== 'group',
  };
  const seen = { rows: [], shown: [], period: null, pace: null, plan: null, best: 1, of: '', planned: by === 'group', sum: null };

  const made = () => table({
    label: t(NAMES[by]),
    columns: columns(),
    sort: choice.sort,
    down: choice.down,
    redraw,
    onSort(sort, down) {
      Object.assign(choice, { sort, down });
      kept();
    },
  });
  let grid = made();

  /** Columns of targets appear with the first target. */
  function shape() {
    const planned = by === 'group' || seen.rows.some((it) => it.target !== null);
    if (planned === seen.planned) return;
    seen.planned = planned;
    grid.leave();
    grid = made();
  }

  function kept() {
    const own = choice.period === 'own' ? { from: seen.period?.from, to: seen.period?.to } : {};
    keep({ period: choice.period, ...own, scheme: choice.scheme, q: choice.q, sort: choice.sort, down: choice.down ? '1' : '' });
  }

  async function load({ signal }) {
    seen.plan = await plan();
    const period = span(choice.period, seen.plan, choice);
    const answer = await get('/tallies', { by, ...period, scheme: choice.scheme }, signal);
    const rows = byKey(answer.rows);
    for (const row of rows) row.found = plain(row.name);
    Object.assign(seen, { period, rows, pace: pace(seen.plan, period), best: Math.max(1, ...rows.map((it) => it.accepted)) });
    seen.of = asked();
    shape();
    filter();
  }

  function filter() {
    const wanted = plain(choice.q.trim());
    seen.shown = wanted ? seen.rows.filter((it) => it.found.includes(wanted)) : seen.rows;
    // Kept, for it is drawn at each step of scrolling.
    seen.sum = total(seen.shown.flatMap((it) => Object.values(it.schemes)));
  }

  function columns() {
    const count = (key) => ({ key, label: t(`tally.${key}`), value: (row) => row[key], cell: (row) => number(row[key]), numeric: true, down: true });
    const amount = (key) => ({ ...count(key), cell: (row) => money(row[key]) });
    const target = [
      { key: 'percent', label: t('tally.percent'), value: (row) => row.percent, cell: against },
      { ...count('to_go'), cell: (row) => number(row.to_go) },
    ];
    const share = [{ key: 'share', label: t('tally.share'), cell: (row) => bar({ percent: (100 * row.accepted) / seen.best, tone: choice.scheme }) }];
    return [
      { key: 'name', label: t(`tally.by-${by}`), value: (row) => row.name, cell: (row) => row.name || t('tally.nobody') },
      ...(seen.planned ? [...target, count('accepted')] : [count('accepted'), ...share]),
      count('new'), count('renewal'), count('duplicate'), count('review'), count('rejected'),
      amount('amount_enrolled'), amount('amount_held'),
      ...(by === 'group' || by === 'agent' ? [count('on_phones')] : []),
    ];
  }

  function against(row) {
    if (row.target === null) return html`<span class="hint">${t('tally.no-target')}</span>`;
    const tone = standing(row.worst, seen.pace) ?? '';
    // Two schemes have a bar each: the surplus of one is not the other's.
    const parts = Object.values(row.schemes).filter((it) => it.target !== null);
    const bars = parts.length > 1 ? parts.map((it) => bar({ percent: it.percent, pace: seen.pace, tone: it.scheme }))
      : bar({ percent: row.percent, pace: seen.pace, tone });
    return html`<span class="against ${tone}"><span>${bars}</span><b>${percent(row.percent)}</b><span class="hint">${t('tally.of', { target: number(row.target) })}</span></span>`;
  }

  function change(values) {
    Object.assign(choice, values);
    seen.period = span(choice.period, seen.plan, choice);
    kept();
    look();
    redraw();
  }

  function controls() {
    const { from, to } = seen.period;
    return html`<div class="controls">
      ${choose({ id: 'period', label: t('period'), value: choice.period, change: (period) => change({ period, from, to }),
        options: PERIODS.map((it) => [it, t(it === 'plan' && !seen.plan ? 'period.no-plan' : `period.${it}`)]) })}
      ${choice.period === 'own' ? html`
        ${pickDay({ id: 'from', label: t('period.from'), value: from, change: (from) => change({ from, to }) })}
        ${pickDay({ id: 'to', label: t('period.to'), value: to, change: (to) => change({ from, to }) })}` : nothing}
      ${choose({ id: 'scheme', label: t('scheme'), value: choice.scheme, change: (scheme) => change({ scheme }),
        options: ['', ...SCHEMES].map((it) => [it, t(it ? `scheme.${it}` : 'scheme.both')]) })}
      ${search({ id: 'q', value: choice.q, change: (q) => { choice.q = q; filter(); kept(); redraw(); } })}
      ${takeAway({ by, ...seen.period, scheme: choice.scheme })}
    </div>`;
  }

  /** What the rows on the screen were asked with is not what is chosen now. */
  const old = () => seen.of !== asked();
  const asked = () => [seen.period.from, seen.period.to, choice.scheme].join(' ');

  function summary() {
    if (old()) return html`<p class="summary">${t('loading')}</p>`;
    const { sum } = seen;
    const parts = [
      `${day(seen.period.from)} – ${day(seen.period.to)}`,
      t('tally.rows', { count: number(seen.shown.length) }),
      t('tally.accepted-sum', { count: number(sum.accepted) }),
      sum.target ? t('tally.target-sum', { percent: percent(sum.percent), count: number(sum.to_go) }) : '',
      money(sum.amount_enrolled),
    ];
    return html`<p class="summary">${parts.filter(Boolean).join(' · ')}</p>`;
  }

  const none = () => empty(choice.q ? t('tally.none-found') : t(`tally.none-${by}`));
  const draw = () => html`${controls()}${summary()}${seen.planned && seen.pace !== null
    ? html`<p class="hint">${t('today.pace', { percent: percent(seen.pace) })}</p>` : nothing}
    ${seen.planned && !choice.scheme ? legend() : nothing}
    <div class=${old() ? 'old' : ''} aria-busy=${old()}>${seen.shown.length ? grid.draw(seen.shown) : none()}</div>`;
  return { title: () => t(NAMES[by]), load, draw, hears: ['tallies'], leave: () => grid.leave() };
};
