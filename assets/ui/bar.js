// A bar against a target. SVG, because its widths may stand in attributes where the page allows no styles.

import { word } from '../core/lang.js';
import { html, nothing, svg } from '../vendor/lit-html.js';

export const SCHEMES = ['voluntary', 'household'];

const clamp = (percent) => Math.max(0, Math.min(100, percent));

/** What a percent means: reached, on the way, behind; null without a target. */
export function standing(percent, pace) {
  if (percent === null || percent === undefined) return null;
  if (percent >= 100) return 'reached';
  return pace !== null && pace !== undefined && percent < pace ? 'behind' : 'going';
}

/** Which colour is which scheme; `value(scheme)` stands behind its name. */
export const legend = (value = () => nothing) => html`<p class="pair">${SCHEMES.map((scheme) => html`
  <span><i class="dot ${scheme}"></i>${word('scheme', scheme)} <b>${value(scheme)}</b></span>`)}</p>`;

/** `pace`: where it should be today, in percent. `tone`: a class of `parts.css`. */
export function bar({ percent, pace = null, tone = '' }) {
  const mark = pace === null || pace >= 100 ? nothing
    : svg`<line class="bar-pace" x1=${`${clamp(pace)}%`} x2=${`${clamp(pace)}%`} y1="0" y2="10" />`;
  return html`<svg class="bar ${tone}" aria-hidden="true" focusable="false">
    <rect class="bar-ground" y="2" width="100%" height="6" rx="3" />
    <rect class="bar-fill" y="2" width=${`${clamp(percent ?? 0)}%`} height="6" rx="3" />
    ${mark}
  </svg>`;
}
