// Who may hold a target, with names: offices, groups, agents, villages, organisations, associations, communes.

import { areaName, around } from './areas.js';
import { names } from './lists.js';
import { may } from './session.js';

export const HOLDERS = ['office', 'group', 'agent', 'village', 'organisation', 'association', 'area'];

/** Lists that need a right of their own; without it they are empty here. */
const LISTS = {
  office: () => may('supervisor', 'admin') && '/offices',
  group: () => '/groups',
  agent: () => '/users',
  village: () => '/villages',
  organisation: () => may('admin') && '/organisations',
  association: () => '/associations',
};

/** What a caller may not list he cannot give targets to. */
function none(failure) {
  if (failure.status === 403) return [];
  throw failure;
}

/** All holders of a kind as pairs of id and name, in order of name. */
export async function holders(kind) {
  const path = LISTS[kind]?.();
  if (!path) return [];
  const items = await names(path).catch(none);
  const fit = kind === 'agent' ? items.filter((it) => it.group_id && !it.disabled) : items;
  return fit.map((it) => [it.id, it.name]).sort((a, b) => a[1].localeCompare(b[1], 'vi'));
}

/** The holder of a target in words. */
export const holderName = ({ kind, id, name }) => name || (kind === 'area' ? areaName(id) : id);

/** Learns the communes that hold targets, so that `holderName` knows them. */
export const learnHolders = (targets) => around(targets.filter((it) => it.holder.kind === 'area').map((it) => it.holder.id)).catch(() => []);
