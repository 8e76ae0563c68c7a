// Changing a thing as it was seen: its tag goes along, so that nobody overwrites what somebody else did meanwhile.

import { forget } from './lists.js';
import { call } from './session.js';

/** The thing as it is now, and `save(body)` that is refused (412) when it is another by then. */
export async function edit(path) {
  const answer = await call('GET', path);
  const etag = answer.headers.get('etag');
  const save = async (body) => {
    try {
      return await (await call('PATCH', path, { body, etag })).json();
    } catch (failure) {
      // Then the copies of lists are old too.
      if (failure.status === 412) forget();
      throw failure;
    }
  };
  return { thing: await answer.json(), save };
}

export const post = async (path, body) => {
  const answer = await call('POST', path, { body });
  return answer.status === 204 ? null : answer.json();
};
