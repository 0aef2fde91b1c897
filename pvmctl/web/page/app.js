// SPDX-License-Identifier: Apache-2.0
// What the page does: logs in, listens, and sends answers. How it looks is view.js.
import { bytes, counted, countdown, duration, foreign, grantBody, historyRow, logRow, make, plain, requestBody, seenParts, shortPath, things } from './view.js';

const at = (id) => document.getElementById(id);
const API = '/api/v1';
const LOOKED_AT_UNASKED = 12;  // cards whose details are fetched without a tap

// ---- the session ----
// The key of the session stays in this tab, and goes to other tabs of this very origin (so also of this port) that ask.
let key = sessionStorage.getItem('key') ?? '';
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('pvm') : null;
tabs?.addEventListener('message', (event) => {
  if (event.data === 'key?' && key) tabs.postMessage({ key });
  else if (event.data === 'out') forget();
  else if (!key && typeof event.data?.key === 'string') {
    keep(event.data.key);
    begin();
  }
});

function keep(given) {
  key = given;
  sessionStorage.setItem('key', given);
}

function forget() {
  key = '';
  sessionStorage.removeItem('key');
  listening?.abort();
  show('login');
}

class Refusal extends Error {
  constructor(status, body) {
    super(body.error ?? `the server answered ${status}`);
    this.status = status;
    this.hint = body.hint ?? '';
  }
}

async function call(path, body) {
  const options = { headers: { 'X-PVM-Key': key }, cache: 'no-store', credentials: 'same-origin', redirect: 'error' };
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

async function logIn(token) {
  const opened = await call('/login', { token });
  keep(opened.key);
  await begin();
}

at('login-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const code = at('login-code').value.trim();
  at('login-code').value = '';
  await tryLogIn(code.slice(code.lastIndexOf('#') + 1));
});

async function tryLogIn(token) {
  at('login-fault').textContent = '';
  try {
    await logIn(token);
  } catch (fault) {
    show('login');
    at('login-fault').textContent = `${plain(fault.message)}. ${plain(fault.hint ?? '')}`;
  }
}

at('logout').addEventListener('click', async () => {
  await call('/logout', {}).catch(() => {});
  tabs?.postMessage('out');
  forget();
});

// ---- what is shown ----
let status = { home: '', signer: null };
let clockAhead = 0;  // of the server's clock, in milliseconds
const now = () => Date.now() + clockAhead;
const since = (time) => (now() - Date.parse(time)) / 1000;

function show(what) {
  at('login').hidden = what !== 'login';
  at('desk').hidden = what !== 'desk';
  at('top-buttons').hidden = what !== 'desk';
  at('tier').hidden = what !== 'desk';
  if (what === 'login') {
    for (const id of ['requests', 'grants', 'history', 'log']) at(id).replaceChildren();
    cards.clear();
    at('groups').replaceChildren();
    showGroups.shown = '';
    at('locked').hidden = true;
    document.title = 'PVM';
    line('', 'not logged in');
  }
}

function line(state, words) {
  at('line').className = `line ${state}`;
  at('line-words').textContent = words;
}

function say(words, isBad = false) {
  const toast = make('div', { class: isBad ? 'toast bad' : 'toast' }, plain(words));
  at('said').replaceChildren(toast);
  setTimeout(() => toast.remove(), isBad ? 9000 : 5000);
}

// What everybody sees anyhow is said to those who do not.
const announce = (words) => { at('announced').textContent = plain(words); };
const complain = (fault) => say(fault.hint ? `${fault.message}: ${fault.hint}` : fault.message, true);

const TIERS = {
  user: ['a seat belt', 'It stops mistakes, and an agent that plays by the rules. It does not stop a program that calls the real command by its path, sudo, or an agent that can use your key. See: pvmctl doctor.'],
  root: ['a seat belt, with root’s trust', 'It also stops a forged approval and a redirected vault. It does not stop a program that calls the real command by its path.'],
};

function showStatus(fresh) {
  status = fresh;
  clockAhead = Date.parse(fresh.now) - Date.now();
  const [short, long] = TIERS[fresh.trust] ?? TIERS.user;
  at('tier-title').textContent = `Tier ${fresh.tier}`;
  at('tier-short').textContent = short;
  at('tier-long').textContent = long;
  at('locked').hidden = !fresh.locked;
  if (fresh.locked) {
    at('locked').textContent = `Locked ${duration(since(fresh.locked_since))} ago${fresh.lock_reason ? `: ${plain(fresh.lock_reason)}` : ''}. Nothing runs, whatever is approved, until: pvmctl unlock`;
  }
  at('stop').hidden = fresh.locked;
  at('approving').hidden = fresh.signer !== null;
  at('approving').textContent = 'This page can deny and revoke. Approving stays with pvmctl approve.';
}

// ---- requests: one card each, made when it is first seen and kept until it is answered ----
const cards = new Map();

function requestCard(request) {
  const body = requestBody(request, status.home);
  const when = make('span', { class: 'when' });
  const warnings = make('div', {});
  const more = make('details', {}, make('summary', {}, 'What it would do'), body.facts, body.command ?? '', make('p', { class: 'hint' }, 'looking …'));
  const actions = make('div', { class: 'card-actions' });
  const form = make('div', {});
  const element = make('article', { class: 'card fresh', 'aria-labelledby': `title-${request.id}`, 'data-id': request.id },
    make('div', { class: 'card-head' }, foreign(request.agent, { class: 'agent' }), ' wants', when),
    body.title, body.effect, warnings, body.spoken ?? '', more, actions, form);
  const card = { request, element, when, warnings, more, body, actions, form, seen: null, isLooking: false };
  more.addEventListener('toggle', () => { if (more.open) look(card); });
  fillActions(card);
  return card;
}

function fillActions(card) {
  const brief = card.request.id.slice(0, 8);
  const deny = make('button', { type: 'button', class: 'button deny', on: { click: () => openForm(card, denyForm) } }, 'Deny');
  const parts = [deny];
  if (status.signer === null) {
    parts.push(make('p', { class: 'at-terminal' }, 'To approve, at a terminal: ', make('code', {}, `pvmctl approve ${brief}`)));
  } else {
    const isReady = card.seen !== null && !card.seen.seen.is_gone;
    parts.push(
      make('button', { type: 'button', class: 'button', disabled: !isReady, on: { click: () => openForm(card, approveForm) } }, 'For a time …'));
    parts.unshift(make('button', { type: 'button', class: 'button primary', disabled: !isReady, on: { click: () => approve(card, {}) } }, 'Approve once'));
  }
  for (const button of parts) if (button.tagName === 'BUTTON') button.setAttribute('aria-describedby', `title-${card.request.id}`);
  const focused = [...card.actions.children].findIndex((one) => one === document.activeElement);
  card.actions.replaceChildren(...parts);
  if (focused >= 0) card.actions.children[focused]?.focus();
}

// Looks at the world as it is now; only what was looked at can be approved.
async function look(card) {
  if (card.isLooking || card.seen) return;
  card.isLooking = true;
  try {
    card.seen = await call(`/requests/${card.request.id}`);
    const parts = seenParts(card.seen, status.home);
    card.warnings.replaceChildren(...(parts.warnings ? [parts.warnings] : []));
    card.more.replaceChildren(card.more.firstElementChild, card.body.facts, ...(card.body.command ? [card.body.command] : []), ...parts.more);
  } catch (fault) {
    card.more.lastElementChild.textContent = plain(fault.message);
  }
  card.isLooking = false;
  fillActions(card);
}

function openForm(card, form) {
  const made = form(card);
  card.form.replaceChildren(made);
  card.actions.hidden = true;
  made.querySelector('textarea, input, select')?.focus();
}

function closeForm(card) {
  card.form.replaceChildren();
  card.actions.hidden = false;
  card.actions.querySelector('button')?.focus();
}

function formOf(card, submit, submitClass, work, ...parts) {
  const fault = make('p', { class: 'fault', role: 'alert' });
  const button = make('button', { type: 'submit', class: `button ${submitClass}` }, submit);
  const form = make('form', { class: 'form' }, ...parts, fault, make('div', { class: 'form-actions' },
    make('button', { type: 'button', class: 'button', on: { click: () => closeForm(card) } }, 'Cancel'), button));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    fault.textContent = '';
    try {
      await work(form);
    } catch (refused) {
      fault.textContent = plain(refused.hint ? `${refused.message}: ${refused.hint}` : refused.message);
    }
    button.disabled = false;
  });
  form.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeForm(card); });
  return form;
}

function noteField(id) {
  return [make('label', { for: `note-${id}` }, 'Note to the agent ', make('span', { class: 'hint' }, '(optional)')),
    make('textarea', { id: `note-${id}`, name: 'note', rows: '2', maxlength: '500' })];
}

function denyForm(card) {
  return formOf(card, 'Deny', 'deny', async (form) => {
    await call(`/requests/${card.request.id}/deny`, { note: form.note.value });
    say('Denied');
    await refresh();
  }, ...noteField(card.request.id));
}

function approveForm(card) {
  const id = card.request.id;
  const scopes = things(card.request);
  const lives = [['900', '15 minutes'], ['1800', '30 minutes'], ['3600', '1 hour'], ['14400', '4 hours'], ['43200', '12 hours']];
  const life = make('select', { id: `life-${id}`, name: 'life' }, lives.map(([value, words]) => make('option', { value }, words)));
  life.value = '1800';
  const uses = make('input', { id: `uses-${id}`, name: 'uses', type: 'number', min: '1', max: '1000000', inputmode: 'numeric', placeholder: 'any number' });
  const scope = make('textarea', { id: `scopes-${id}`, name: 'scopes', rows: String(Math.min(6, scopes.length + 1)), class: 'mono', spellcheck: 'false' });
  scope.value = scopes.join('\n');
  return formOf(card, 'Approve', 'primary', async () => {
    const order = { for_seconds: Number(life.value) };
    if (uses.value !== '') order.uses = Number(uses.value);
    const wanted = scope.value.split('\n').map((one) => one.trim()).filter((one) => one !== '');
    if (wanted.join('\n') !== scopes.join('\n')) order.scopes = wanted;
    await approve(card, order);
  },
  make('div', { class: 'two' },
    make('div', {}, make('label', { for: `life-${id}` }, 'For'), life),
    make('div', {}, make('label', { for: `uses-${id}` }, 'Uses'), uses)),
  make('label', { for: `scopes-${id}` }, 'What it covers ', make('span', { class: 'hint' }, '(one a line; narrower only, whatever is there by then)')), scope,
  ...noteField(id));
}

async function approve(card, order) {
  const form = card.form.querySelector('form');
  try {
    const note = form?.note?.value ?? '';
    await call(`/requests/${card.request.id}/approve`, { ...order, note, seen: card.seen.seen.digest });
    say('Approved');
    await refresh();
  } catch (fault) {
    if (form) throw fault;
    complain(fault);
    card.seen = null;
    fillActions(card);
    await look(card);
  }
}

function showRequests(answer) {
  clockAhead = Date.parse(answer.now) - Date.now();
  const wanted = new Set(answer.requests.map((one) => one.id));
  for (const [id, card] of cards) {
    if (wanted.has(id)) continue;
    const hadFocus = card.element.contains(document.activeElement);
    card.element.remove();
    cards.delete(id);
    if (hadFocus) at('tab-pending').focus();
  }
  const isFirst = !showRequests.wasCalled;
  showRequests.wasCalled = true;
  const fresh = [];
  for (const request of answer.requests) {
    const known = cards.get(request.id);
    if (known) {
      known.request = request;
      continue;
    }
    const card = requestCard(request);
    if (isFirst) card.element.classList.remove('fresh');
    cards.set(request.id, card);
    fresh.push(card);
  }
  // As the server has them, the newest first; what stays in its place is not touched, so that focus stays.
  let before = at('requests').firstElementChild;
  for (const request of answer.requests) {
    const { element } = cards.get(request.id);
    if (element === before) before = before.nextElementSibling;
    else at('requests').insertBefore(element, before);
  }
  showGroups(answer.groups);
  at('no-requests').hidden = answer.requests.length > 0;
  setCount('pending', answer.requests.length, answer.is_cut);
  document.title = answer.requests.length > 0 ? `(${answer.requests.length}) PVM` : 'PVM';
  if (!isFirst && fresh.length === 1) announce(`${fresh[0].request.agent} asks for something`);
  if (!isFirst && fresh.length > 1) announce(`${counted(fresh.length, 'request', 'requests')} came in`);
  for (const card of fresh.slice(0, LOOKED_AT_UNASKED)) look(card);
  tick();
}

// What an agent asks for in one tree can be denied at once; each yes is for what was looked at, one by one.
function showGroups(groups) {
  const many = groups.filter((group) => group.requests.length > 1);
  const wanted = JSON.stringify(many.map((group) => group.requests));
  if (wanted === showGroups.shown) return;
  showGroups.shown = wanted;
  at('groups').replaceChildren(...many.map((group, number) => {
    const count = counted(group.requests.length, 'request', 'requests');
    const where = group.directory ? [' in ', foreign(shortPath(group.directory, status.home), { class: 'mono' })] : [];
    const deny = make('button', { type: 'button', class: 'button deny', 'aria-describedby': `group-${number}` }, `Deny all ${group.requests.length}`);
    deny.addEventListener('click', async () => {
      deny.disabled = true;
      try {
        for (const id of group.requests) await call(`/requests/${id}/deny`, { note: '' });
        say(`Denied ${count}`);
      } catch (fault) {
        complain(fault);
      }
      at('tab-pending').focus();
      await refresh().catch(complain);
    });
    return make('div', { class: 'group' }, make('p', { id: `group-${number}` }, foreign(group.agent, { class: 'agent' }), ` wants ${plain(group.action)}`, ...where,
      `: ${count}, ${counted(group.files, 'file', 'files')}, ${bytes(group.bytes)}`), deny);
  }));
}

function setCount(name, count, isCut) {
  at(`count-${name}`).textContent = isCut ? `${count}+` : String(count);
  at(`count-${name}`).className = count > 0 && name === 'pending' ? 'count some' : 'count';
}

// ---- grants ----
let liveGrants = [];

function showGrants(answer) {
  liveGrants = answer.grants.map((grant) => {
    const body = grantBody(grant, status.home);
    const left = make('span', { class: 'left' });
    const bar = make('progress', { max: '1', 'aria-label': 'Time left' });
    const revoke = make('button', { type: 'button', class: 'button deny', 'aria-describedby': `title-${grant.id}` }, 'Revoke');
    revoke.addEventListener('click', async () => {
      revoke.disabled = true;
      try {
        await call(`/grants/${grant.id}/revoke`, {});
        say('Revoked');
        at('tab-grants').focus();
        await refresh();
      } catch (fault) {
        complain(fault);
        revoke.disabled = false;
      }
    });
    const element = make('article', { class: 'card', 'aria-labelledby': `title-${grant.id}` },
      make('div', { class: 'card-head' }, foreign(grant.agent ?? '?', { class: 'agent' }), ' may', make('span', { class: 'when' }, left, ' left')),
      body.title, body.scopes, body.effect, bar, make('div', { class: 'card-actions' }, revoke));
    return { grant, element, left, bar };
  });
  const focused = document.activeElement?.closest('#grants article');
  const index = focused ? [...at('grants').children].indexOf(focused) : -1;
  at('grants').replaceChildren(...liveGrants.map((one) => one.element));
  if (index >= 0) at('grants').children[index]?.querySelector('button')?.focus();
  at('no-grants').hidden = liveGrants.length > 0;
  setCount('grants', liveGrants.length, answer.is_cut);
  tick();
}

function tick() {
  for (const { request, when } of cards.values()) {
    const isWaiting = Date.parse(request.waiting_until) > now();
    when.textContent = `asked ${duration(since(request.asked))} ago`;
    if (isWaiting) when.prepend(make('span', { class: 'waiting' }, 'waiting now'), ', ');
  }
  for (const { grant, left, bar } of liveGrants) {
    if (!grant.not_after) continue;
    const rest = -since(grant.not_after);
    left.textContent = countdown(rest);
    bar.value = Math.max(0, Math.min(1, rest / ((Date.parse(grant.not_after) - Date.parse(grant.not_before)) / 1000)));
  }
}
setInterval(tick, 1000);

// ---- history and log: pages, newest first ----
function pager(name, path, rows, row, cursor) {
  let next = null;
  const load = async (from) => {
    const words = at(`${name}-words`).value.trim();
    const query = new URLSearchParams();
    if (words) query.set('q', words);
    if (from) query.set(cursor, String(from));
    const text = query.toString();
    try {
      const answer = await call(text ? `${path}?${text}` : path);
      const made = answer[rows].map((one) => row(one, status.home));
      if (from) at(name).append(...made);
      else at(name).replaceChildren(...made);
      next = answer.next;
      at(`${name}-more`).hidden = next === null;
      at(`no-${name}`).hidden = at(name).children.length > 0;
    } catch (fault) {
      complain(fault);
    }
  };
  at(`${name}-form`).addEventListener('submit', (event) => {
    event.preventDefault();
    load(null);
  });
  at(`${name}-more`).addEventListener('click', () => load(next));
  return () => load(null);
}
const loadHistory = pager('history', '/decisions', 'requests', historyRow, 'from');
const loadLog = pager('log', '/audit', 'entries', logRow, 'before');

// ---- tabs: arrow keys move between them ----
const NAMES = ['pending', 'grants', 'history', 'log'];
let chosen = 'pending';

function choose(name, isFocused) {
  chosen = name;
  for (const one of NAMES) {
    const isIt = one === name;
    at(`tab-${one}`).setAttribute('aria-selected', String(isIt));
    at(`tab-${one}`).tabIndex = isIt ? 0 : -1;
    at(`panel-${one}`).hidden = !isIt;
  }
  if (isFocused) at(`tab-${name}`).focus();
  if (name === 'history') loadHistory();
  if (name === 'log') loadLog();
}

for (const name of NAMES) {
  at(`tab-${name}`).addEventListener('click', () => choose(name, false));
  at(`tab-${name}`).addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = NAMES.indexOf(name);
    if (step) choose(NAMES[(place + step + NAMES.length) % NAMES.length], true);
    else if (event.key === 'Home') choose(NAMES[0], true);
    else if (event.key === 'End') choose(NAMES[NAMES.length - 1], true);
    else return;
    event.preventDefault();
  });
}

// ---- the stop switch ----
at('stop').addEventListener('click', () => {
  at('stop-fault').textContent = '';
  at('stop-dialog').showModal();
  at('stop-reason').focus();
});
at('stop-cancel').addEventListener('click', () => at('stop-dialog').close());
at('stop-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await call(at('stop-panic').checked ? '/panic' : '/lock', { reason: at('stop-reason').value });
    at('stop-dialog').close();
    say('Locked: nothing runs');
    await refresh();
  } catch (fault) {
    at('stop-fault').textContent = plain(fault.message);
  }
});

// ---- what happens, as it happens ----
let listening = null;
let lastEvent = null;

async function refresh() {
  const [fresh, requests, grants] = await Promise.all([call('/status'), call('/requests'), call('/grants')]);
  showStatus(fresh);
  showRequests(requests);
  showGrants(grants);
  if (chosen === 'history' && at('history').children.length <= 50) loadHistory();
  if (chosen === 'log' && at('log').children.length <= 50) loadLog();
}

// Many events at once are one look.
let isDue = false;
let isRefreshing = false;
async function refreshSoon() {
  isDue = true;
  if (isRefreshing) return;
  isRefreshing = true;
  while (isDue && key) {
    isDue = false;
    await refresh().catch((fault) => { if (fault.status !== 401) line('lost', 'cannot be reached'); });
    await new Promise((done) => setTimeout(done, 150));
  }
  isRefreshing = false;
}

// Server-sent events by hand: EventSource cannot send the key.
async function listen() {
  const mine = new AbortController();
  listening?.abort();
  listening = mine;
  for (let pause = 500; key && listening === mine; pause = Math.min(pause * 2, 15000)) {
    try {
      const headers = { 'X-PVM-Key': key };
      if (lastEvent !== null) headers['Last-Event-ID'] = lastEvent;
      const response = await fetch(`${API}/events`, { headers, cache: 'no-store', signal: mine.signal });
      if (response.status === 401) return forget();
      if (!response.ok) throw new Error('no events');
      line('live', 'live');
      pause = 500;
      refreshSoon();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ''; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop();
        let isNews = false;
        for (const block of blocks) {
          const id = /^id: (\d+)$/m.exec(block);
          if (!id) continue;
          lastEvent = id[1];
          isNews = true;
        }
        if (isNews) refreshSoon();
      }
    } catch (fault) {
      if (mine.signal.aborted) return;
    }
    if (!key || listening !== mine) return;
    line('lost', 'reconnecting');
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function begin() {
  try {
    await call('/session');
  } catch (fault) {
    if (fault.status !== 401) say(fault.message, true);
    return show('login');
  }
  show('desk');
  choose('pending', false);
  listen();
}

// The token of a link goes out of sight before anything else.
const token = location.hash.slice(1);
if (token) history.replaceState(null, '', '/');
if (/^[\w-]{43}$/.test(token)) {
  tryLogIn(token);
} else if (key) {
  begin();
} else {
  show('login');
  tabs?.postMessage('key?');
}
