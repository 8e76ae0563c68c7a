// The view that is shown: it loads, draws, looks again when something changed, and leaves.

import { moment } from './core/format.js';
import { t } from './core/lang.js';
import { whenCounting } from './core/lists.js';
import { failed, loading } from './ui/words.js';
import { html, nothing } from './vendor/lit-html.js';

/** Between two looks of one view, so that a busy hour of syncs does not become a busy server. */
const REST_MS = 4000;

const concerns = (view, what) => what === 'anything' ? Boolean(view.hears?.length) : view.hears?.includes(what);

/**
 * A view is `{ title(), load({ quiet, signal }), draw(), hears, keys(event), leave() }`; `hears` names what it
 * shows of `tallies`, `reviews` and `installations`. It is made with `{ params, query, redraw, keep, look }`; `keep(values)`
 * keeps choices in the address, so that a reload shows the same.
 */
export function makeStage({ redraw }) {
  let shown = null;

  whenCounting((count) => {
    if (!shown || shown.loaded) return;
    shown.count = count;
    redraw();
  });

  function show(found) {
    // The same place with other choices: the view that wrote them knows already.
    if (shown && shown.kept === location.hash) return;
    leave();
    const stand = { ...found, abort: new AbortController(), loaded: false, failure: null, at: null, kept: '', busy: false, again: false, timer: null };
    shown = stand;
    stand.view = make(found, {
      params: found.params,
      query: found.query,
      redraw: () => stand === shown && redraw(),
      keep: (values) => keep(stand, values),
      look: () => look(null, stand),
    });
    load(stand, false);
    document.getElementById('title')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  /** A fault of ours in one view must not take the menu with it. */
  function make({ route }, context) {
    try {
      return route.view(context);
    } catch (failure) {
      return { title: () => t(route.name), load: () => Promise.reject(failure), draw: () => nothing };
    }
  }

  function content({ view, failure, loaded, count }, again) {
    if (!loaded) return failure ? failed(failure, again) : loading(count);
    try {
      return view.draw();
    } catch (fault) {
      return failed(fault, again);
    }
  }

  function keep(stand, values) {
    const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
    const path = location.hash.split('?')[0] || `#/${stand.route.path}`;
    stand.kept = query ? `${path}?${query}` : path;
    history.replaceState(null, '', stand.kept);
  }

  async function load(stand, quiet) {
    if (stand.busy) {
      stand.again = true;
      return;
    }
    stand.busy = true;
    redraw();
    try {
      await stand.view.load({ quiet, signal: stand.abort.signal });
      Object.assign(stand, { loaded: true, failure: null, at: new Date().toISOString() });
    } catch (failure) {
      if (failure.name !== 'AbortError') stand.failure = failure;
    }
    stand.busy = false;
    if (stand !== shown) return;
    redraw();
    if (stand.again) {
      stand.again = false;
      load(stand, true);
    }
  }

  /** `what` changed; null for everything. */
  function look(what, stand = shown) {
    if (!stand || stand !== shown || stand.timer) return;
    if (what && !concerns(stand.view, what)) return;
    const rested = Date.now() - Date.parse(stand.at ?? 0);
    // The view's own wish is granted at once; news wait until it has rested.
    const wait = what === null ? 0 : Math.max(0, REST_MS - rested);
    stand.timer = setTimeout(() => {
      stand.timer = null;
      if (stand === shown) load(stand, true);
    }, wait);
  }

  function leave() {
    if (!shown) return;
    shown.abort.abort();
    clearTimeout(shown.timer);
    shown.view.leave?.();
    shown = null;
  }

  function draw() {
    if (!shown) return nothing;
    const { view, failure, loaded, at } = shown;
    document.title = `${view.title()} · ${t('name')}`;
    const again = () => load(shown, true);
    return html`<h1 id="title" tabindex="-1">${view.title()}</h1>
      ${failure && loaded ? html`<div class="stale">${failed(failure, again)}<p>${t('stale', { time: moment(at) })}</p></div>` : nothing}
      ${content(shown, again)}`;
  }

  return { show, look, leave, draw, route: () => shown?.route, keys: (event) => shown?.loaded && shown.view.keys?.(event) };
}
