// SPDX-License-Identifier: Apache-2.0
// What all parts of the page share: finding elements, the server's clock, saying something to the person.
import { make, plain } from './view.js';

export const at = (id) => document.getElementById(id);

/** What the server last said of itself. */
export const server = { status: { home: '', signer: null }, ahead: 0 };
export const now = () => Date.now() + server.ahead;
export const since = (time) => (now() - Date.parse(time)) / 1000;
export const setClock = (time) => { server.ahead = Date.parse(time) - Date.now(); };

export function say(words, isBad = false) {
  const toast = make('div', { class: isBad ? 'toast bad' : 'toast' }, plain(words));
  at('said').replaceChildren(toast);
  setTimeout(() => toast.remove(), isBad ? 9000 : 5000);
}

// What everybody sees anyhow is said to those who do not.
export const announce = (words) => { at('announced').textContent = plain(words); };
export const complain = (fault) => say(fault.hint ? `${fault.message}: ${fault.hint}` : fault.message, true);

/** The number on a tab. */
export function setCount(name, count, isCut) {
  at(`count-${name}`).textContent = isCut ? `${count}+` : String(count);
  at(`count-${name}`).className = count > 0 && name === 'pending' ? 'count some' : 'count';
}
