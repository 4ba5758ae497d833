// Small tools: elements without HTML strings, words of the page, questions to the server.

export const state = { words: {}, language: 'en', start: null, draft: null };

/** The words called `key`, with `{name}` filled in. */
export function w(key, values = {}) {
  const text = state.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** An element. Text always becomes a text node, so nothing a draft says can be markup. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'class') node.className = value;
    else if (key === 'on') for (const [name, fn] of Object.entries(value)) node.addEventListener(name, fn);
    else if (key === 'data') for (const [name, v] of Object.entries(value)) node.dataset[name] = v;
    else if (key in node && !key.startsWith('aria') && key !== 'list' && key !== 'role') node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** [(text, italic)] as nodes. */
export function runs(pieces) {
  return pieces.map(([text, italic]) => (italic ? el('em', {}, text) : document.createTextNode(text)));
}

export function button(label, on, props = {}) {
  return el('button', { type: 'button', class: 'btn', ...props, on: { click: on } }, label);
}

/** A group of radio buttons that looks like one control. */
export function segments(name, options, value, on) {
  return el('div', { class: 'segments', role: 'radiogroup', 'aria-label': w(name) },
    options.map(([key, label, disabled]) => el('label', { class: disabled ? 'off' : '', title: disabled || '' },
      el('input', { type: 'radio', name, value: key, checked: key === value, disabled: !!disabled,
        on: { change: () => on(key) } }), el('span', {}, label))));
}

let fading = 0;
export function toast(text) {
  const box = document.getElementById('toast');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { box.hidden = true; }, 2600);
}

/** Say what went wrong, until it is dismissed or something else works. */
export function complain(text) {
  const box = document.getElementById('notice');
  box.replaceChildren(el('span', {}, text), button(w('dismiss'), () => { box.hidden = true; }, { class: 'plain' }));
  box.hidden = false;
  box.scrollIntoView({ block: 'nearest' });
}

export function calm() { document.getElementById('notice').hidden = true; }

export class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

const headers = () => ({ 'X-Language': state.language });

async function refused(answer) {
  if (answer.status === 413) return new Refused(413, w('e.large'));
  let said = '';
  try { const problem = await answer.json(); said = [problem.detail, problem.hint].filter(Boolean).join(' '); } catch { /* not ours */ }
  return new Refused(answer.status, said || w('e.network'));
}

/** Ask the server; throws `Refused` with words for people. */
export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch('/studio/api' + path, {
      method,
      headers: body === undefined ? headers() : { ...headers(), 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch { throw new Refused(0, w('e.network')); }
  if (!answer.ok) throw await refused(answer);
  return answer.status === 204 ? null : answer.json();
}

/** Post and hand on server-sent events as they come: `on(event, data)`. */
export async function listen(path, body, on, signal) {
  let answer;
  try {
    answer = await fetch('/studio/api' + path, {
      method: 'POST', signal,
      headers: { ...headers(), 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') return;
    throw new Refused(0, w('e.network'));
  }
  if (!answer.ok) throw await refused(answer);
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const parts = rest.split('\n\n');
      rest = parts.pop();
      for (const part of parts) {
        const event = /^event: (.*)$/m.exec(part)?.[1];
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (event === 'error') { const p = JSON.parse(data); throw new Refused(p.status, [p.detail, p.hint].filter(Boolean).join(' ')); }
        if (event) on(event, JSON.parse(data));
      }
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
}

/** Run something that asks the server; shows its refusal and returns undefined then. */
export async function attempt(work) {
  try {
    const found = await work();
    calm();
    return found;
  } catch (error) {
    if (error instanceof Refused) { complain(error.message); return undefined; }
    throw error;
  }
}

export function when(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date().toDateString() === date.toDateString();
  const options = today ? { hour: '2-digit', minute: '2-digit' } : { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(state.language === 'zh' ? 'zh-CN' : 'en-GB', options).format(date);
}
