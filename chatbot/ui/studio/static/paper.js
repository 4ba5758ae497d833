// The text: shown, selected, revised, edited by hand, compared.

import { ask, attempt, button, el, listen, runs, state, toast, w, complain, Refused } from './dom.js';

const FIXED = new Set(['image', 'table', 'facts']);
let changed = () => {};
let picked = null;

/** Quick instructions; the words are sent in the language of the page. */
const QUICK = {
  'q.shorter': ['shorter', '短一点'], 'q.longer': ['longer', '长一点'], 'q.warmer': ['warmer', '温暖一点'],
  'q.funnier': ['funnier', '幽默一点'], 'q.formal': ['more formal', '更正式'], 'q.simpler': ['simpler', '简单一点'],
  'q.rephrase': ['rephrase', '换个说法'], 'q.teenagers': ['for teenagers', '改成给青少年看的'],
  'q.thread': ['turn into a thread', '改成推文'], 'q.title': ['another title', '换个标题'],
};
const PARTS = ['q.shorter', 'q.warmer', 'q.formal', 'q.simpler', 'q.rephrase'];
const said = (key, draft) => QUICK[key][draft.language === 'zh' ? 1 : 0];

export function show(center, draft, onChange) {
  changed = onChange;
  picked = null;
  const paper = el('article', { class: 'paper', id: 'paper', lang: draft.language, data: { kind: draft.brief.kind } },
    el('h2', { class: 'title' }, runs(draft.title)), draft.blocks.map((b) => block(b, draft)));
  center.replaceChildren(tools(draft), notes(draft), paper, popover(draft), about(draft));
  paper.addEventListener('mouseup', () => setTimeout(select));
  paper.addEventListener('keyup', () => setTimeout(select));
  paper.addEventListener('touchend', () => setTimeout(select, 250));
}

function about(draft) {
  const engine = draft.engine === 'composer' ? w('engine.composer') : w('engine.model', { name: draft.engine });
  return el('p', { class: 'small about' }, `${w('kind.' + draft.brief.kind)} · ${engine} · `,
    button(w('write_again'), () => document.dispatchEvent(new CustomEvent('again')), { class: 'plain', id: 'again' }));
}

function notes(draft) {
  const list = [...draft.warnings, ...draft.cells.map((c) => `${c.text} – ${c.why}`)];
  return list.length ? el('ul', { class: 'warnings', 'aria-label': w('warnings') }, list.map((t) => el('li', {}, t))) : el('div', {});
}

function tools(draft) {
  const line = el('input', { type: 'text', id: 'instruction', maxLength: 500, placeholder: w('revise_hint'), 'aria-label': w('revise') });
  const go = () => { if (line.value.trim()) revise(draft, line.value.trim()); };
  const other = draft.language === 'zh' ? '译成英文' : 'in Chinese';
  const quick = Object.keys(QUICK).map((key) => button(w(key), () => revise(draft, said(key, draft)), { class: 'btn quick', data: { quick: key } }));
  quick.push(button(draft.language === 'zh' ? '→ English' : '→ 中文', () => revise(draft, other), { class: 'btn quick', data: { quick: 'q.other' } }));
  return el('div', { class: 'tools' },
    el('div', { class: 'row' },
      button('↶', () => step(draft, 'undo'), { class: 'icon', id: 'undo', disabled: !draft.undo, 'aria-label': w('undo'), title: w('undo') }),
      button('↷', () => step(draft, 'redo'), { class: 'icon', id: 'redo', disabled: !draft.redo, 'aria-label': w('redo'), title: w('redo') }),
      el('form', { class: 'ask', on: { submit: (e) => { e.preventDefault(); go(); } } }, line, el('button', { type: 'submit', class: 'btn main', id: 'revise' }, w('revise')))),
    el('div', { class: 'quicks' }, quick));
}

async function step(draft, name) {
  const after = await attempt(() => ask('POST', `/drafts/${draft.id}/${name}`));
  if (after) changed(after);
}

async function revise(draft, instruction) {
  const part = picked ?? {};
  document.body.classList.add('busy');
  const after = await attempt(() => ask('POST', `/drafts/${draft.id}/revise`, { instruction, ...part }));
  document.body.classList.remove('busy');
  if (after) { changed(after); toast(w('changed')); }
}

// What is selected

function popover(draft) {
  const box = el('div', { class: 'pop', id: 'pop', hidden: true, role: 'toolbar', 'aria-label': w('selected'), on: { mousedown: (e) => e.preventDefault() } });
  box.append(...PARTS.map((key) => button(w(key), () => { hide(); revise(draft, said(key, draft)); }, { class: 'btn quick', data: { part: key } })),
    button('×', () => { getSelection().removeAllRanges(); clear(); }, { class: 'icon', 'aria-label': w('clear') }));
  return box;
}

const hide = () => { const box = document.getElementById('pop'); if (box) box.hidden = true; };
function clear() { picked = null; hide(); document.querySelectorAll('.block.picked').forEach((b) => b.classList.remove('picked')); }

function select() {
  const chosen = getSelection();
  const text = chosen.toString().trim();
  const paper = document.getElementById('paper');
  if (!paper || !text || !chosen.rangeCount || !paper.contains(chosen.anchorNode)) { clear(); return; }
  const range = chosen.getRangeAt(0);
  const touched = [...paper.querySelectorAll('.block')].filter((b) => range.intersectsNode(b) && !FIXED.has(b.dataset.shape));
  if (!touched.length) { clear(); return; }
  const inside = touched.length === 1 && touched[0].querySelector('.said')?.contains(range.commonAncestorContainer);
  picked = inside ? { selection: text } : { blocks: touched.map((b) => Number(b.dataset.at)) };
  paper.querySelectorAll('.block').forEach((b) => b.classList.toggle('picked', touched.includes(b)));
  const box = document.getElementById('pop');
  const at = range.getBoundingClientRect();
  box.hidden = false;
  const wide = box.offsetWidth;
  box.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - wide / 2, innerWidth - wide - 8)) + scrollX}px`;
  box.style.top = `${at.bottom + scrollY + 8}px`;
}

// Paragraphs

function sentence(s, draft) {
  const open = s.verdict === 'unsupported' || s.verdict === 'contradicted';
  const props = { class: `s ${s.verdict}`, data: { at: s.at } };
  if (!open) return el('span', props, runs(s.runs));
  const go = () => document.dispatchEvent(new CustomEvent('look', { detail: { block: s.block, at: s.at } }));
  return el('mark', { ...props, tabIndex: 0, role: 'button', title: `${w('v.' + s.verdict)}: ${s.why}`, on: { click: go, keydown: (e) => { if (e.key === 'Enter') go(); } } }, runs(s.runs));
}

function words(b, draft) {
  const gap = draft.language === 'zh' ? '' : ' ';
  return b.sentences.flatMap((s, n) => [n ? gap : '', sentence({ ...s, block: b.at }, draft)]);
}

export function rows(b) {
  if (b.shape === 'facts') return el('dl', {}, b.rows.flatMap(([k, v]) => [el('dt', {}, starless(k)), el('dd', {}, starless(v))]));
  const [head, ...rest] = b.rows;
  return el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, head.map((c) => el('th', { scope: 'col' }, starless(c))))),
    el('tbody', {}, rest.map((r) => el('tr', {}, r.map((c, n) => el(n ? 'td' : 'th', n ? {} : { scope: 'row' }, starless(c))))))));
}

const starless = (text) => text.replace(/\\([\\*_`])|\*/g, (_, kept) => kept ?? '');

function body(b, draft) {
  if (b.shape === 'image') return el('figure', { class: 'placeholder', role: 'img', 'aria-label': b.sentences.map((s) => s.text).join(' ') }, el('figcaption', {}, `▢ ${starless(b.sentences.map((s) => s.text).join(' '))}`));
  if (b.rows.length) return rows(b);
  if (b.shape === 'heading') return el('h3', { class: 'said' }, words(b, draft));
  const text = el('p', { class: 'said' }, words(b, draft));
  if (b.shape === 'shot') return [el('p', { class: 'shot' }, `${b.seconds.toFixed(1)} ${w('seconds')} · ${starless(b.shot)}`), text];
  return text;
}

export function block(b, draft) {
  const box = el('div', { class: `block ${b.shape}`, data: { at: b.at, shape: b.shape } }, body(b, draft));
  if (!FIXED.has(b.shape) && b.sentences.length && draft.versions) {
    box.append(button('✎', () => edit(box, b, draft), { class: 'icon pencil', 'aria-label': w('edit'), title: w('edit') }));
  }
  return box;
}

function edit(box, b, draft) {
  clear();
  const old = [...box.childNodes];
  const area = el('textarea', { maxLength: 20000, value: b.sentences.map((s) => s.text).join(draft.language === 'zh' ? '' : ' '), 'aria-label': w('edit') });
  area.rows = Math.max(2, Math.ceil(area.value.length / (draft.language === 'zh' ? 38 : 72)) + 1);
  const save = async () => {
    const after = await attempt(() => ask('POST', `/drafts/${draft.id}/edit`, { block: b.at, text: area.value }));
    if (after) { changed(after); toast(w('saved')); }
  };
  const back = () => box.replaceChildren(...old);
  box.replaceChildren(area, el('div', { class: 'actions' }, button(w('save'), save, { class: 'btn main', data: { act: 'save' } }), button(w('cancel'), back)));
  area.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') back();
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) save();
  });
  area.focus();
}

// Writing: passages appear as they come

export async function stream(center, brief, onRecord, onDone) {
  const stop = new AbortController();
  const language = brief.language;
  const paper = el('article', { class: 'paper writing', id: 'paper', lang: language });
  const line = el('div', { class: 'tools' }, el('div', { class: 'row' }, el('span', { class: 'small', role: 'status' }, w('writing')),
    button(w('stop'), () => stop.abort(), { id: 'stop' })));
  let id = '';
  try {
    await listen('/drafts', brief, (event, data) => {
      if (event === 'record') {
        id = data.id;
        center.replaceChildren(line, paper);
        paper.replaceChildren(el('h2', { class: 'title' }, starless(data.title)));
        onRecord(data);
      } else if (event === 'passage') paper.append(block(data, { language }));
    }, stop.signal);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.message);
  }
  if (stop.signal.aborted) toast(w('stopped'));
  if (id) onDone(id);
}

/** Two versions: side by side, and what changed line by line. */
export async function compare(center, draft, old, now, back) {
  const found = await attempt(() => ask('GET', `/drafts/${draft.id}/compare?old=${old}&new=${now}`));
  if (!found) return;
  const page = (one) => el('div', { class: 'paper' }, el('h2', { class: 'title' }, runs(one.title)), one.blocks.map((b) => (b.rows.length ? rows(b)
    : el(b.shape === 'heading' ? 'h3' : 'p', {}, runs(b.runs)))));
  const mark = { gone: 'del', new: 'ins', same: 'span' };
  const lines = el('div', { class: 'diff' }, found.lines.some((l) => l.kind !== 'same')
    ? found.lines.map((l) => el(mark[l.kind], { class: l.kind }, l.text)) : el('p', { class: 'small' }, w('no_change')));
  center.replaceChildren(
    el('div', { class: 'tools' }, el('div', { class: 'row' }, button(`← ${w('back')}`, back, { id: 'back' }), el('span', { class: 'small' }, w('compare_with', { old, new: now })))),
    el('h3', { class: 'part' }, w('changes')), lines,
    el('h3', { class: 'part' }, w('side_by_side')), el('div', { class: 'beside' }, page(found.old), page(found.new)));
}
