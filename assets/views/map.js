// Communes as points on the map, larger the more was accepted there, coloured by how they stand against their target.

import { day, number, percent } from '../core/format.js';
import { t } from '../core/lang.js';
import { around } from '../core/areas.js';
import { pace, PERIODS, plan, span } from '../core/period.js';
import { get } from '../core/session.js';
import { byKey } from '../core/sums.js';
import { SCHEMES, standing } from '../ui/bar.js';
import { choose } from '../ui/field.js';
import { points } from '../ui/points.js';
import { table } from '../ui/table.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';

const CHOICES = PERIODS.filter((it) => it !== 'own');

export function view({ query, redraw, keep, look }) {
  const choice = {
    period: CHOICES.includes(query.get('period')) ? query.get('period') : 'plan',
    scheme: query.get('scheme') ?? '',
  };
  const seen = { rows: [], places: [], period: null, plan: null, pace: null, chosen: null };

  const grid = table({
    label: t('nav.communes'),
    columns: [
      { key: 'name', label: t('tally.by-area'), value: (row) => row.name },
      { key: 'accepted', label: t('tally.accepted'), value: (row) => row.accepted, cell: (row) => number(row.accepted), numeric: true, down: true },
      { key: 'percent', label: t('tally.percent'), value: (row) => row.percent, cell: (row) => percent(row.percent), numeric: true, down: true },
      { key: 'new', label: t('tally.new'), value: (row) => row.new, cell: (row) => number(row.new), numeric: true, down: true },
    ],
    sort: 'accepted',
    down: true,
    redraw,
    rowClass: (row) => (row.key === seen.chosen ? 'chosen' : ''),
  });

  async function load({ signal }) {
    seen.plan = await plan();
    seen.period = span(choice.period, seen.plan);
    const answer = await get('/tallies', { by: 'area', ...seen.period, scheme: choice.scheme }, signal);
    seen.rows = byKey(answer.rows);
    const communes = await around(seen.rows.map((it) => it.key));
    const counted = new Map(seen.rows.map((it) => [it.key, it]));
    const placed = communes.filter((it) => Number.isFinite(it.lat) && Number.isFinite(it.lon));
    seen.pace = pace(seen.plan, seen.period);
    seen.places = placed.map((it) => {
      const row = counted.get(it.code);
      return { key: it.code, name: it.name, lat: it.lat, lon: it.lon, count: row?.accepted ?? 0, percent: row?.percent ?? null, tone: standing(row?.worst, seen.pace) ?? '' };
    });
  }

  function change(values) {
    Object.assign(choice, values);
    keep(choice);
    look();
  }

  const against = (it) => (it.percent === null ? '' : ` · ${percent(it.percent)}`);

  const picked = (key) => { seen.chosen = key; redraw(); };

  function map() {
    if (seen.rows.length === 0) return empty(t('tally.none-area'));
    if (!seen.places.some((it) => it.count)) return html`<p class="note">${t('map.no-places')}</p>`;
    const chosen = seen.places.find((it) => it.key === seen.chosen);
    return html`<figure class="card map">${points({ places: seen.places, chosen: seen.chosen, picked, label: t('map.said') })}
      <figcaption>${chosen ? html`<b>${chosen.name}</b>: ${t('tally.accepted-sum', { count: number(chosen.count) })}${against(chosen)}` : t('map.hint')}</figcaption></figure>`;
  }

  const draw = () => html`<div class="controls">
      ${choose({ id: 'period', label: t('period'), value: choice.period, change: (period) => change({ period }),
        options: CHOICES.map((it) => [it, t(it === 'plan' && !seen.plan ? 'period.no-plan' : `period.${it}`)]) })}
      ${choose({ id: 'scheme', label: t('scheme'), value: choice.scheme, change: (scheme) => change({ scheme }),
        options: ['', ...SCHEMES].map((it) => [it, t(it ? `scheme.${it}` : 'scheme.both')]) })}
    </div>
    <p class="summary">${day(seen.period.from)} – ${day(seen.period.to)}</p>
    <div class="columns columns-map">${map()}${seen.rows.length ? grid.draw(seen.rows) : nothing}</div>`;
  return { title: () => t('nav.map'), load, draw, hears: ['tallies'], leave: grid.leave };
}
