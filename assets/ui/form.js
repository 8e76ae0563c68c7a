// Forms: labels, what the server found wrong with each field, and no second sending while the first is under way.

import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';
import { inWords } from './words.js';

/**
 * `fields`: `{ name, label, type, value, options, required, hint, shown, attributes }`; `options` are pairs of value and
 * text, or give them for the values so far; `draw` makes a control of its own.
 * `send(values)` does the work; its Failure is shown beside the fields it names, the rest above the buttons.
 */
export function form({ fields, send, done, submit, cancel, redraw }) {
  const state = { values: Object.fromEntries(fields.map((it) => [it.name, it.value ?? ''])), failure: null, busy: false };

  const wrong = (name) => state.failure?.fields?.filter((it) => it.path.split('/')[1] === name) ?? [];
  const shown = () => fields.filter((it) => it.shown?.(state.values) ?? true);

  async function sent(event) {
    event.preventDefault();
    if (state.busy) return;
    Object.assign(state, { busy: true, failure: null });
    redraw();
    try {
      const names = shown().map((it) => it.name);
      done(await send(Object.fromEntries(names.map((name) => [name, state.values[name]]))));
      state.busy = false;
    } catch (failure) {
      Object.assign(state, { busy: false, failure });
      redraw();
      const first = event.target.querySelector('[aria-invalid=true]') ?? event.target.querySelector('[role=alert]');
      first?.focus();
      return;
    }
    redraw();
  }

  const set = (name) => (event) => {
    const { target } = event;
    state.values[name] = target.type === 'checkbox' ? target.checked
      : target.multiple ? Array.from(target.selectedOptions, (it) => it.value) : target.value;
    redraw();
  };

  function control(field, problems) {
    const id = `field-${field.name}`;
    const value = state.values[field.name];
    const described = [field.hint && `${id}-hint`, problems.length && `${id}-wrong`].filter(Boolean).join(' ') || nothing;
    const invalid = problems.length ? 'true' : nothing;
    if (field.type === 'select') {
      return html`<select id=${id} aria-describedby=${described} aria-invalid=${invalid} ?required=${field.required} @change=${set(field.name)}>
        ${field.required && value !== '' ? nothing : html`<option value="" ?selected=${value === ''}>${field.none ?? '–'}</option>`}
        ${(typeof field.options === 'function' ? field.options(state.values) : field.options).map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
      </select>`;
    }
    if (field.draw) {
      const put = (next) => { state.values[field.name] = next; redraw(); };
      return field.draw({ id, value, put, described, invalid });
    }
    if (field.type === 'text-area') {
      return html`<textarea id=${id} rows="3" aria-describedby=${described} aria-invalid=${invalid} ?required=${field.required}
        maxlength=${field.longest ?? nothing} .value=${value} @input=${set(field.name)}></textarea>`;
    }
    if (field.type === 'check') {
      return html`<input id=${id} type="checkbox" .checked=${Boolean(value)} @change=${set(field.name)}>`;
    }
    return html`<input id=${id} type=${field.type ?? 'text'} autocomplete=${field.autocomplete ?? 'off'} aria-describedby=${described}
      aria-invalid=${invalid} ?required=${field.required} ?autofocus=${field.first} min=${field.min ?? nothing} .value=${value}
      @input=${set(field.name)} spellcheck="false" autocapitalize=${field.capitals ?? nothing}>`;
  }

  function row(field) {
    const id = `field-${field.name}`;
    const problems = wrong(field.name);
    const label = html`<label for=${id}>${field.label}${field.required ? nothing : html` <span class="optional">${field.type === 'check' ? '' : t('form.optional')}</span>`}</label>`;
    return html`<div class="field ${field.type === 'check' ? 'field-check' : ''}">
      ${field.type === 'check' ? html`${control(field, problems)}${label}` : html`${label}${control(field, problems)}`}
      ${field.hint ? html`<p class="hint" id="${id}-hint">${field.hint}</p>` : nothing}
      ${problems.length ? html`<p class="wrong" id="${id}-wrong">${problems.map((it) => it.detail).join(' ')}</p>` : nothing}
    </div>`;
  }

  function above() {
    if (!state.failure) return nothing;
    const known = new Set(shown().map((it) => it.name));
    const others = (state.failure.fields ?? []).filter((it) => !known.has(it.path.split('/')[1]));
    return html`<div class="note note-bad" role="alert" tabindex="-1"><p>${inWords(state.failure)}</p>
      ${others.length ? html`<ul>${others.map((it) => html`<li>${it.path}: ${it.detail}</li>`)}</ul>` : nothing}</div>`;
  }

  // Enter makes a new line in a note; with Ctrl it sends.
  const keys = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };

  const draw = () => html`<form class="form" @submit=${sent} @keydown=${keys}>
    ${shown().map(row)}
    ${above()}
    <div class="actions">
      <button type="submit" class="primary" aria-disabled=${state.busy}>${state.busy ? t('form.sending') : submit}</button>
      ${cancel ? html`<button type="button" @click=${cancel}>${t('do.cancel')}</button>` : nothing}
    </div>
  </form>`;
  return { draw, values: state.values };
}
