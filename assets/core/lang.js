// The language of the page. Vietnamese unless somebody chose otherwise on this machine.

import en from '../i18n/en.js';
import vi from '../i18n/vi.js';

const TEXTS = { vi, en };
const KEPT = 'language';

let current = kept();
document.documentElement.lang = current;

function kept() {
  // A browser may forbid storage altogether; the page works without it.
  try {
    const language = localStorage.getItem(KEPT);
    return language in TEXTS ? language : 'vi';
  } catch {
    return 'vi';
  }
}

export const language = () => current;
export const locale = () => (current === 'vi' ? 'vi-VN' : 'en-GB');

export function speak(language) {
  current = language;
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // Then it holds until the page is left.
  }
  dispatchEvent(new Event('spoken'));
}

/** The text of a key, with `{name}` replaced. A key without a text shows itself, so that it is found. */
export function t(key, values = {}) {
  const text = TEXTS[current][key] ?? TEXTS.vi[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text of a word of the API, or the word itself when it is newer than this page. */
export function word(kind, value) {
  if (value === null || value === undefined || value === '') return '';
  const key = `${kind}.${value}`;
  return TEXTS[current][key] ?? value;
}
