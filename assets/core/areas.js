// Communes: their names and places, learned province by province.

import { all } from './lists.js';
import { get } from './session.js';

const known = new Map();
const learned = new Map();

function learn(items) {
  for (const area of items) if (!known.has(area.code) || area.valid_to === null) known.set(area.code, area);
}

export const search = async (q, signal) => {
  const { items } = await get('/areas', { q, limit: 20 }, signal);
  learn(items);
  return items.filter((it) => it.level === 'commune');
};

/** All communes of a province. */
function communes(parent) {
  if (!learned.has(parent)) {
    const items = all('/areas', { query: { parent } });
    learned.set(parent, items);
    items.then(learn, () => learned.delete(parent));
  }
  return learned.get(parent);
}

/** The communes of all provinces in which these codes lie: most desks need one. */
export async function around(codes) {
  const wanted = new Set(codes.filter(Boolean));
  const parents = new Set();
  for (const code of wanted) {
    // A search by code finds its commune, which names the province.
    if (!known.has(code)) await search(code);
    const parent = known.get(code)?.parent_code;
    if (!parent || parents.has(parent)) continue;
    parents.add(parent);
    await communes(parent);
  }
  return (await Promise.all([...parents].map(communes))).flat();
}

/** The name of a commune that was learned, else its code. */
export const areaName = (code) => known.get(code)?.name ?? code;
