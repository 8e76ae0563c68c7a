// Places as points, as far apart as they are on the ground.

import { number, percent } from '../core/format.js';
import { html, nothing, svg } from '../vendor/lit-html.js';

const WIDTH = 600;
const HEIGHT = 520;
const MARGIN = 40;
const STEPS = 5;
/** Half of a long name. */
const EDGE = 70;

/** From degrees to the drawing, showing all of `shown`. Near enough for a province: a degree east shrinks with the latitude. */
function projection(shown) {
  const lats = shown.map((it) => it.lat);
  const lons = shown.map((it) => it.lon);
  const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lons), Math.max(...lons)];
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const room = Math.max((east - west) * shrink / (WIDTH - 2 * MARGIN), (north - south) / (HEIGHT - 2 * MARGIN), 0.0004);
  return {
    x: (place) => WIDTH / 2 + ((place.lon - (west + east) / 2) * shrink) / room,
    y: (place) => HEIGHT / 2 - (place.lat - (south + north) / 2) / room,
  };
}

/** More names than this would cover each other. */
const NAMED = 40;

/** A name beside the edge is not cut off. */
const SHIFT = { start: -18, middle: 0, end: 18 };
const anchor = (x) => (x < EDGE ? 'start' : x > WIDTH - EDGE ? 'end' : 'middle');

/** `places`: `{ key, name, lat, lon, count, percent, tone }`; those without a count are drawn faintly, to find one's way. */
export function points({ places, chosen, picked, label }) {
  const counted = places.filter((it) => it.count).sort((a, b) => b.count - a.count);
  const most = counted[0].count;
  const { x, y } = projection(counted);
  const radius = (count) => 7 + 17 * Math.sqrt(count / most);
  const step = (count) => Math.min(STEPS, Math.ceil((STEPS * count) / most));
  const inside = (it) => x(it) > 0 && x(it) < WIDTH && y(it) > 0 && y(it) < HEIGHT;
  const press = (key) => (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    picked(key);
  };
  const said = (it) => [number(it.count), it.percent === null ? '' : percent(it.percent)].filter(Boolean).join(' · ');
  const name = (it) => {
    const side = anchor(x(it));
    return svg`<text x=${x(it) + SHIFT[side]} y=${y(it) + radius(it.count) + 14} text-anchor=${side}>${it.name}</text>`;
  };
  return html`<svg class="points" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label=${label}>
    ${places.filter((it) => !it.count && inside(it)).map((it) => svg`<circle class="point-faint" cx=${x(it)} cy=${y(it)} r="3"><title>${it.name}</title></circle>`)}
    ${counted.map((it) => svg`<g class="point ${it.tone} ${it.key === chosen ? 'chosen' : ''}" tabindex="0" role="button" aria-pressed=${it.key === chosen}
        aria-label=${`${it.name}: ${said(it)}`} @click=${() => picked(it.key)} @keydown=${press(it.key)}>
      <circle class="point-${step(it.count)}" cx=${x(it)} cy=${y(it)} r=${radius(it.count)}><title>${it.name}: ${said(it)}</title></circle>
      ${counted.length <= NAMED || it.key === chosen ? name(it) : nothing}
    </g>`)}
  </svg>`;
}
