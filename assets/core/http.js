// One request, and what a failure says.

import { language } from './lang.js';

/** A request that failed. `status` 0: no answer came at all. */
export class Failure extends Error {
  constructor({ status, code = '', detail = '', fields = [], wait = null, request = '', problem = {} }) {
    super(detail || code || `status ${status}`);
    Object.assign(this, { status, code, detail, fields, wait, request, problem });
  }
}

export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const search = new URLSearchParams(given).toString();
  return search ? `${path}?${search}` : path;
}

/** The answer to a request; throws a Failure when there is none, or when it is a problem. `file` goes as it is, `body` as JSON. */
export async function send(method, path, { query, body, file, etag, token, signal, accept = 'application/json' } = {}) {
  const headers = { accept: `${accept}, application/problem+json`, 'accept-language': language() };
  if (token) headers.authorization = `Bearer ${token}`;
  if (file) headers['content-type'] = file.type || 'text/csv';
  else if (body !== undefined) headers['content-type'] = 'application/json';
  if (etag) headers['if-match'] = etag;
  const request = { method, headers, signal, body: file ?? (body && JSON.stringify(body)), credentials: 'omit', cache: 'no-store' };
  let answer;
  try {
    answer = await fetch(address(path, query), request);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new Failure({ status: 0 });
  }
  if (!answer.ok) throw await failure(answer);
  return answer;
}

async function failure(answer) {
  const problem = await answer.json().catch(() => ({}));
  return new Failure({
    status: answer.status,
    problem,
    code: problem.code,
    detail: problem.detail,
    fields: problem.fields ?? [],
    wait: Number(answer.headers.get('retry-after')) || null,
    request: problem.request_id ?? answer.headers.get('x-request-id') ?? '',
  });
}
