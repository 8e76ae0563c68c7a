// Starts the page: takes up the session, shows the view of the address, and lets it look again when something
// changed.

import { forget } from './core/lists.js';
import { t } from './core/lang.js';
import { resume, who, whenEnded } from './core/session.js';
import { makeLive } from './live.js';
import { allowed, find, ROUTES } from './routes.js';
import { isOpen } from './ui/dialog.js';
import { whenSaid } from './ui/say.js';
import { shell } from './ui/shell.js';
import { failed, loading } from './ui/words.js';
import { makeStage } from './stage.js';
import { html, render } from './vendor/lit-html.js';
import { logInView } from './views/login.js';
import { passwordView } from './views/password.js';

const host = document.getElementById('desk');
const live = makeLive({ changed: (what) => stage.look(what), moved: () => redraw() });
const stage = makeStage({ redraw });
const door = { view: null, kind: '', notice: '' };

let starting = true;
let broken = null;

function redraw() {
  render(page(), host);
}

function page() {
  if (broken) return html`<main class="door">${failed(broken, start)}</main>`;
  if (starting) return html`<main class="door">${loading()}</main>`;
  const user = who();
  if (!user) return atDoor('login', () => logInView({ redraw, entered, notice: door.notice }));
  if (user.must_change_password) return atDoor('password', () => passwordView({ redraw, entered }));
  const menu = ROUTES.filter((it) => it.menu && allowed(it, user.role));
  return shell({ user, menu, here: stage.route(), live: live.state(), body: stage.draw(), redraw });
}

function atDoor(kind, make) {
  if (door.kind !== kind) Object.assign(door, { kind, view: make() });
  return door.view.draw();
}

function entered() {
  Object.assign(door, { kind: '', view: null, notice: '' });
  forget();
  if (!who().must_change_password) {
    live.start();
    go();
  }
  redraw();
}

function go() {
  if (!who() || who().must_change_password) return;
  stage.show(find(location.hash, who().role));
}

async function start() {
  Object.assign(door, { kind: '', view: null });
  starting = true;
  broken = null;
  redraw();
  try {
    if (await resume()) entered();
  } catch (failure) {
    // A session that ended meanwhile leads to the door; anything else is told.
    if (failure.status !== 401 && failure.status !== 422) broken = failure;
  }
  starting = false;
  redraw();
}

whenEnded((why) => {
  if (why === 'ended') door.notice = t('login.ended');
  live.stop();
  forget();
  if (why !== 'password') stage.leave();
  redraw();
});
whenSaid(redraw);
addEventListener('spoken', () => {
  // What the server said came in the other language, and views keep words they made.
  forget();
  stage.leave();
  door.kind = '';
  go();
  redraw();
});
addEventListener('hashchange', go);
addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, select, textarea, [contenteditable]');
  if (!typing && !isOpen() && !event.ctrlKey && !event.metaKey && !event.altKey) stage.keys(event);
});
start();
