// Whole lists, page by page, and short-lived copies of those that many views need for their names.

import { get } from './session.js';

const PAGE = 200;
const FRESH_MS = 60_000;

let counted = () => {};

/** Called with how many items of a long list have come so far. */
export function whenCounting(listener) {
  counted = listener;
}

/** Follows `next` to the end. */
export async function all(path, { query = {}, signal } = {}) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { ...query, limit: PAGE, cursor }, signal);
    items.push(...page.items);
    cursor = page.next;
    if (cursor) counted(items.length);
  } while (cursor);
  return items;
}

const kept = new Map();

/** A list that changes seldom; asked again after a minute, or after `forget`. */
export function names(path) {
  const known = kept.get(path);
  if (known && Date.now() - known.at < FRESH_MS) return known.items;
  const items = all(path);
  kept.set(path, { at: Date.now(), items });
  items.catch(() => kept.delete(path));
  return items;
}

export function forget(path) {
  if (path) kept.delete(path);
  else kept.clear();
}

/** From id to name, for a list of `names`. */
export async function nameOf(path) {
  const byId = new Map((await names(path)).map((it) => [it.id, it.name]));
  return (id) => byId.get(id) ?? '';
}

/** An id made here, so that the same form sent twice makes one thing. `randomUUID` is missing without TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
