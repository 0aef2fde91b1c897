// SPDX-License-Identifier: Apache-2.0
// What things look like: elements made from data. Nothing here ever parses markup: every word goes in as text.

/** An element with attributes and children; a child that is a string becomes a text. */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [event, work] of Object.entries(value)) element.addEventListener(event, work);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

// What could hide, reorder or fake text: control and format characters, separators, what has no meaning, blank letters.
const DECEIVING = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u00a0\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]/gu;

/** Words from outside as they may be shown: what deceives is written as its number. The server has done so already. */
export function plain(words) {
  return String(words ?? '').replace(DECEIVING, (c) => `\\u{${c.codePointAt(0).toString(16).toUpperCase()}}`);
}

/** Words from outside in an element of their own, whose direction touches nothing beside it. */
export function foreign(words, attributes = {}) {
  return make('bdi', attributes, plain(words));
}

export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function countdown(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  if (s >= 86400) return duration(s);
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function counted(count, one, many) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** "~" for the home directory of who serves. */
export function shortPath(path, home) {
  const inHome = home.length > 1 && (path === home || path.startsWith(`${home}/`));
  return inHome ? `~${path.slice(home.length)}` : path;
}

/** What is asked for by name: the things themselves, else scopes. */
export function things(request) {
  return request.resources.length > 0 ? request.resources.map((one) => one.path ?? one.resource) : request.scopes;
}

/** "removes ~/app/build" as parts: what is done, and to which things. */
function title(request, home) {
  const isScope = request.resources.length === 0;
  const flags = request.action === 'rm' && request.may.includes('recursive') ? ' -r' : '';
  const may = request.action === 'push' && request.may.length > 0 ? ` (${request.may.join(', ')})` : '';
  const all = things(request);
  const shown = all.slice(0, 3).map((one) => shortPath(plain(one), home));
  const words = [make('span', { class: 'verb' }, `${request.action}${flags}${may}${isScope ? ' within' : ''}`)];
  shown.forEach((one, i) => words.push(i > 0 ? ', ' : ' ', foreign(one, { class: 'thing' })));
  if (all.length > shown.length) words.push(` and ${all.length - shown.length} more`);
  return words;
}

export function effectWords(effect, action) {
  if (!effect) return 'a standing permission, for whatever is there by then';
  if (action === 'push') {
    const forced = effect.overwritten > 0 ? `, ${counted(effect.overwritten, 'overwritten', 'overwritten')}` : '';
    return `${counted(effect.refs, 'ref', 'refs')}${forced}`;
  }
  const parts = [counted(effect.files, 'file', 'files')];
  if (effect.directories > 0) parts.push(counted(effect.directories, 'directory', 'directories'));
  parts.push(bytes(effect.bytes));
  return `${effect.complete ? '' : 'at least '}${parts.join(', ')}`;
}

function fact(name, value) {
  return [make('dt', {}, name), make('dd', {}, value)];
}

/** What the agent said, marked as that. */
export function spoken(words) {
  return make('div', { class: 'spoken' }, make('span', { class: 'label' }, 'In the agent’s words'), make('q', {}, foreign(words)));
}

/** The parts of a request's card that do not change while it waits. */
export function requestBody(request, home) {
  const facts = make('dl', { class: 'facts' },
    request.cwd ? fact('in', foreign(shortPath(request.cwd, home), { class: 'mono' })) : [],
    fact('until', make('time', { datetime: request.expires }, new Date(request.expires).toLocaleString())),
    request.wanted_seconds ? fact('would like', `it for ${duration(request.wanted_seconds)}`) : [],
    fact('request', make('span', { class: 'mono' }, request.id.slice(0, 8))));
  return {
    title: make('h3', { class: 'card-title', id: `title-${request.id}` }, title(request, home)),
    effect: make('p', { class: 'effect' }, effectWords(request.effect, request.action)),
    spoken: request.reason ? spoken(request.reason) : null,
    facts,
    command: request.command ? make('pre', { class: 'command' }, make('code', {}, foreign(request.command))) : null,
  };
}

function commits(list, heading, className) {
  if (!list || list.count === 0) return [];
  const rows = list.newest.map((line) => make('li', {}, foreign(line, { class: 'path' })));
  if (list.count > rows.length) rows.push(make('li', {}, `and ${list.count - rows.length} more`));
  return [make('p', { class: `subhead ${className}` }, `${heading}: ${counted(list.count, 'commit', 'commits')}`),
    make('ul', { class: 'largest' }, rows)];
}

/** What came of looking at it here. */
export function seenParts(review, home) {
  const seen = review.seen;
  const warnings = [...seen.warnings];
  if (seen.is_gone) warnings.unshift(`there is nothing to approve: ${seen.obstacle}`);
  else if (seen.is_elsewhere) warnings.unshift('as told by another machine; nothing was looked up here');
  else if (seen.obstacle) warnings.unshift(`as told by the agent: ${seen.obstacle}`);
  if (seen.changed) warnings.push('not what the agent asked about: it has changed since');
  if (seen.denied_before) warnings.push('asked again after you denied it');
  if (seen.unsaved_files > 0) warnings.push(`${counted(seen.unsaved_files, 'file', 'files')} not in git and not ignored: cannot be had back`);
  for (const update of seen.updates) {
    if (update.lost?.count > 0) warnings.push(`${counted(update.lost.count, 'commit', 'commits')} would be lost`);
    if (update.lost_unknown) warnings.push(`what ${update.resource} would overwrite is not known here`);
  }
  const more = [];
  for (const update of seen.updates) {
    more.push(make('p', { class: 'subhead' }, foreign(update.resource)));
    more.push(...commits(update.outgoing, 'goes out', ''), ...commits(update.lost, 'would be lost', 'lost'));
  }
  if (seen.largest.length > 0) {
    const base = commonDirectory(seen.largest.map((one) => one.path));
    more.push(make('p', { class: 'subhead' }, `Largest in it${base ? `, in ${shortPath(plain(base), home)}` : ''}`));
    more.push(make('ul', { class: 'largest' }, seen.largest.map((one) => make('li', {},
      foreign(one.path.slice(base.length), { class: 'path' }), make('span', { class: 'size' }, bytes(one.bytes))))));
  }
  if (seen.differences.length > 0) {
    more.push(make('p', { class: 'subhead' }, 'What has changed since it was asked'));
    more.push(make('ul', { class: 'largest' }, seen.differences.map((line) => make('li', {}, foreign(line)))));
  }
  return {
    warnings: warnings.length > 0 ? make('ul', { class: 'warnings' }, warnings.map((line) => make('li', {}, plain(line)))) : null,
    more,
  };
}

function commonDirectory(paths) {
  let base = paths[0].slice(0, paths[0].lastIndexOf('/') + 1);
  for (const path of paths) while (!path.startsWith(base)) base = base.slice(0, base.lastIndexOf('/', base.length - 2) + 1);
  return base.length > 1 ? base : '';
}

export function grantBody(grant, home) {
  const uses = grant.uses === 'unlimited' ? 'any number of uses' : `${grant.used} of ${counted(grant.uses, 'use', 'uses')} used`;
  const scopes = (grant.scopes ?? []).slice(0, 8).map((scope) => make('li', {}, foreign(shortPath(scope, home))));
  if ((grant.scopes ?? []).length > 8) scopes.push(make('li', {}, `and ${grant.scopes.length - 8} more`));
  return {
    title: make('h3', { class: 'card-title', id: `title-${grant.id}` },
      make('span', { class: 'verb' }, plain(`${grant.action ?? '?'}${grant.may ? ` (${grant.may})` : ''}`))),
    scopes: make('ul', { class: 'scopes' }, scopes),
    effect: make('p', { class: 'effect' },
      `${uses}, ${grant.effect ? 'for exactly what was shown' : 'whatever is there'}; by `, foreign(grant.approver ?? '?'),
      grant.unattended ? ' (unattended key)' : '', grant.state === 'live' ? '' : `; ${plain(grant.state)}${grant.why ? `: ${plain(grant.why)}` : ''}`),
  };
}

export function historyRow(request, home) {
  const when = request.resolved ?? request.asked;
  return make('li', {},
    make('div', { class: 'row-head' }, foreign(request.agent, { class: 'agent' }), make('span', { class: `state ${request.state}` }, request.state),
      make('time', { datetime: when }, new Date(when).toLocaleString())),
    make('div', { class: 'row-what' }, ...title(request, home)),
    make('div', { class: 'row-note' }, effectWords(request.effect, request.action)),
    request.reason ? make('div', { class: 'row-note' }, 'agent: ', make('q', {}, foreign(request.reason))) : '',
    request.note ? make('div', { class: 'row-note' }, 'your note: ', make('q', {}, foreign(request.note))) : '');
}

export function logRow(entry) {
  const isTwice = !entry.decision || entry.decision === entry.entry_type;
  const given = entry.grant_id ? [['grant', entry.grant_id.slice(0, 8)]] : [];
  const details = given.concat(Object.entries(entry.details)).map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : value}`).join(' · ');
  return make('li', {},
    make('div', { class: 'row-head' }, make('span', { class: 'mono' }, `#${entry.entry_id}`),
      make('span', { class: `state ${entry.decision ?? ''}` }, plain(isTwice ? entry.entry_type : `${entry.entry_type}: ${entry.decision}`)),
      entry.agent_id ? foreign(entry.agent_id, { class: 'agent' }) : '', make('time', { datetime: entry.timestamp }, new Date(entry.timestamp).toLocaleString())),
    entry.scope ? make('div', { class: 'row-what' }, foreign(entry.scope)) : '',
    details ? make('div', { class: 'row-note' }, foreign(details)) : '');
}
