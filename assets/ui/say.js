// One line that says what was just done, also to those who hear the page.

import { html } from '../vendor/lit-html.js';

const SHOWN_MS = 6000;

let text = '';
let timer = null;
let redraw = () => {};

export function whenSaid(listener) {
  redraw = listener;
}

export function say(words) {
  text = words;
  clearTimeout(timer);
  timer = setTimeout(() => { text = ''; redraw(); }, SHOWN_MS);
  redraw();
}

export const said = () => html`<div class="said" role="status" aria-live="polite">${text}</div>`;
