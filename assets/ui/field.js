// Small controls above tables.

import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';

export const choose = ({ id, label, value, options, change }) => html`<div class="control">
  <label for=${id}>${label}</label>
  <select id=${id} @change=${(event) => change(event.target.value)}>
    ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
  </select></div>`;

/** One of these groups, or all; nothing where there is no choice. */
export const ofGroup = ({ value, groups, change }) => (groups.length > 1 ? choose({
  id: 'group', label: t('drive.group'), value, change, options: [['', t('group.all')], ...groups.map((it) => [it.id, it.name])] }) : nothing);

export const pickDay = ({ id, label, value, change }) => html`<div class="control">
  <label for=${id}>${label}</label>
  <input id=${id} type="date" .value=${value} @change=${(event) => event.target.value && change(event.target.value)}></div>`;

export const search = ({ id, value, change, label = t('table.filter') }) => html`<div class="control control-search">
  <label for=${id}>${label}</label>
  <input id=${id} type="search" .value=${value} @input=${(event) => change(event.target.value)}></div>`;
