// SPDX-License-Identifier: Apache-2.0
// The session, and calls of the API with it. The key of the session stays in this tab, and goes to other tabs of this very
// origin (so also of this port) that ask.
export const API = '/api/v1';
export const session = { key: sessionStorage.getItem('key') ?? '' };
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('pvm') : null;
const told = { opened: () => {}, closed: () => {} };

/** What is done when another tab hands the key over, and when the session is over. */
export function onSession(opened, closed) {
  told.opened = opened;
  told.closed = closed;
}

tabs?.addEventListener('message', (event) => {
  if (event.data === 'key?' && session.key) tabs.postMessage({ key: session.key });
  else if (event.data === 'out') forget();
  else if (!session.key && typeof event.data?.key === 'string') {
    keep(event.data.key);
    told.opened();
  }
});

export const askOtherTabs = () => tabs?.postMessage('key?');
export const tellOtherTabs = () => tabs?.postMessage('out');

export function keep(given) {
  session.key = given;
  sessionStorage.setItem('key', given);
}

export function forget() {
  session.key = '';
  sessionStorage.removeItem('key');
  told.closed();
}

class Refusal extends Error {
  constructor(status, body) {
    super(body.error ?? `the server answered ${status}`);
    this.status = status;
    this.hint = body.hint ?? '';
  }
}

/** The answer of a call; a POST where there is a body. Throws a Refusal. */
export async function call(path, body) {
  const options = { headers: { 'X-PVM-Key': session.key }, cache: 'no-store', credentials: 'same-origin', redirect: 'error' };
  if (body !== undefined) {
    options.method = 'POST';
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  const response = await fetch(API + path, options);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && path !== '/login') forget();
  throw new Refusal(response.status, answer);
}
