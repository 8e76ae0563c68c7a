// The keys of the reviews.

import { t } from '../core/lang.js';
import { dialog } from '../ui/dialog.js';
import { html } from '../vendor/lit-html.js';

const KEYS = [['j', '↓', '→'], ['k', '↑', '←'], ['Enter'], ['a'], ['r'], ['m'], ['u'], ['?'], ['Ctrl Enter'], ['Esc']];

export const shortcuts = () => dialog({
  title: t('keys.title'),
  draw: ({ close }) => html`<dl class="keys">${KEYS.map((keys) => html`<div>
      <dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${t(`keys.${keys[0]}`)}</dd></div>`)}</dl>
    <div class="actions"><button type="button" class="primary" autofocus @click=${() => close()}>${t('do.close')}</button></div>`,
});
