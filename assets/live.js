// Hears from the server that something changed. `EventSource` cannot carry a token, so the stream is read here.

import { call } from './core/session.js';

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
/** The server speaks every 15 s; after three silences the line is taken for dead. */
const SILENCE_MS = 45_000;
const ASK_MS = 30_000;
/** A tab that nobody looks at for so long stops listening. */
const HIDDEN_MS = 5 * 60_000;

/**
 * `changed(what)`: `tallies`, `reviews` or `installations`, `anything` when the event does not say, null when the view
 * must look whatever it shows. `moved()`: the state is another one.
 */
export function makeLive({ changed, moved }) {
  let running = false;
  let state = 'off';
  let abort = null;
  let hidden = null;
  let asking = null;
  let round = 0;

  const be = (next) => {
    if (next === state) return;
    state = next;
    moved();
  };

  async function listen(mine) {
    let wait = FIRST_MS;
    let before = false;
    while (running && mine === round) {
      try {
        abort = new AbortController();
        const answer = await call('GET', '/events', { signal: abort.signal, accept: 'text/event-stream' });
        be('on');
        // What happened between two connections was told to nobody.
        if (before) changed(null);
        before = true;
        wait = FIRST_MS;
        await read(answer.body.getReader(), mine);
      } catch (failure) {
        if (mine !== round || !running) return;
        if (failure.status === 404 || failure.status === 403) return ask();
        if (failure.status === 401) return stop();
        before = true;
        if (failure.wait) wait = Math.max(wait, failure.wait * 1000);
      }
      if (mine !== round || !running) return;
      be('waiting');
      // Many desks lose a server at the same moment; they must not all come back at the same one.
      await sleep(wait * (0.5 + Math.random()));
      wait = Math.min(LONGEST_MS, wait * 2);
    }
  }

  async function read(reader, mine) {
    const decoder = new TextDecoder();
    let text = '';
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => abort?.abort(), SILENCE_MS);
    };
    heard();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || mine !== round) return;
        heard();
        text += decoder.decode(value, { stream: true }).replaceAll('\r\n', '\n');
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) tell(event);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  function tell(event) {
    const lines = event.split('\n');
    if (!lines.includes('event: changed')) return;
    const data = lines.filter((it) => it.startsWith('data:')).map((it) => it.slice(5)).join('\n');
    let what = null;
    try {
      what = JSON.parse(data).what ?? null;
    } catch {
      // An event we cannot read still says that something changed.
    }
    changed(what ?? 'anything');
  }

  /** A server without events is asked now and then. */
  function ask() {
    be('asking');
    clearInterval(asking);
    asking = setInterval(() => document.hidden || changed('anything'), ASK_MS);
  }

  function start() {
    if (running) return;
    running = true;
    round += 1;
    be('waiting');
    listen(round);
  }

  function stop() {
    running = false;
    round += 1;
    be('off');
    clearInterval(asking);
    abort?.abort();
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.hidden) {
      hidden = setTimeout(() => { if (running) { stop(); hidden = 'left'; } }, HIDDEN_MS);
    } else if (hidden === 'left') {
      hidden = null;
      start();
      changed(null);
    }
  });

  return { start, stop, state: () => state };
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
