// Who is logged in. The access token lives in memory alone; the refresh token in this tab, until it is closed.

import { Failure, send } from './http.js';

const KEPT = 'refresh_token';
const API = '/api/v1';

let token = null;
let user = null;
let refreshing = null;
let onEnd = () => {};

export const who = () => user;
export const may = (...roles) => roles.includes(user?.role);
export const managesUnits = () => may('supervisor', 'admin');

/** Called with `left` when the user logged out, `ended` when the server ended the session, `password` when it must be changed. */
export function whenEnded(listener) {
  onEnd = listener;
}

export async function logIn(login, password) {
  const answer = await send('POST', `${API}/auth/login`, { body: { login, password } });
  take(await answer.json());
}

/** Takes up the session of this tab after a reload; false when there is none. */
export async function resume() {
  if (!sessionStorage.getItem(KEPT)) return false;
  await refresh();
  return true;
}

/** Ends the session on the server too; without network it ends here at least. */
export async function logOut() {
  try {
    await call('POST', '/auth/logout');
  } finally {
    end('left');
  }
}

export async function changePassword(old_password, new_password) {
  await call('POST', '/auth/password', { body: { old_password, new_password } });
  user = { ...user, must_change_password: false };
}

/** Asks the API as the user; an access token that ran out is renewed once. */
export async function call(method, path, options = {}) {
  if (!token) await refresh();
  const used = token;
  try {
    return await send(method, API + path, { ...options, token: used });
  } catch (failure) {
    if (failure.status === 403 && failure.code === 'password_change_required') {
      user = { ...user, must_change_password: true };
      onEnd('password');
    }
    if (failure.status !== 401) throw failure;
    // Several requests may find the token old at once: the first renews it for all of them.
    if (token === used) await refresh();
    return send(method, API + path, { ...options, token });
  }
}

export async function get(path, query, signal) {
  return (await call('GET', path, { query, signal })).json();
}

function refresh() {
  refreshing ??= renew().finally(() => { refreshing = null; });
  return refreshing;
}

async function renew() {
  const refresh_token = sessionStorage.getItem(KEPT);
  if (!refresh_token) {
    end();
    throw new Failure({ status: 401 });
  }
  try {
    const answer = await send('POST', `${API}/auth/refresh`, { body: { refresh_token } });
    take(await answer.json());
  } catch (failure) {
    // Without network the session may still be good.
    if (failure.status === 401 || failure.status === 422) end();
    throw failure;
  }
}

function take(session) {
  token = session.access_token;
  user = session.user;
  sessionStorage.setItem(KEPT, session.refresh_token);
}

function end(why = 'ended') {
  token = null;
  user = null;
  sessionStorage.removeItem(KEPT);
  onEnd(why);
}
