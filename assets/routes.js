// All pages, to be read from top to bottom: address, text of its name, who sees it, where it stands in the
// menu, and what draws it.

import { view as account } from './views/account.js';
import { view as associations } from './views/settings/associations.js';
import { view as baselines } from './views/settings/baselines.js';
import { view as drive } from './views/drive.js';
import { view as drives } from './views/drives.js';
import { view as forms } from './views/forms.js';
import { view as groups } from './views/settings/groups.js';
import { view as indicators } from './views/indicators.js';
import { view as installations } from './views/installations.js';
import { view as map } from './views/map.js';
import { view as offices } from './views/settings/offices.js';
import { view as organisations } from './views/settings/organisations.js';
import { view as parts } from './views/settings/parts.js';
import { view as review } from './views/review.js';
import { view as reviews } from './views/reviews.js';
import { view as rules } from './views/settings/rules.js';
import { tallies } from './views/tallies.js';
import { view as targets } from './views/settings/targets.js';
import { view as today } from './views/today.js';
import { view as users } from './views/settings/users.js';
import { view as villages } from './views/settings/villages.js';
import { view as vssid } from './views/vssid.js';
import { view as worklist } from './views/worklist.js';
import { view as worklists } from './views/worklists.js';

const LEADING = ['leader', 'supervisor', 'admin'];
const MANAGING = ['supervisor', 'admin'];
const ADMIN = ['admin'];

export const ROUTES = [
  { path: 'today', name: 'nav.today', menu: 'look', view: today },
  { path: 'indicators', name: 'nav.indicators', menu: 'look', view: indicators },
  { path: 'offices', name: 'nav.offices', menu: 'look', roles: MANAGING, view: tallies('office') },
  { path: 'groups', name: 'nav.groups', menu: 'look', view: tallies('group') },
  { path: 'villages', name: 'nav.villages', menu: 'look', view: tallies('village') },
  { path: 'agents', name: 'nav.agents', menu: 'look', view: tallies('agent') },
  { path: 'communes', name: 'nav.communes', menu: 'look', view: tallies('area') },
  { path: 'organisations', name: 'nav.organisations', menu: 'look', roles: MANAGING, view: tallies('organisation') },
  { path: 'associations', name: 'nav.associations', menu: 'look', roles: MANAGING, view: tallies('association') },
  { path: 'vssid', name: 'nav.vssid', menu: 'look', view: vssid },
  { path: 'map', name: 'nav.map', menu: 'look', view: map },

  { path: 'reviews', name: 'nav.reviews', menu: 'do', roles: LEADING, view: reviews },
  { path: 'reviews/:id', name: 'nav.reviews', roles: LEADING, view: review },
  { path: 'worklists', name: 'nav.worklists', menu: 'do', view: worklists },
  { path: 'worklists/:id', name: 'nav.worklists', view: worklist },
  { path: 'drives', name: 'nav.drives', menu: 'do', view: drives },
  { path: 'drives/:id', name: 'nav.drives', view: drive },
  { path: 'installations', name: 'nav.installations', menu: 'do', view: installations },
  { path: 'forms', name: 'nav.forms', menu: 'do', roles: MANAGING, view: forms },

  { path: 'settings/users', name: 'nav.users', menu: 'set', roles: MANAGING, view: users },
  { path: 'settings/groups', name: 'nav.group-list', menu: 'set', roles: MANAGING, view: groups },
  { path: 'settings/offices', name: 'nav.office-list', menu: 'set', roles: ADMIN, view: offices },
  { path: 'settings/organisations', name: 'nav.organisation-list', menu: 'set', roles: ADMIN, view: organisations },
  { path: 'settings/targets', name: 'nav.targets', menu: 'set', roles: MANAGING, view: targets },
  { path: 'settings/targets/:id', name: 'nav.targets', roles: MANAGING, view: parts },
  { path: 'settings/associations', name: 'nav.association-list', menu: 'set', roles: MANAGING, view: associations },
  { path: 'settings/baselines', name: 'nav.baselines', menu: 'set', roles: MANAGING, view: baselines },
  { path: 'settings/villages', name: 'nav.village-list', menu: 'set', roles: MANAGING, view: villages },
  { path: 'settings/rules', name: 'nav.rules', menu: 'set', roles: MANAGING, view: rules },

  { path: 'account', name: 'nav.account', view: account },
];

/** The page of an address, with what stands in its path and query. */
export function find(hash, role) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/');
  for (const route of ROUTES) {
    const params = match(route.path.split('/'), parts);
    if (params && allowed(route, role)) return { route, params, query: new URLSearchParams(query) };
  }
  return { route: ROUTES[0], params: {}, query: new URLSearchParams() };
}

export const allowed = (route, role) => !route.roles || route.roles.includes(role);

function match(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  const params = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = parts[index];
    else if (part !== parts[index]) return null;
  }
  return params;
}
