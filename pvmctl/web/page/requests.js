// SPDX-License-Identifier: Apache-2.0
// Requests that wait: one card each, made when it is first seen and kept until it is answered, so that neither focus nor
// what is being typed is lost when others come and go.
import { bytes, counted, duration, foreign, make, plain, requestBody, seenParts, shortPath, things } from './view.js';
import { announce, at, complain, now, say, server, setClock, setCount, since } from './shared.js';
import { call } from './session.js';

const LOOKED_AT_UNASKED = 12;  // cards whose details are fetched without a tap
let refresh = async () => {};

/** What is done after an answer. */
export const onAnswered = (work) => { refresh = work; };

const cards = new Map();

function requestCard(request) {
  const body = requestBody(request, server.status.home);
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
  if (server.status.signer === null) {
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

// What is approved is what the look told: so that is what the card says, whatever a list said before.
function redraw(card, request) {
  const effect = request.effect && request.seen.looked_up ? request.seen : request.effect;  // our look, not the agent's word
  const body = requestBody({ ...request, effect }, server.status.home);
  for (const part of ['title', 'effect']) card.body[part].replaceWith(body[part]);
  if (card.body.spoken && body.spoken) card.body.spoken.replaceWith(body.spoken);
  else if (card.body.spoken) card.body.spoken.remove();
  else if (body.spoken) card.more.before(body.spoken);
  card.body = body;
  card.request = request;
}

// Looks at the world as it is now; only what was looked at can be approved.
async function look(card) {
  if (card.isLooking || card.seen) return;
  card.isLooking = true;
  try {
    card.seen = await call(`/requests/${card.request.id}`);
    redraw(card, card.seen);
    const parts = seenParts(card.seen, server.status.home);
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
  const lives = [['300', '5 minutes'], ['900', '15 minutes'], ['1800', '30 minutes']];
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
    await call(`/requests/${card.request.id}/approve`, { ...order, note, seen: card.seen.seen.sight });
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

export function showRequests(answer) {
  setClock(answer.now);
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
  tickRequests();
}

// What an agent asks for in one tree can be denied at once; each yes is for what was looked at, one by one.
function showGroups(groups) {
  const many = groups.filter((group) => group.requests.length > 1);
  const wanted = JSON.stringify(many.map((group) => group.requests));
  if (wanted === showGroups.shown) return;
  showGroups.shown = wanted;
  at('groups').replaceChildren(...many.map((group, number) => {
    const count = counted(group.requests.length, 'request', 'requests');
    const where = group.directory ? [' in ', foreign(shortPath(group.directory, server.status.home), { class: 'mono' })] : [];
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

export function forgetRequests() {
  cards.clear();
  showGroups.shown = '';
  for (const id of ['requests', 'groups']) at(id).replaceChildren();
}

export function tickRequests() {
  for (const { request, when } of cards.values()) {
    const isWaiting = Date.parse(request.waiting_until) > now();
    when.textContent = `asked ${duration(since(request.asked))} ago`;
    if (isWaiting) when.prepend(make('span', { class: 'waiting' }, 'waiting now'), ', ');
  }
}
