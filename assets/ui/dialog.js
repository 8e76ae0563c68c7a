// One dialog at a time, in the browser's own `dialog`: it keeps the focus inside and gives it back.

import { html, nothing, render } from '../vendor/lit-html.js';

let host = null;

/**
 * Opens a dialog; resolves with what `close` was given, or undefined when it was left. `draw({ close, redraw })`
 * gives what stands in it.
 */
export function dialog({ title, draw, wide = false }) {
  return new Promise((resolve) => {
    host ??= document.body.appendChild(document.createElement('div'));
    let result;
    const close = (value) => {
      result = value;
      host.querySelector('dialog')?.close();
    };
    const gone = () => {
      render(nothing, host);
      resolve(result);
    };
    const redraw = () => {
      render(html`<dialog class=${wide ? 'wide' : ''} aria-labelledby="dialog-title" @close=${gone}>
        <h2 id="dialog-title">${title}</h2>${draw({ close, redraw })}</dialog>`, host);
    };
    redraw();
    host.querySelector('dialog').showModal();
    host.querySelector('[autofocus]')?.focus();
  });
}

export const isOpen = () => Boolean(host?.querySelector('dialog[open]'));
