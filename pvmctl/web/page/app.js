// SPDX-License-Identifier: Apache-2.0
// What the page does: logs in, listens, and shows what there is. How things look is view.js.
import { countdown, duration, foreign, grantBody, historyRow, logRow, make, plain } from './view.js';
import { at, complain, say, server, setClock, setCount, since } from './shared.js';
import { API, askOtherTabs, call, forget, keep, onSession, session, tellOtherTabs } from './session.js';
import { forgetRequests, onAnswered, showRequests, tickRequests } from './requests.js';

// ---- logging in ----
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
  tellOtherTabs();
  forget();
});

// ---- what is shown ----
function show(what) {
  at('login').hidden = what !== 'login';
  at('desk').hidden = what !== 'desk';
  at('top-buttons').hidden = what !== 'desk';
  at('tier').hidden = what !== 'desk';
  if (what === 'login') {
    for (const id of ['grants', 'history', 'log']) at(id).replaceChildren();
    forgetRequests();
    at('locked').hidden = true;
    document.title = 'PVM';
    line('', 'not logged in');
  }
}

function line(state, words) {
  at('line').className = `line ${state}`;
  at('line-words').textContent = words;
}

const TIERS = {
  user: ['a seat belt', 'It stops mistakes, and an agent that plays by the rules. It does not stop a program that calls the real command by its path, sudo, or an agent that can use your key. See: pvmctl doctor.'],
  root: ['a seat belt, with root’s trust', 'It also stops a forged approval and a redirected vault. It does not stop a program that calls the real command by its path.'],
};

function showStatus(fresh) {
  server.status = fresh;
  setClock(fresh.now);
  const [short, long] = TIERS[fresh.trust] ?? TIERS.user;
  at('tier-title').textContent = `Tier ${fresh.tier}`;
  at('tier-short').textContent = short;
  at('tier-long').textContent = long;
  at('locked').hidden = !fresh.locked;
  if (fresh.locked) {
    at('locked').textContent = `Locked ${duration(since(fresh.locked_since))} ago${fresh.lock_reason ? `: ${plain(fresh.lock_reason)}` : ''}. Nothing runs, whatever is approved, until: pvmctl unlock`;
  }
  at('stop').hidden = fresh.locked;
  at('approving').hidden = fresh.signer !== null && !fresh.signer_weakness;
  at('approving').textContent = fresh.signer === null
    ? 'This page can deny and revoke. Approving stays with pvmctl approve.' : plain(fresh.signer_weakness);
}

// ---- grants ----
let liveGrants = [];

function showGrants(answer) {
  liveGrants = answer.grants.map((grant) => {
    const body = grantBody(grant, server.status.home);
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
  tickRequests();
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
      const made = answer[rows].map((one) => row(one, server.status.home));
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
  while (isDue && session.key) {
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
  for (let pause = 500; session.key && listening === mine; pause = Math.min(pause * 2, 15000)) {
    try {
      const headers = { 'X-PVM-Key': session.key };
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
    if (!session.key || listening !== mine) return;
    line('lost', 'reconnecting');
    await new Promise((done) => setTimeout(done, pause));
  }
}

onSession(() => begin(), () => {
  listening?.abort();
  show('login');
});
onAnswered(refresh);

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
} else if (session.key) {
  begin();
} else {
  show('login');
  askOtherTabs();
}
