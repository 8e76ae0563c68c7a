// Numbers, money, days and times as people here read them.

import { locale } from './lang.js';

const VIETNAM = 'Asia/Ho_Chi_Minh';
const made = new Map();

// Making a formatter is slow, and a table asks for thousands of cells.
function formatter(kind, make) {
  const key = `${locale()} ${kind}`;
  if (!made.has(key)) made.set(key, make(locale()));
  return made.get(key);
}

const NONE = '–';

export function number(value) {
  if (value === null || value === undefined) return NONE;
  return formatter('number', (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 4 })).format(value);
}

export function percent(value) {
  if (value === null || value === undefined) return NONE;
  const options = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return `${formatter('percent', (locale) => new Intl.NumberFormat(locale, options)).format(value)}%`;
}

/** A number that came as text because its decimals count; shown with just these. */
export function exact(text) {
  if (text === null || text === undefined) return NONE;
  const decimals = String(text).split('.')[1]?.length ?? 0;
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return formatter(`exact ${decimals}`, (locale) => new Intl.NumberFormat(locale, options)).format(Number(text));
}

/** A difference with its sign. */
export function signed(value) {
  if (value === null || value === undefined) return NONE;
  return `${Number(value) > 0 ? '+' : ''}${exact(value)}`;
}

/** Đồng have no decimals. */
export function money(value) {
  if (value === null || value === undefined) return NONE;
  const options = { style: 'currency', currency: 'VND', maximumFractionDigits: 0 };
  return formatter('money', (locale) => new Intl.NumberFormat(locale, options)).format(value);
}

/** `2026-11-23` as 23/11/2026, the way it is written in both languages here. */
export function day(text) {
  if (!text) return NONE;
  const [year, month, day] = text.slice(0, 10).split('-');
  return [day, month, year].filter(Boolean).join('/');
}

export const shortDay = (text) => day(text).slice(0, 5);

/** A moment, in Vietnam's time. */
export function moment(text) {
  if (!text) return NONE;
  const options = {
    timeZone: VIETNAM, day: '2-digit', month: '2-digit', year: 'numeric',
    hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  };
  const parts = formatter('moment', () => new Intl.DateTimeFormat('en-GB', options)).formatToParts(new Date(text));
  const part = (type) => parts.find((it) => it.type === type).value;
  return `${part('hour')}:${part('minute')} ${part('day')}/${part('month')}/${part('year')}`;
}

/** How long ago, in the largest unit that fits. */
export function ago(text, now = Date.now()) {
  if (!text) return NONE;
  const seconds = Math.max(0, (now - Date.parse(text)) / 1000);
  const relative = formatter('ago', (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  if (seconds < 60) return relative.format(0, 'minute');
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3600), 'hour');
  return relative.format(-Math.floor(seconds / 86_400), 'day');
}

/** Text without tone marks and capitals, so that `bo trach` finds Bố Trạch. */
export function plain(text) {
  return String(text ?? '').normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();
}
