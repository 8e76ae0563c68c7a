// Failures and waiting, in words.

import { number } from '../core/format.js';
import { t } from '../core/lang.js';
import { html, nothing } from '../vendor/lit-html.js';

/** What failed, and what to do, in one or two sentences. */
export function inWords(failure) {
  const { status, detail, wait, request } = failure;
  if (status === undefined) return t('fail.page', { cause: failure.message });
  if (status === 0) return t('fail.network');
  const said = detail || t('fail.status', { status });
  if (status === 429 || status === 503) return wait ? `${said} ${t('fail.wait', { seconds: wait })}` : said;
  if (status === 412) return `${said} ${t('fail.faster')}`;
  if (status >= 500 && request) return `${said} ${t('fail.request', { request })}`;
  return said;
}

/** A failure with a way out. */
export function failed(failure, again) {
  return html`<div class="note note-bad" role="alert">
    <p>${inWords(failure)}</p>
    ${failure.fields?.length ? html`<ul>${failure.fields.map((it) => html`<li>${it.detail}</li>`)}</ul>` : nothing}
    ${again ? html`<button type="button" @click=${again}>${t('do.again')}</button>` : nothing}
  </div>`;
}

/** `count`: how much of a long list is there already. */
export const loading = (count = 0) => html`<p class="loading" role="status">${count ? t('loading.count', { count: number(count) }) : t('loading')}</p>`;

/** Nothing there, and what to do about it. */
export const empty = (text, action = nothing) => html`<div class="empty"><p>${text}</p>${action}</div>`;
