// The order form: what, for whom, how; angles and the outline before anything is written.

import { ask, attempt, button, calm, el, runs, segments, state, w } from './dom.js';

const KINDS = ['article', 'listicle', 'review', 'comparison', 'newsletter', 'video', 'podcast', 'social', 'product', 'programme'];
const TONES = ['neutral', 'warm', 'playful', 'formal', 'lively'];
const LENGTHS = ['short', 'medium', 'long'];
const KEPT = 'sommelier-brief';

const fresh = () => ({
  kind: 'article', topic: '', audience: '', readers: 'words', cluster: 0, tone: 'neutral', length: 'medium',
  words: '', language: state.language, items: [], mine: false, count: '', keywords: '', spoilers: 'none',
  notes: '', voice: null, variant: 0, headings: {},
});
let form = null;
let write = () => {};

function remembered() {
  try { return { ...fresh(), ...JSON.parse(localStorage.getItem(KEPT) || '{}') }; } catch { return fresh(); }
}
function remember() {
  try { localStorage.setItem(KEPT, JSON.stringify(form)); } catch { /* private window */ }
}
export function forget() {
  try { localStorage.removeItem(KEPT); } catch { /* private window */ }
}

/** What the server is sent. */
export function order(more = {}) {
  const { mine, items, ...rest } = form;
  return { ...rest, words: Number(form.words) || null, count: Number(form.count) || null,
    items: mine ? items.map((i) => i.id) : [], ...more };
}

/** Show the form; `given` is the brief of a draft to begin from. */
export function show(center, onWrite, given = null) {
  write = onWrite;
  form = given ? { ...fresh(), ...given, words: given.words || '', mine: true } : remembered();
  const body = el('form', { class: 'brief', autocomplete: 'off', on: { submit: (e) => { e.preventDefault(); write(order()); }, input: remember, change: remember } });
  body.append(el('h2', {}, w('brief')), what(), readers(), items(), more(), actions());
  center.replaceChildren(body, el('div', { id: 'proposals', class: 'proposals' }));
}

const set = (key) => (value) => { form[key] = value; remember(); };
const choice = (key, values, prefix = key) => el('select', { 'aria-label': w(prefix), name: key, on: { change: (e) => set(key)(e.target.value) } },
  values.map((v) => el('option', { value: v, selected: form[key] === v }, w(`${prefix}.${v}`))));
const line = (key, hint, props = {}) => el('input', { type: 'text', name: key, value: form[key], placeholder: w(hint), 'aria-label': w(key), ...props,
  on: { input: (e) => set(key)(e.target.value) } });
const field = (label, ...controls) => el('div', { class: 'field' }, el('span', { class: 'label' }, w(label)), controls);

function what() {
  return el('div', { class: 'grid' },
    field('kind', choice('kind', KINDS)),
    field('tone', choice('tone', TONES)),
    field('text_language', segments('text_language', [['en', 'English'], ['zh', '中文']], form.language, set('language'))),
    field('length', segments('length', LENGTHS.map((l) => [l, w(`length.${l}`)]), form.length, set('length')),
      el('input', { type: 'number', class: 'number', name: 'words', min: 40, max: 4000, value: form.words, placeholder: w('words'), 'aria-label': w('words'),
        on: { input: (e) => set('words')(e.target.value) } })),
    el('div', { class: 'wide' }, field('topic', line('topic', 'topic_hint', { maxLength: 300 }))));
}

function readers() {
  const box = el('div', { class: 'readers' });
  const draw = () => {
    const { passport, clusters } = state.start;
    let detail;
    if (form.readers === 'passport') detail = el('p', { class: 'chips' }, passport.map((t) => el('span', { class: 'chip' }, t)));
    else if (form.readers === 'cluster') {
      detail = el('select', { 'aria-label': w('readers.cluster'), on: { change: (e) => set('cluster')(Number(e.target.value)) } },
        clusters.map((c, n) => el('option', { value: n, selected: n === form.cluster }, c)));
    } else detail = line('audience', 'audience_hint', { maxLength: 300, 'aria-label': w('readers') });
    box.replaceChildren(segments('readers', [
      ['words', w('readers.words')],
      ['passport', w('readers.passport'), passport.length ? '' : w('no_passport')],
      ['cluster', w('readers.cluster'), clusters.length ? '' : w('no_clusters')],
    ], form.readers, (v) => { set('readers')(v); draw(); }), detail);
  };
  if (form.readers === 'passport' && !state.start.passport.length) form.readers = 'words';
  if (form.readers === 'cluster' && !state.start.clusters.length) form.readers = 'words';
  draw();
  return field('readers', box);
}

function items() {
  const box = el('div', { class: 'items' });
  const draw = () => {
    const parts = [segments('items', [['auto', w('items.auto')], ['mine', w('items.mine')]], form.mine ? 'mine' : 'auto',
      (v) => { set('mine')(v === 'mine'); draw(); })];
    if (form.mine) parts.push(picker(draw));
    else parts.push(el('label', { class: 'small' }, `${w('count')} `, el('input', { type: 'number', class: 'number', min: 1, max: 30, value: form.count,
      placeholder: w('automatic'), name: 'count', on: { input: (e) => set('count')(e.target.value) } })));
    box.replaceChildren(...parts);
  };
  draw();
  return field('items', box);
}

function picker(draw) {
  const found = el('div', { class: 'found', role: 'group', 'aria-label': w('search_items') });
  let timer = 0;
  let asked = 0;
  const add = (item) => { if (!form.items.some((i) => i.id === item.id)) { form.items.push(item); remember(); draw(); } };
  const search = el('input', { type: 'search', placeholder: w('search_items'), 'aria-label': w('search_items'), name: 'q', maxLength: 200, on: {
    keydown: (e) => { if (e.key === 'Enter') e.preventDefault(); },
    input: (e) => {
      clearTimeout(timer);
      const text = e.target.value.trim();
      if (!text) { found.replaceChildren(); return; }
      timer = setTimeout(async () => {
        const mine = ++asked;
        const hits = await attempt(() => ask('GET', `/items?q=${encodeURIComponent(text)}`));
        if (hits && mine === asked) found.replaceChildren(...hits.map((i) => button(`+ ${named(i)}`, () => add(i), { class: 'btn pick' })));
      }, 250);
    } } });
  const chat = state.start.conversation;
  return el('div', { class: 'picker' }, search, found,
    chat.length ? el('div', { class: 'talked' }, el('span', { class: 'small' }, w('from_chat')),
      chat.filter((i) => !form.items.some((x) => x.id === i.id)).map((i) => button(`+ ${named(i)}`, () => add(i), { class: 'btn pick' }))) : null,
    form.items.length ? el('ol', { class: 'chosen' }, form.items.map((i, n) => el('li', { data: { id: i.id } }, el('span', {}, named(i)),
      mover(form.items, n, () => { remember(); draw(); }))))
      : el('p', { class: 'small' }, w('no_items')));
}

export const named = (item) => (item.year ? `${item.title} (${item.year})` : item.title);

/** Up, down, remove for one entry of a list. */
function mover(list, n, after) {
  const swap = (to) => { [list[n], list[to]] = [list[to], list[n]]; after(); };
  return el('span', { class: 'mover' },
    button('↑', () => swap(n - 1), { class: 'icon', disabled: n === 0, 'aria-label': w('up') }),
    button('↓', () => swap(n + 1), { class: 'icon', disabled: n === list.length - 1, 'aria-label': w('down') }),
    button('×', () => { list.splice(n, 1); after(); }, { class: 'icon', 'aria-label': w('remove') }));
}

function more() {
  const card = el('div', { class: 'voice' });
  const samples = el('textarea', { rows: 3, maxLength: 20000, placeholder: w('voice_hint'), 'aria-label': w('voice'), name: 'samples' });
  const avoid = el('input', { type: 'text', maxLength: 1000, placeholder: w('avoid'), 'aria-label': w('avoid'), name: 'avoid' });
  const draw = () => {
    const v = form.voice;
    card.replaceChildren(v ? el('p', { class: 'small' }, w('voice_card', { words: v.words, address: w(`voice.${v.address}`), exclaims: Math.round(100 * v.exclaims) }), ' ',
      button(w('voice_forget'), () => { set('voice')(null); draw(); }, { class: 'plain' }))
      : button(w('voice_learn'), async () => {
        const learned = await attempt(() => ask('POST', '/voice', { samples: samples.value, avoid: avoid.value, language: form.language }));
        if (learned) { set('voice')(learned); draw(); }
      }));
  };
  draw();
  return el('details', { class: 'more' }, el('summary', {}, w('more')), el('div', { class: 'grid' },
    field('keywords', line('keywords', 'keywords_hint')),
    field('spoilers', segments('spoilers', [['none', w('spoilers.none')], ['light', w('spoilers.light')]], form.spoilers, set('spoilers'))),
    el('div', { class: 'wide' }, field('notes', el('textarea', { name: 'notes', rows: 3, value: form.notes, placeholder: w('notes_hint'), 'aria-label': w('notes'),
      on: { input: (e) => set('notes')(e.target.value) } }))),
    el('div', { class: 'wide' }, field('voice', samples, avoid, card))));
}

function actions() {
  return el('div', { class: 'actions' },
    el('button', { type: 'submit', class: 'btn main', id: 'write' }, w('write')),
    button(w('angles'), angles, { id: 'angles' }),
    button(w('outline'), () => outline(), { id: 'outline' }));
}

const proposals = () => document.getElementById('proposals');

function warned(list) {
  return list.length ? el('ul', { class: 'warnings' }, list.map((t) => el('li', {}, t))) : null;
}

async function angles() {
  const found = await attempt(() => ask('POST', '/angles', order()));
  if (!found) return;
  const take = (variant) => outline({ variant, items: found.items.map((i) => i.id) });
  proposals().replaceChildren(el('h3', {}, w('angle_title')), warned(found.warnings) ?? '', el('div', { class: 'angles' },
    found.angles.map((a) => el('section', { class: 'angle' }, el('h4', {}, runs(a.title)), el('p', {}, runs(a.opening)),
      button(w('angle_take'), () => take(a.variant))))));
  proposals().scrollIntoView({ behavior: 'smooth', block: 'start' });
}

async function outline(chosen = {}) {
  const base = order(chosen);
  const found = await attempt(() => ask('POST', '/outline', base));
  if (!found) return;
  calm();
  const shown = found.items.slice();
  const headings = { ...base.headings };
  const title = el('input', { type: 'text', class: 'title', value: found.title, maxLength: 200, 'aria-label': w('title'),
    on: { input: (e) => { headings.title = e.target.value; } } });
  const list = el('ol', { class: 'outline' });
  const parts = found.sections;
  const draw = () => {
    const by = (id) => parts.filter((p) => p.item === id);
    const general = (before) => parts.filter((p, n) => !p.item && (parts.findIndex((x) => x.item) < 0 || (n < parts.findIndex((x) => x.item)) === before));
    const row = (p, controls = null) => el('li', { data: { item: p.item } },
      el('div', { class: 'row' }, p.key
        ? el('input', { type: 'text', value: headings[p.key] ?? p.heading, maxLength: 200, 'aria-label': w('title'), on: { input: (e) => { headings[p.key] = e.target.value; } } })
        : el('strong', {}, p.item ? named(shown.find((i) => i.id === p.item)) : '¶'), controls),
      p.opening ? el('p', { class: 'small' }, p.opening) : null);
    list.replaceChildren(...general(true).map((p) => row(p)),
      ...shown.flatMap((item, n) => {
        const own = by(item.id);
        const first = own[0] ?? { key: '', heading: '', item: item.id, opening: '' };
        return [row(first, mover(shown, n, draw)), ...own.slice(1).map((p) => row(p))];
      }),
      ...general(false).map((p) => row(p)));
  };
  draw();
  const go = () => write(order({ ...chosen, items: shown.map((i) => i.id), headings }));
  proposals().replaceChildren(el('h3', {}, w('outline_title')), warned(found.warnings) ?? '', el('p', { class: 'small' }, w('outline_hint')),
    title, list, el('div', { class: 'actions' }, button(w('write'), go, { class: 'btn main', id: 'write-outline' })));
  proposals().scrollIntoView({ behavior: 'smooth', block: 'start' });
}
