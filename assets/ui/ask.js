// Dialogs that most views need: a form to fill in, and a question before something that is hard to take back.

import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';
import { dialog } from './dialog.js';
import { form } from './form.js';

/**
 * A form in a dialog; resolves with the answer of `send`, or undefined when it was left. `drawn` is given what draws it
 * again, for controls of its own.
 */
export function fill({ title, text, fields, send, drawn, submit = t('do.save') }) {
  let made = null;
  return dialog({
    title,
    draw({ close, redraw }) {
      drawn?.(redraw);
      made ??= form({ fields, send, submit, done: (answer) => close(answer ?? true), cancel: () => close(), redraw });
      return html`${text ? html`<p>${text}</p>` : nothing}${made.draw()}`;
    },
  });
}

/** A question; `send` does it once it is confirmed. */
export const confirm = ({ title, text, submit, send }) => fill({ title, text, fields: [], send, submit });
