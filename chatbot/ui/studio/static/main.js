// The studio's page. The draft on the desk stands in the address; everything else is asked for.

import { ask, attempt, button, calm, complain, el, segments, state, toast, w, when } from './dom.js';
import * as brief from './brief.js';
import * as paper from './paper.js';
import * as side from './side.js';

const $ = (id) => document.getElementById(id);
const desk = document.querySelector('.desk');
let query = '';

const inAddress = () => /^\/studio\/d\/([\w-]+)$/.exec(location.pathname)?.[1] ?? '';
const go = (id, replace = false) => history[replace ? 'replaceState' : 'pushState'](null, '', id ? `/studio/d/${id}` : '/studio/');

function pane(name) {
  desk.dataset.pane = name;
  document.querySelectorAll('.panes button').forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.pane === name)));
}

// The shelf of drafts

async function shelf() {
  const found = await attempt(() => ask('GET', `/drafts?q=${encodeURIComponent(query)}`));
  if (!found) return;
  const list = $('list');
  list.replaceChildren(...found.map((r) => el('li', { class: `${r.id === state.draft?.id ? 'now' : ''} ${r.fate}`, data: { id: r.id } },
    el('a', { href: `/studio/d/${r.id}`, on: { click: (e) => { if (e.ctrlKey || e.metaKey) return; e.preventDefault(); go(r.id); open(r.id); } } },
      el('strong', {}, r.title), el('span', { class: 'small' }, `${w('kind.' + r.kind)} · ${when(r.updated)}${r.fate ? ' · ' + w('fate.' + r.fate) : ''}`)),
    button('×', () => remove(r), { class: 'icon', 'aria-label': `${w('delete')}: ${r.title}`, title: w('delete') }))),
  found.length ? '' : el('li', { class: 'small' }, w(query ? 'none_found' : 'no_drafts')));
}

async function remove(r) {
  const box = el('dialog', { class: 'ask' }, el('p', {}, w('delete_sure', { title: r.title })),
    el('div', { class: 'actions' }, button(w('delete'), () => box.close('yes'), { class: 'btn main', data: { act: 'delete' } }), button(w('cancel'), () => box.close())));
  document.body.append(box);
  box.addEventListener('close', async () => {
    box.remove();
    if (box.returnValue !== 'yes') return;
    await attempt(() => ask('DELETE', `/drafts/${r.id}`));
    if (state.draft?.id === r.id) { go(''); fresh(); }
    shelf();
  });
  box.showModal();
}

function drawShelf() {
  let timer = 0;
  $('shelf').replaceChildren(
    button(`＋ ${w('new')}`, () => { go(''); fresh(); }, { class: 'btn main wide', id: 'new' }),
    el('input', { type: 'search', id: 'search', value: query, maxLength: 200, placeholder: w('search_drafts'), 'aria-label': w('search_drafts'), on: { input: (e) => {
      query = e.target.value;
      clearTimeout(timer);
      timer = setTimeout(shelf, 250);
    } } }),
    el('ul', { class: 'drafts', id: 'list' }));
  return shelf();
}

// The desk: an order, or a draft

function fresh(given = null) {
  state.draft = null;
  desk.classList.add('ordering');
  $('side').replaceChildren();
  brief.show($('center'), write, given);
  pane('text');
  document.querySelectorAll('#list li.now').forEach((x) => x.classList.remove('now'));
}

async function write(order) {
  calm();
  document.body.classList.add('busy');
  let written = '';
  await paper.stream($('center'), order, (record) => { written = record.id; go(record.id); brief.forget(); }, async (id) => { await open(id); shelf(); });
  document.body.classList.remove('busy');
  if (!written) $('write')?.focus();
}

async function open(id) {
  const found = await attempt(() => ask('GET', `/drafts/${id}`));
  if (!found) { go('', true); fresh(); complain(w('e.gone')); return; }
  put(found);
}

function put(draft) {
  const moved = state.draft?.id !== draft.id;
  const renamed = JSON.stringify(state.draft?.title) !== JSON.stringify(draft.title);
  state.draft = draft;
  desk.classList.remove('ordering');
  document.title = `${draft.title.map((r) => r[0]).join('')} · Sommelier`;
  paper.show($('center'), draft, (d) => put(d));
  side.show($('side'), draft, { changed: put, text: () => pane('text'), compare: (a, b) => { pane('text'); paper.compare($('center'), draft, a, b, () => put(state.draft)); }, fate });
  if (moved) { pane('text'); window.scrollTo(0, 0); }
  if (moved || renamed) shelf();
}

async function fate(value) {
  const { id } = state.draft;
  await attempt(() => ask('POST', `/drafts/${id}/fate`, { fate: value }));
  if (state.draft?.id === id) put({ ...state.draft, fate: value });
  shelf();
}

document.addEventListener('look', (e) => { side.look($('side'), state.draft, e.detail.block, e.detail.at); pane('side'); });

document.addEventListener('again', () => { const given = { ...state.draft.brief, headings: {} }; go(''); fresh(given); });

// Language, theme, model

function head() {
  document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en';
  document.querySelectorAll('[data-w]').forEach((n) => { n.textContent = w(n.dataset.w); });
  document.querySelectorAll('[data-label]').forEach((n) => { n.setAttribute('aria-label', w(n.dataset.label)); n.title = n.tagName === 'BUTTON' ? w(n.dataset.label) : ''; });
  $('languages').replaceChildren(...segments('page_language', [['en', 'EN'], ['zh', '中文']], state.language, (l) => { save('language', l); state.language = l; begin(); }).childNodes);
}

const save = (key, value) => { try { localStorage.setItem(`sommelier-${key}`, value); } catch { /* private window */ } };
const kept = (key) => { try { return localStorage.getItem(`sommelier-${key}`); } catch { return null; } };

function theme(dark) {
  document.documentElement.classList.toggle('dark', dark);
  document.documentElement.classList.toggle('light', !dark);
}

let watching = 0;
function model(status) {
  clearTimeout(watching);
  const box = $('model');
  const before = box.dataset.state;
  box.dataset.state = status.state;
  box.textContent = status.state === 'loading' ? w('model.loading', { name: status.name, n: Math.round(100 * status.progress) })
    : status.state === 'failed' ? w('model.failed', { why: status.message })
      : status.state === 'ready' && before === 'loading' ? w('model.ready', { name: status.name }) : '';
  box.title = box.textContent;
  if (status.state === 'loading') watching = setTimeout(async () => { const s = await attempt(() => ask('GET', '/model')); if (s) model(s); }, 2500);
  else if (box.textContent && status.state === 'ready') watching = setTimeout(() => { box.textContent = ''; }, 4000);
}

function panes() {
  const bar = el('div', { class: 'panes' }, [['shelf', 'drafts'], ['text', 'text'], ['side', 'side']].map(([name, word]) => button(w(word), () => pane(name), { class: 'btn', data: { pane: name }, 'aria-pressed': String(name === 'text') })));
  document.querySelector('.panes')?.remove();
  desk.before(bar);
}

async function begin() {
  const start = await attempt(() => ask('GET', '/start'));
  if (!start) return;
  state.start = start;
  state.words = start.words;
  state.language = start.language;
  head();
  panes();
  model(start.model);
  await drawShelf();
  const from = /^(\w[\w-]*)\.(\d+)$/.exec(new URLSearchParams(location.search).get('chat') ?? '');
  if (from) {
    const record = await attempt(() => ask('POST', '/from-chat', { session: from[1], turn: Number(from[2]) }));
    go(record?.id ?? '', true);
    if (record) await open(record.id);
    else { const said = $('notice').textContent; fresh(); if (said) $('notice').hidden = false; }
    shelf();
  } else if (inAddress()) await open(inAddress());
  else fresh();
}

theme(kept('theme') ? kept('theme') === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
$('theme').addEventListener('click', () => { const dark = !document.documentElement.classList.contains('dark'); theme(dark); save('theme', dark ? 'dark' : 'light'); });
addEventListener('popstate', () => { if (inAddress()) open(inAddress()); else fresh(); });
addEventListener('keydown', (e) => {
  if (!state.draft || !(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== 'z' || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName)) return;
  e.preventDefault();
  $(e.shiftKey ? 'redo' : 'undo')?.click();
});
state.language = kept('language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
begin();
