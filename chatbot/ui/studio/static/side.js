// Beside the text: what each sentence rests on, versions, figures, files.

import { ask, attempt, button, el, state, toast, w, when } from './dom.js';

const TABS = ['facts', 'versions', 'figures', 'out'];
const MARKS = { supported: '✓', opinion: '◇', link: '·', unsupported: '?', contradicted: '✕' };
let tab = 'facts';
let every = false;
let hooks = {};

export function show(side, draft, on) {
  hooks = on;
  const open = draft.counts.unsupported + draft.counts.contradicted;
  const heads = el('div', { class: 'tabs', role: 'tablist' }, TABS.map((t) => el('button', { type: 'button', role: 'tab', id: `tab-${t}`, 'aria-selected': String(t === tab),
    on: { click: () => { tab = t; show(side, draft, on); } } }, w(t), t === 'facts' && open ? el('b', { class: 'badge' }, String(open)) : null)));
  const pane = el('div', { class: 'pane', role: 'tabpanel', 'aria-labelledby': `tab-${tab}` });
  side.replaceChildren(heads, pane);
  ({ facts, versions, figures, out })[tab](pane, draft);
}

/** Show a sentence in the ledger. */
export function look(side, draft, block, at) {
  tab = 'facts';
  show(side, draft, hooks);
  const entry = side.querySelector(`.entry[data-block="${block}"][data-at="${at}"]`);
  entry?.scrollIntoView({ block: 'center' });
  entry?.classList.add('lit');
}

const isOpen = (s) => s.verdict === 'unsupported' || s.verdict === 'contradicted';
const starless = (text) => text.replace(/\\([\\*_`])|\*/g, (_, kept) => kept ?? '');

function facts(pane, draft) {
  const said = draft.blocks.filter((b) => !['image', 'heading'].includes(b.shape) || b.sentences.some(isOpen))
    .flatMap((b) => b.sentences.map((s) => ({ ...s, block: b.at, shape: b.shape })))
    .filter((s) => !['table', 'facts'].includes(s.shape));
  const open = said.filter(isOpen);
  const counts = el('p', { class: 'counts' }, Object.keys(MARKS).filter((v) => draft.counts[v]).map((v) => el('span', { class: `count ${v}` },
    el('i', { 'aria-hidden': 'true' }, MARKS[v]), ` ${draft.counts[v]} ${w('v.' + v)}`)));
  const shown = every || !open.length ? said : open;
  pane.append(counts,
    open.length ? el('p', { class: 'alarm' }, w('to_decide', { n: open.length }), ' ', button(w(every ? 'open' : 'all'), () => { every = !every; pane.replaceChildren(); facts(pane, draft); }, { class: 'plain' }))
      : el('p', { class: 'small' }, w('all_good')),
    el('ol', { class: 'ledger' }, shown.map((s) => entry(s, draft))));
}

function entry(s, draft) {
  const spot = () => {
    const target = document.querySelector(`.block[data-at="${s.block}"] .s[data-at="${s.at}"]`);
    document.querySelectorAll('.s.lit').forEach((x) => x.classList.remove('lit'));
    target?.classList.add('lit');
    target?.scrollIntoView({ block: 'center', behavior: 'smooth' });
    hooks.text?.();
  };
  const box = el('li', { class: `entry ${s.verdict}`, data: { block: s.block, at: s.at } },
    el('button', { type: 'button', class: 'quote', on: { click: spot } }, el('i', { 'aria-hidden': 'true' }, MARKS[s.verdict]), ` ${starless(s.text)}`),
    el('p', { class: 'verdict' }, w('v.' + s.verdict), s.why ? ` – ${s.why}` : ''),
    s.sources.length ? el('ul', { class: 'sources' }, s.sources.map((x) => el('li', {}, el('span', { class: 'from' }, x.item ? `${x.item} · ${x.label}` : x.kind === 'note' ? w('source.note') : x.label), ` ${x.value}`))) : null);
  if (isOpen(s)) box.append(decisions(s, draft));
  return box;
}

function decisions(s, draft) {
  const decide = async (how, note = '') => {
    const after = await attempt(() => ask('POST', `/drafts/${draft.id}/resolve`, { block: s.block, position: s.at, how, note }));
    if (after) hooks.changed(after);
  };
  const note = el('form', { class: 'row', hidden: true, on: { submit: (e) => { e.preventDefault(); decide('support', note.querySelector('input').value); } } },
    el('input', { type: 'text', maxLength: 1000, placeholder: w('r.note_hint'), 'aria-label': w('r.note_hint') }), el('button', { type: 'submit', class: 'btn' }, w('save')));
  return el('div', { class: 'decide' },
    button(w('r.remove'), () => decide('remove'), { class: 'btn quick', data: { how: 'remove' } }),
    button(w('r.support'), () => decide('support'), { class: 'btn quick', data: { how: 'support' } }),
    s.verdict === 'unsupported' ? button(w('r.opinion'), () => decide('opinion'), { class: 'btn quick', data: { how: 'opinion' } }) : null,
    button(w('r.note'), () => { note.hidden = !note.hidden; note.querySelector('input').focus(); }, { class: 'btn quick', data: { how: 'note' } }), note);
}

function label(change) {
  const named = { new: 'change.new', 'edited by hand': 'change.hand', 'ledger: remove': 'change.remove', 'ledger: support': 'change.support', 'ledger: opinion': 'change.opinion' };
  const model = /^worded by (.+)$/.exec(change);
  return named[change] ? w(named[change]) : model ? w('change.worded', { name: model[1] }) : `“${change}”`;
}

function versions(pane, draft) {
  pane.append(el('ol', { class: 'versions', reversed: true }, [...draft.versions].reverse().map((v) => el('li', { class: v.number === draft.current ? 'now' : '', data: { number: v.number } },
    el('div', {}, el('strong', {}, w('version', { n: v.number })), v.number === draft.current ? el('span', { class: 'chip' }, w('current')) : null, el('time', {}, when(v.created))),
    el('p', { class: 'small' }, label(v.change)),
    v.number === draft.current ? null : el('div', { class: 'row' },
      button(w('show_version'), async () => {
        const after = await attempt(() => ask('POST', `/drafts/${draft.id}/show`, { number: v.number }));
        if (after) hooks.changed(after);
      }, { class: 'btn quick' }),
      button(w('compare'), () => { hooks.compare(Math.min(v.number, draft.current), Math.max(v.number, draft.current)); }, { class: 'btn quick', data: { act: 'compare' } }))))));
}

const percent = (x) => `${(100 * x).toFixed(1)} %`;

async function figures(pane, draft) {
  const f = await attempt(() => ask('GET', `/drafts/${draft.id}/figures`));
  if (!f) return;
  const line = (key, value) => [el('dt', {}, w(key)), el('dd', {}, value)];
  pane.append(el('p', { class: f.original ? 'good' : 'alarm' }, `${f.original ? '✓' : '✕'} ${w(f.original ? 'f.original' : 'f.not_original')}`),
    el('dl', { class: 'figures' }, line('f.length', w('length_words', { n: f.length })), line('f.minutes', w('f.minutes_of', { n: f.minutes })),
      line('f.mean', String(f.mean)), line('f.longest', String(f.longest)), line('f.ease', String(f.ease)), line('f.repeated', percent(f.repeated)),
      line('f.openings', percent(f.openings)), line('f.share', percent(f.share))),
    ...f.runs.map(([, run]) => el('p', { class: 'alarm' }, run)), ...f.near.map(([, text]) => el('p', { class: 'alarm' }, text)),
    el('p', { class: 'small' }, w('f.threshold', { run: w('f.run') })));
}

async function copy(draft) {
  const text = await attempt(() => ask('GET', `/drafts/${draft.id}/text`));
  if (!text) return;
  try {
    await navigator.clipboard.write([new ClipboardItem({
      'text/plain': new Blob([text.markdown], { type: 'text/plain' }), 'text/html': new Blob([text.html], { type: 'text/html' }) })]);
  } catch {
    const area = el('textarea', { value: text.markdown, class: 'offstage' });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast(w('copied'));
  if (!draft.fate) await hooks.fate('kept');
}

function out(pane, draft) {
  const forms = [['md', 'Markdown'], ['html', 'HTML'], ['docx', 'Word'], ['txt', state.language === 'zh' ? '纯文本' : 'Plain text']];
  if (draft.brief.kind === 'video') forms.push(['srt', 'SRT']);
  const fates = el('div', { class: 'row' }, ['kept', 'thrown'].map((f) => button(w('fate.' + f), async () => { await hooks.fate(f); toast(w('fate_said')); },
    { class: `btn quick${draft.fate === f || (f === 'kept' && draft.fate === 'edited') ? ' on' : ''}`, 'aria-pressed': String(draft.fate === f), data: { fate: f } })));
  pane.append(button(w('copy'), () => copy(draft), { class: 'btn main wide', id: 'copy' }),
    el('div', { class: 'files' }, forms.map(([form, name]) => el('a', { class: 'btn', download: '', href: `/studio/api/drafts/${draft.id}/export?format=${form}`, data: { format: form },
      on: { click: () => { if (!draft.fate) hooks.fate('kept'); } } }, `↓ ${name}`))),
    el('p', { class: 'small' }, w('out_hint')), el('h3', {}, w('fate')), fates, el('p', { class: 'small' }, w('fate_hint')));
}
