// Counts by day as lines.

import { number, shortDay } from '../core/format.js';
import { html, svg } from '../vendor/lit-html.js';

const WIDTH = 640;
const HEIGHT = 180;
const LEFT = 40;
const BOTTOM = 24;
const TOP = 10;

/** A round number at or above `most`, so that the scale reads well. */
function ceiling(most) {
  const step = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return [1, 2, 2.5, 4, 5, 10].map((it) => it * step).find((it) => it >= most) ?? 1;
}

/** `days`: `yyyy-mm-dd` in order; `series`: `{ name, tone, values }`, a value for each day. */
export function lines({ days, series, label }) {
  const top = Math.max(4, ceiling(Math.max(...series.flatMap((it) => it.values))));
  const x = (index) => LEFT + (index * (WIDTH - LEFT - 12)) / Math.max(1, days.length - 1);
  const y = (value) => HEIGHT - BOTTOM - (value * (HEIGHT - BOTTOM - TOP)) / top;
  const path = (values) => values.map((value, index) => `${index ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const ticks = [0, top / 2, top];
  const weeks = days.map((day, index) => ({ day, index })).filter(({ index }) => (days.length - 1 - index) % 7 === 0);
  return html`<svg class="lines" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label}>
    ${ticks.map((tick) => svg`
      <line class="lines-grid" x1=${LEFT} x2=${WIDTH - 12} y1=${y(tick)} y2=${y(tick)} />
      <text class="lines-word" x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${number(tick)}</text>`)}
    ${weeks.map(({ day, index }) => svg`
      <text class="lines-word" x=${x(index)} y=${HEIGHT - 6} text-anchor=${index === days.length - 1 ? 'end' : 'middle'}>${shortDay(day)}</text>`)}
    ${series.map(({ name, tone, values }) => svg`
      <path class="lines-path ${tone}" d=${path(values)} />
      ${values.map((value, index) => svg`<circle class="lines-dot ${tone}" cx=${x(index)} cy=${y(value)} r=${value ? 3 : 0}>
        <title>${name} ${shortDay(days[index])}: ${number(value)}</title></circle>`)}`)}
  </svg>`;
}
