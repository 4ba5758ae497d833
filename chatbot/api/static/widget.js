// Sommelier's chat for other people's pages: one file, no build step, no framework, no cookies.
// <script src="https://HOST/widget.js" data-site="NAME" defer></script>
// Everything lives in a shadow root, is built node by node and styled by a constructed sheet, so
// a page's policy needs script-src HOST and connect-src HOST, nothing else. See docs/embed.md.
(() => {
  "use strict";
  const me = document.currentScript || document.querySelector('script[src*="/widget.js"][data-site]');
  if (!me || window.Sommelier) return;
  const set = me.dataset, site = set.site || "", home = new URL(me.src, location.href).origin;

  const WORDS = {
    en: {
      title: "Ask us", open: "Open the chat", close: "Close the chat", fresh: "New conversation", save: "Download conversation",
      hint: "Write a message…", send: "Send", stop: "Stop answering", log: "Conversation", you: "You", us: "Assistant",
      hello: "Hello! How can I help?", ask: "You could ask", understand: "Reading…", retrieve: "Looking…", explain: "Writing…",
      like: "I like it", nope: "Not for me", why: "Why this?", more: n => `Show ${n} more`, sources: "From our help pages",
      helped: "Did this help?", yes: "Yes", no: "No", thanks: "Thank you.", noted: "Noted. Say what is missing, or ask for a person.",
      unread: n => `${n} new`, rate: "How satisfied are you with this help, from 1 to 5?", later: "Rather not say", of: n => `${n} of 5`,
      reach: "How can we reach you?", hint2: "E-mail or telephone", pass: "Pass it on", passed: "Passed on. Thank you.",
      offline: "You are offline. What you write stays here until you are back.", many: n => `Too many messages at once. Please try again in ${n} s.`,
      broken: "That did not work on our side.", away: "The connection broke.", forbidden: "This page is not allowed to use this chat.",
      again: "Send again", skip: "skip", found: n => `Suggestions: ${n}.`,
      queued: "On its way to a person", delivered: "With a person", outside_hours: "Waiting until the desk opens", failed: "Nobody could be reached",
      desk: "Support", human: "person", held: "A person is answering you", closed: "The assistant answers again.",
      over: n => `${n} has ended the conversation.`, back: "You are back with the assistant.",
    },
    zh: {
      title: "在线咨询", open: "打开对话", close: "关闭对话", fresh: "新对话", save: "下载对话", hint: "写点什么…",
      send: "发送", stop: "停止回答", log: "对话", you: "你", us: "助手", hello: "你好！有什么可以帮你？", ask: "可以这样问",
      understand: "正在阅读…", retrieve: "正在查找…", explain: "正在组织语言…", like: "喜欢", nope: "不喜欢", why: "推荐理由",
      more: n => `再看 ${n} 个`, sources: "来自帮助文档", helped: "这样解决了吗？", yes: "解决了", no: "没有", thanks: "谢谢。",
      noted: "记下了。可以说说还缺什么，或者转人工。", unread: n => `${n} 条新消息`, rate: "对这次帮助满意吗？1 到 5 分", later: "不想评价",
      of: n => `${n} 分`, reach: "怎么联系你？", hint2: "邮箱或电话", pass: "转交", passed: "已转交，谢谢。",
      offline: "现在没有网络。写的内容会留在这里。", many: n => `消息太密集了，请在 ${n} 秒后再试。`, broken: "我们这边出了点问题。",
      away: "连接中断了。", forbidden: "这个页面不能使用此对话。", again: "重新发送", skip: "跳过", found: n => `${n} 个推荐。`,
      queued: "正在转给人工", delivered: "人工已收到", outside_hours: "等待人工上班", failed: "没有联系上人工",
      desk: "客服", human: "人工", held: "人工正在答复你", closed: "现在由智能助手回答。",
      over: n => `${n}已结束人工服务。`, back: "已回到智能助手。",
    },
  };
  const lang = /^zh/i.test(set.lang || document.documentElement.lang || navigator.language) ? "zh" : "en", T = WORDS[lang];

  // What outlives a page: the visitor's own secret, the conversation, whether the panel was open.
  const KEY = `sommelier:${home}:${site}`;
  let kept = {};
  // Where a browser keeps nothing, the conversation lasts as long as the page.
  try { kept = JSON.parse(localStorage.getItem(KEY)) || {}; } catch {}
  const keep = change => {
    Object.assign(kept, change);
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch {}
  };
  const secret = () => [...crypto.getRandomValues(new Uint8Array(24))].map(b => (b + 256).toString(16).slice(1)).join("");
  if (!kept.token) keep({ token: secret() });

  // h("p.note", { role: "alert" }, child, …): a node; attributes, listeners and children as given.
  const h = (tag, props, ...children) => {
    const [kind, ...names] = tag.split("."), node = document.createElement(kind);
    if (props == null || props.constructor !== Object) { children.unshift(props); props = {}; }
    node.className = names.join(" ");
    for (const [name, value] of Object.entries(props)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (typeof value === "boolean") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.flat().filter(c => c != null && c !== false));
    return node;
  };
  const ICONS = {
    chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-5.8 4.5V15.9A2.5 2.5 0 0 1 4 13.5z",
    x: "M6 6l12 12M18 6L6 18", down: "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14", plus: "M12 5v14M5 12h14",
    send: "M12 19V6m-5.5 5.5L12 6l5.5 5.5", stop: "M8 8h8v8H8z", tick: "M5 12.5l4.5 4.5L19 7.5",
    like: "M7 11v9H4v-9zl4-7.5q2.5 0 2.5 2.5v3.5H19q2.3 0 2 2.4l-1.3 6.5q-.4 1.6-2 1.6H7",
  };
  const icon = name => {
    const svg = (tag, name, value) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      node.setAttribute(name, value);
      return node;
    }, found = svg("svg", "viewBox", "0 0 24 24");
    found.setAttribute("aria-hidden", "true");
    found.append(svg("path", "d", ICONS[name]));
    return found;
  };
  const button = (label, cls, onclick, picture) => h(`button.${cls}`, { onclick, ...(picture && { "aria-label": label, title: label }) }, picture ? icon(picture) : label);
  const chips = (texts, cls) => h(`div.chips.${cls}`, texts.map(t => button(t, "chip", () => say(t))));
  const anchor = (url, text, away) => {
    try { url = new URL(url, location.href); } catch { return null; }
    return /^https?:$/.test(url.protocol) ? h("a", { href: url.href, ...((away || url.origin !== location.origin) && { target: "_blank", rel: "noopener" }) }, text) : null;
  };

  // The little Markdown that answers use, as nodes: a text can never become markup.
  const inline = text => text.split(/(\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\)|https?:\/\/[^\s)）]+[^\s)）.,;。，])/).map(part => {
    const bold = /^\*\*(.+)\*\*$/.exec(part), to = /^\[(.+)\]\((.+)\)$/.exec(part);
    return bold ? h("strong", bold[1]) : to ? anchor(to[2], to[1]) || to[1] : /^http/.test(part) && anchor(part, part) || part;
  });
  const prose = text => text.trim().split(/\n{2,}/).flatMap(block => {
    const out = [];
    let list, table, para;
    for (const line of block.split("\n")) {
      const item = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/.exec(line), row = /^\s*\|(.+)\|\s*$/.exec(line);
      if (row) {
        if (/^[\s:|-]+$/.test(row[1])) continue;
        if (!table) out.push(h("div.wide", { tabindex: "0" }, table = h("table")));
        const cell = table.rows.length ? "td" : "th";
        para = null;
        table.append(h("tr", row[1].split("|").map(c => h(cell, {}, inline(c.trim())))));
      } else if (item) {
        if (!list) out.push(list = h(item[1] ? "ol" : "ul"));
        list.append(h("li", inline(item[2])));
        para = null;
      } else {
        if (para) para.append(h("br")); else out.push(para = h("p"));
        para.append(...inline(line.replace(/^#+\s+/, "")));
        list = table = null;
      }
    }
    return out;
  });

  const CSS = `
:host{all:initial;--a:var(--sommelier-accent,#7a1f3d);--paper:var(--sommelier-background,#fbf8f5);--card:#fff;--ink:var(--sommelier-text,#221c1a);
--dim:#665c57;--line:#e4ddd8;--soft:#f6e9ee;--edge:#8d827c;--hot:var(--a);
font:15px/1.5 var(--sommelier-font,system-ui,"Segoe UI","PingFang SC",sans-serif);color-scheme:light}
:host([dark]){--paper:var(--sommelier-background-dark,#191514);--card:#231e1c;--ink:var(--sommelier-text-dark,#f3ece8);--dim:#b3a7a1;--line:#3b3431;--soft:#3a2229;--edge:#857a74;--hot:#e9a3b8;color-scheme:dark}
:host([own]){--soft:color-mix(in srgb,var(--a) 12%,var(--card));--hot:color-mix(in srgb,var(--a) 75%,#000)}
:host([own][dark]){--hot:color-mix(in srgb,var(--a) 45%,#fff)}
*{box-sizing:border-box;font:inherit;color:inherit}
[hidden]{display:none!important}
.root{position:fixed;z-index:var(--sommelier-z,2147483000);bottom:20px;right:20px;color:var(--ink)}
.left,.left .panel{right:auto;left:20px}.left .panel{left:0}
button{cursor:pointer;background:none;border:0;padding:0}
svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
:focus{outline:0}:focus-visible{outline:2px solid var(--hot);outline-offset:2px}
.launch,.mark,.fly,.ico,.mini,.pic{display:grid;place-items:center;flex:none}
.launch,.mark,.fly,.solid,[aria-pressed=true]{background:var(--a)!important;color:var(--on)!important}
.launch{width:58px;height:58px;border-radius:50%;box-shadow:0 6px 20px #0003,0 1px 3px #0003;position:relative}
.launch:hover{transform:translateY(-2px)}.launch svg{width:27px;height:27px}.launch:focus-visible{outline-offset:4px}
.badge{position:absolute;top:-3px;right:-3px;min-width:22px;padding:0 5px;border-radius:11px;background:#b3261e;color:#fff;font-size:12px;font-weight:650;border:2px solid var(--paper)}
.panel{position:absolute;bottom:74px;right:0;width:404px;height:min(660px,100vh - 116px);display:flex;flex-direction:column;background:var(--paper);border:1px solid var(--line);border-radius:var(--sommelier-radius,16px);box-shadow:0 18px 50px #0003,0 2px 8px #0001;overflow:hidden;animation:up .18s ease-out}
@keyframes up{from{opacity:0;transform:translateY(10px)}}
header{display:flex;align-items:center;gap:10px;padding:12px 10px 12px 16px;border-bottom:1px solid var(--line);background:var(--card)}
.mark{width:34px;height:34px;border-radius:10px}
h2{margin:0;flex:1;font-size:16px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
h2,h3,strong,th,b{font-weight:650}
.ico{width:36px;height:36px;border-radius:10px;color:var(--dim)}
.ico:hover,.chip:hover,.mini:hover{background:var(--soft);color:var(--ink);border-color:var(--hot)}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:18px 16px 8px;display:flex;flex-direction:column;gap:16px;overflow-wrap:anywhere}
.log:focus-visible{outline-offset:-3px}
.user{align-self:flex-end;max-width:84%;background:var(--soft);border-radius:16px 16px 4px 16px;padding:9px 13px;white-space:pre-wrap}
.bot{display:flex;flex-direction:column;gap:10px}.bot>:empty{display:none}
.text>*{margin:0}.text>*+*{margin-top:8px}ul,ol{padding-left:20px}
.text a,.cite a{color:var(--hot);text-decoration:underline;text-underline-offset:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}th,td{border:1px solid var(--line);padding:4px 8px;text-align:left;vertical-align:top}
.wait{display:flex;align-items:center;gap:8px;color:var(--dim);font-size:14px;margin:0}
.wait i{width:6px;height:6px;margin-right:-4px;border-radius:50%;background:var(--hot);animation:dot 1.2s infinite}.wait i+i{animation-delay:.15s}.wait i+i+i{animation-delay:.3s;margin-right:2px}
@keyframes dot{0%,60%,to{opacity:.25}30%{opacity:1}}
.cards{list-style:none;margin:0;padding:0;display:grid;gap:10px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:12px;display:flex;gap:12px}
.card>div{flex:1;min-width:0}.acts{display:flex;gap:4px;float:right;margin-left:8px}
.pic{width:46px;height:46px;border-radius:10px;color:#fff;font-weight:650;font-size:19px;background:linear-gradient(150deg,hsl(var(--h) 38% 40%),hsl(calc(var(--h) + 40) 42% 24%))}
h3{margin:0;font-size:15px;line-height:1.35}h3 a{text-decoration:underline;text-decoration-color:var(--edge);text-underline-offset:3px}h3 a:hover{color:var(--hot)}
.facts,.cite q,.cap{margin:0;color:var(--dim);font-size:13px}.facts b{color:var(--ink)}
.why{list-style:none;margin:6px 0 0;padding:0;font-size:13.5px;clear:both;display:grid;gap:3px}
.why li{display:flex;gap:6px}.why svg{width:15px;height:15px;flex:none;margin-top:3px;color:var(--hot);stroke-width:2.2}
.mini{width:32px;height:32px;border-radius:10px;border:1px solid var(--line);color:var(--dim)}.mini svg{width:16px;height:16px}.mini+.mini svg{transform:rotate(180deg)}
.chips{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.chip{font-size:14px;line-height:1.3;padding:8px 13px;border-radius:18px;border:1px solid var(--line);background:var(--card);text-align:left}
.cap{margin-bottom:6px;font-weight:600}
.cite{font-size:13.5px;border-left:3px solid var(--line);padding-left:10px}.cite ol{margin:0;padding-left:18px;display:grid;gap:4px}.cite q{display:block;quotes:none}
.box{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:12px 14px;font-size:14px}
.box label{display:block;margin:8px 0 6px}
.state{font-weight:600}.state:before{content:"";display:inline-block;width:9px;height:9px;border-radius:50%;background:#b26a00;margin-right:8px}.delivered:before{background:#2e7d4f}.failed:before{background:#b3261e}
.line{display:flex;gap:8px}.five{margin:10px 0 4px}.five button{flex:1;height:40px;border:1px solid var(--edge);border-radius:10px}
.line input{flex:1;min-width:0;border:1px solid var(--edge);border-radius:10px;padding:7px 10px;background:var(--paper)}
.human{background:var(--card);border:1px solid var(--line);border-left:4px solid #2e7d4f;border-radius:14px;padding:9px 13px;gap:4px}
.human .cap{margin:0}.human .cap span{margin-left:8px;padding:1px 8px;border-radius:9px;border:1px solid #2e7d4f}
.quiet{color:var(--dim);text-decoration:underline;padding:4px 0}
.solid{border-radius:10px;padding:8px 13px;font-weight:600}
.note{margin:0;background:var(--card);border:1px solid #b26a00;border-radius:12px;padding:9px 12px;font-size:14px;display:flex;gap:10px;align-items:center;justify-content:space-between}
.bar{margin:0 12px 6px}
.say{display:flex;align-items:flex-end;gap:8px;margin:6px 12px 12px;padding:5px 5px 5px 14px;background:var(--card);border:1px solid var(--edge);border-radius:16px}
.say:focus-within{border-color:var(--hot);box-shadow:0 0 0 1px var(--hot)}
textarea{flex:1;border:0;background:none;resize:none;padding:8px 0;max-height:132px;line-height:1.45;min-width:0}textarea:focus-visible{outline:0}
::placeholder{color:var(--dim);opacity:1}
.fly{width:38px;height:38px;border-radius:12px}.fly:disabled{opacity:.4;cursor:default}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:520px){.on{inset:0}.on .launch{display:none}.panel{position:fixed;inset:0;width:100%;height:100dvh;border-radius:0;border:0}textarea,.line input{font-size:16px}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media(forced-colors:active){.launch,.fly,.solid,.user{border:1px solid}[aria-pressed=true]{outline:2px solid}}
@media print{:host{display:none}}`;

  // The frame
  const host = h("sommelier-chat", { lang }), shadow = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  shadow.adoptedStyleSheets = [sheet];
  const badge = h("span.badge", { "aria-hidden": "true" });
  const launch = h("button.launch", { "aria-haspopup": "dialog", "aria-controls": "panel", onclick: () => toggle() }, icon("chat"), badge);
  const heading = h("h2", { id: "title" }, set.title || T.title);
  const log = h("div.log", { role: "log", "aria-live": "off", "aria-label": T.log, tabindex: "0" });
  const live = h("div.sr", { role: "status", "aria-atomic": "false" });
  const net = h("p.note.bar", { role: "alert" }, T.offline);
  const box = h("textarea", { rows: "1", maxlength: "4000", placeholder: T.hint, "aria-label": T.hint, enterkeyhint: "send" });
  const fly = h("button.fly");
  const panel = h("section.panel", { id: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", hidden: true },
    h("header", h("span.mark", icon("chat")), heading, button(T.fresh, "ico", () => fresh(), "plus"),
      button(T.save, "ico", () => download(), "down"), button(T.close, "ico", () => toggle(false), "x")),
    log, live, net, h("form.say", { onsubmit: e => { e.preventDefault(); running ? stop() : say(box.value); } }, box, fly));
  const root = h(set.position === "left" ? "div.root.left" : "div.root", panel, launch);
  shadow.append(root);

  let running = false, looks = { options: {}, suggestions: {} }, loaded = false, support = false, polls = 0, record = [], watching;

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => {
    const color = set.color || looks.options.color;
    host.toggleAttribute("dark", set.theme === "dark" || (set.theme !== "light" && dark.matches));
    if (color && window.CSS.supports("color", color)) host.style.setProperty("--sommelier-accent", color);
    const rgb = getComputedStyle(launch).backgroundColor.match(/[\d.]+/g).slice(0, 3);
    const [r, g, b] = rgb.map(v => (v / 255) ** 2.2), light = 0.21 * r + 0.72 * g + 0.07 * b;
    host.style.setProperty("--on", light > 0.18 ? "#111" : "#fff");
    host.toggleAttribute("own", rgb.join() !== "122,31,61");
  };
  const unread = n => {
    keep({ unread: n });
    badge.hidden = !n;
    badge.textContent = n;
    launch.setAttribute("aria-label", kept.open ? T.close : T.open + (n ? ` (${T.unread(n)})` : ""));
  };
  const bottom = () => { log.scrollTop = log.scrollHeight; };
  const toggle = (on = panel.hidden, focus = true) => {
    panel.hidden = !on;
    root.classList.toggle("on", on);
    launch.setAttribute("aria-expanded", on);
    keep({ open: on });
    unread(on ? 0 : kept.unread || 0);
    if (on) { load(); bottom(); }
    if (focus) (on ? box : launch).focus();
  };
  panel.addEventListener("keydown", e => {
    if (e.key === "Escape" && !e.isComposing) toggle(false);
    if (e.key !== "Tab") return;
    const stops = [...panel.querySelectorAll("button,a,textarea,input,[tabindex='0']")].filter(n => !n.disabled && n.getClientRects().length);
    const [from, to] = e.shiftKey ? [stops[0], stops.pop()] : [stops.pop(), stops[0]];
    if (shadow.activeElement === from) { e.preventDefault(); to.focus(); }
  });
  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    busy(running);
  };
  const busy = on => {
    const label = on ? T.stop : T.send;
    fly.replaceChildren(icon(on ? "stop" : "send"));
    fly.setAttribute("aria-label", label);
    fly.title = label;
    fly.disabled = !on && !box.value.trim();
    running = on;
  };
  box.addEventListener("input", grow);
  // Enter that chooses a Chinese word is not Enter that sends.
  box.addEventListener("keydown", e => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return;
    e.preventDefault();
    say(box.value);
  });

  // The server
  const call = async (method, path, body, headers) => {
    const json = body && { "content-type": "application/json" }, signed = set.visitor && { "sommelier-visitor": set.visitor };
    const answer = await fetch(home + path, {
      method, credentials: "omit", body: body && JSON.stringify(body),
      headers: { authorization: `Bearer ${kept.token}`, ...json, ...signed, ...headers },
    });
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail), { status: answer.status, hint: problem.hint || "", wait: answer.headers.get("retry-after") });
  };
  const json = async (...args) => (await call(...args)).json();
  const get = path => json("GET", path);
  const path = rest => `/v1/sessions/${kept.session}${rest}`;
  const begin = async () => {
    const made = await json("POST", "/v1/sessions", { channel: set.channel || "web", language: lang });
    keep({ session: made.id, catalogue: made.catalogue, rated: false, seen: 0, desk: false });
  };
  const STREAM = { accept: "text/event-stream" };
  // Events of a turn; where the line breaks they are taken up after the last one that came.
  const events = async (response, on) => {
    let last = "", tries = 0;
    for (;;) {
      try {
        const reader = response.body.getReader(), decoder = new TextDecoder();
        for (let rest = "", part; !(part = await reader.read()).done;) {
          const frames = (rest += decoder.decode(part.value, { stream: true })).split("\n\n");
          rest = frames.pop();
          for (const frame of frames) {
            const got = Object.fromEntries(frame.split("\n").map(line => line.split(/: (.*)/s)));
            if (got.id) { last = got.id; tries = 0; }
            if (got.event) on(got.event, JSON.parse(got.data));
            if (/done|error/.test(got.event)) return;
          }
        }
      } catch (error) { if (error instanceof SyntaxError) throw error; }
      for (response = null; !response;) {
        if (++tries > 6) throw new Error(T.away);
        await new Promise(done => setTimeout(done, 200 * 2 ** tries));
        response = await call("GET", path("/events"), undefined, { ...STREAM, "last-event-id": last }).catch(error => { if (error.status) throw error; });
      }
    }
  };

  // Messages
  const drop = kind => log.querySelectorAll(kind).forEach(n => n.remove());
  const announce = text => {
    live.append(h("p", text));
    if (live.children[3]) live.firstChild.remove();
  };
  const tell = (error, retry) => {
    const s = error.status;
    const text = !s ? (navigator.onLine ? T.away : T.offline) : s === 429 ? T.many(error.wait || 10) : s === 403 ? T.forbidden : s < 500 && lang === "en" ? `${error.message} ${error.hint}` : T.broken;
    drop(".note");
    log.append(h("p.note", { role: "alert" }, h("span", text), retry && button(T.again, "chip", retry)));
    bottom();
  };
  const tried = act => async (...args) => { try { return await act(...args); } catch (error) { tell(error); } };
  const mine = text => {
    drop(".openers");
    const node = h("div.user", h("span.sr", T.you), text);
    log.append(node);
    record.push(`${T.you}: ${text}`);
    return node;
  };
  const theirs = () => {
    const status = h("p.wait", h("i"), h("i"), h("i"), h("span", T.understand)), text = h("div.text"), cards = h("div"), rest = h("div.bot");
    const node = h("div.bot", h("span.sr", T.us), status, text, cards, rest);
    log.append(node);
    return { node, status, text, cards, rest, said: "" };
  };

  const items = {};
  const item = id => (items[id] ||= get(`/v1/items/${encodeURIComponent(id)}?catalogue=${encodeURIComponent(kept.catalogue)}`));
  const name = full => (lang === "zh" && (full.aka || []).find(t => /[\u4e00-\u9fff]/.test(t))) || full.title;
  const card = (shown, place) => {
    const title = h("h3", shown.title), facts = h("p.facts"), given = {};
    const pic = h("span.pic", { "aria-hidden": "true" }, [...shown.title][0]);
    pic.style.setProperty("--h", [...shown.id].reduce((n, c) => (n * 31 + c.codePointAt(0)) % 360, 7));
    const react = tried(async verdict => {
      const was = given[verdict];
      for (const v of Object.keys(given)) { await call("DELETE", `/v1/feedback/${given[v]}?session=${kept.session}`); delete given[v]; }
      if (!was) given[verdict] = (await json("POST", "/v1/feedback", { session: kept.session, item: shown.id, verdict })).id;
      for (const v in both) both[v].setAttribute("aria-pressed", !!given[v]);
    });
    const both = { like: button(T.like, "mini", () => react("like"), "like"), dislike: button(T.nope, "mini", () => react("dislike"), "like") };
    const label = text => { for (const v in both) both[v].setAttribute("aria-label", `${both[v].title}: ${text}`); };
    for (const v in both) both[v].setAttribute("aria-pressed", false);
    label(shown.title);
    // A card is whole without these.
    item(shown.id).then(full => {
      const f = full.facets, one = key => [f[key]].flat()[0], price = one("price"), text = name(full);
      const bits = ["brand", "category", "year", "cuisine", "level"].map(one).filter(v => v != null).map(String);
      if (typeof price === "number") bits.unshift(h("b", `${one("currency") || ""} ${price % 1 ? price.toFixed(2) : price}`.trim()));
      facts.append(...bits.slice(0, 3).flatMap((b, i) => i ? [" · ", b] : [b]));
      title.replaceChildren(anchor(one("url") || "", text) && one("url") ? anchor(one("url"), text) : text);
      label(text);
      pic.textContent = [...text][0];
    }).catch(() => {});
    return h("li.card", { hidden: place > 2 }, pic, h("div", h("div.acts", both.like, both.dislike), title, facts,
      h("ul.why", { "aria-label": T.why }, shown.reasons.slice(0, 3).map(r => h("li", icon("tick"), h("span", r.text))))));
  };
  const list = (place, shown) => {
    const all = shown.map(card), more = all.length > 3 && h("li", button(T.more(all.length - 3), "chip", () => {
      more.remove();
      for (const n of all) n.hidden = false;
      all[3].querySelector("a,button").focus();
    }));
    if (all.length) place.replaceChildren(h("ul.cards", { "aria-label": T.found(all.length) }, all, more));
  };
  // What the answer itself says is not said again; a path that is no address is no link.
  const whole = url => url[0] === "/" ? home + url : url;
  const cite = (found, text) => found.length ? h("div.cite", h("p.cap", T.sources), h("ol", found.map(c =>
    h("li", (/^(https?:\/)?\//.test(c.url) && anchor(whole(c.url), c.title, true)) || h("b", c.title), !text.replace(/• /g, "- ").includes(c.quote) && h("q", c.quote))))) : "";
  const bare = (text, found) => text.split("\n").filter(line => !/^—/.test(line) || !found.some(c => line.includes(c.title))).join("\n");

  const finish = async (bot, reply, past) => {
    const recommends = reply.action === "recommend", cited = reply.citations, asked = reply.question;
    bot.status.remove();
    bot.text.replaceChildren(...prose(bare(reply.text, cited)));
    if (recommends && !bot.cards.firstChild) list(bot.cards, reply.items);
    bot.rest.append(cite(cited, reply.text));
    record.push([`${T.us}: ${reply.text}`, ...(recommends ? reply.items.map(i => `- ${i.title}: ${i.reasons.map(r => r.text).join("; ")}`) : []), ...cited.map(c => `[${c.title}] ${whole(c.url)}`)].join("\n"));
    support ||= reply.action === "support" || !!reply.handoff;
    if (past) return;
    if (cited.length) bot.rest.append(helpful());
    if (reply.handoff && reply.handoff.id) {
      if (reply.handoff.person == null) person(bot.rest, reply.handoff);
      look();
    }
    let next = asked && asked.facet !== "open" ? asked.options.slice(0, 5) : [];
    if (next.length && asked.facet === "title") next = await Promise.all(next.map(id => item(id).then(name, () => id)));
    next = next.length ? [...next, T.skip] : reply.suggestions.slice(0, 4);
    if (next.length) bot.rest.append(chips(next, "next"));
    if (support) standing();
  };

  // Did it help, who was called, how was it: the truth as the server has it, as it changes.
  // What people at the desk say: asked for every few seconds while the conversation is with them.
  const spoken = m => {
    const who = m.person || T.desk, person = m.kind === "person", text = person ? m.text : m.kind === "back" ? T.back : `${T.over(who)} ${T.closed}`;
    if (!person) drop(".next");
    log.append(person ? h("div.bot.human", h("p.cap", who, h("span", T.human)), h("div.text", prose(text))) : h("p.wait.over", text));
    record.push(`${who}${person ? ` (${T.human})` : ""}: ${text}`);
    keep({ seen: m.number });
    return `${who}: ${text}`;
  };
  const look = async () => {
    clearTimeout(watching);
    const of = kept.session, now = of && await get(path(`/messages?after=${kept.seen || 0}`)).catch(e => e.status === 404 && { messages: [] });
    if (of !== kept.session) return;
    if (now) {
      const fresh = now.messages.filter(m => m.number > (kept.seen || 0));
      keep({ desk: !!now.state && now.state !== "closed" });
      if (loaded && fresh.length) {
        drop(".openers");
        announce(fresh.map(spoken).join(" "));
        bottom();
      } else if (fresh.length) keep({ seen: fresh[fresh.length - 1].number });
      if (!kept.open && fresh.length) unread((kept.unread || 0) + fresh.length);
      if (loaded && (fresh.length || !kept.desk)) standing();
    }
    if (kept.desk) watching = setTimeout(look, kept.open ? 4e3 : 12e3);
  };
  const swap = (node, text) => {
    const said = h("p.wait", text);
    node.replaceWith(said);
    announce(text);
    box.focus();
  };
  const helpful = () => {
    drop(".helped");
    const answer = tried(async solved => { after(await json("POST", path("/support"), { solved })); swap(node, solved ? T.thanks : T.noted); });
    const node = h("div.chips.helped", { role: "group", "aria-label": T.helped }, h("span.wait", T.helped), button(T.yes, "chip", () => answer(true)), button(T.no, "chip", () => answer(false)));
    return node;
  };
  const standingOf = handoff => h(`div.state.${handoff.delivered ? "delivered" : handoff.state}`, T[handoff.state]);
  const person = (place, handoff) => {
    drop(".handoff");
    polls = 0;
    const input = h("input", { id: "reach", autocomplete: "email", maxlength: "200", placeholder: T.hint2 });
    const ask = h("form", { onsubmit: tried(async e => {
      e.preventDefault();
      if (!input.value.trim()) return input.focus();
      await call("POST", path("/support"), { contact: input.value });
      keep({ reach: handoff.id });
      swap(ask, T.passed);
    }) }, h("label", { for: "reach" }, T.reach), h("div.line", input, h("button.solid", T.pass)));
    place.append(h("div.box.handoff", { id: `h-${handoff.id}` }, standingOf(handoff), handoff.state !== "failed" && kept.reach !== handoff.id && ask));
  };
  const after = now => {
    const one = now.handoff, state = one && log.querySelector(`#h-${one.id} .state`);
    if (state) {
      if (state.textContent !== T[one.state]) announce(T[one.state]);
      state.replaceWith(standingOf(one));
      if (one.person != null) drop(".handoff form");
      if (!one.delivered && one.state !== "failed" && ++polls < 60) setTimeout(standing, polls < 9 ? 3e3 : 3e4);
    }
    if (kept.rated) return;
    if (!now.ask_csat) drop(".csat");
    else if (!log.querySelector(".csat")) rate();
  };
  const standing = () => get(path("/support")).then(after, () => {});
  const rate = () => {
    const done = tried(async csat => { keep({ rated: true }); await call("POST", path("/support"), { csat }); swap(node, T.thanks); });
    const node = h("div.box.csat", { role: "group", "aria-label": T.rate }, T.rate, h("div.line.five", [1, 2, 3, 4, 5].map(n => {
      const star = button(n, "", () => done(n));
      star.setAttribute("aria-label", T.of(n));
      return star;
    })), button(T.later, "quiet", () => done(0)));
    log.append(node);
    bottom();
  };

  // Saying something
  const stop = () => call("POST", path("/stop")).catch(() => {});
  const say = async (text, key) => {
    text = text.trim();
    if (!text || running) return;
    drop(".note");
    drop(".next,.helped");
    if (!key) { mine(text); box.value = ""; }
    keep({ pending: { text, key: key || secret() } });
    await follow();
    grow();
  };
  const post = () => call("POST", path("/turns"), { text: kept.pending.text }, { ...STREAM, "idempotency-key": kept.pending.key });
  const send = async () => {
    if (!kept.session) await begin();
    return post().catch(async error => {
      if (error.status !== 404) throw error;
      // Erased, or another server: begin anew rather than lose the message.
      await begin();
      return post();
    });
  };
  // Sends what is pending and shows its answer.
  const follow = async () => {
    const { text, key } = kept.pending;
    const bot = theirs(), question = [...log.querySelectorAll(".user")].pop();
    const place = () => { log.scrollTop = question.offsetTop - log.offsetTop - 10; };
    busy(true);
    grow();
    place();
    try {
      let failure;
      await events(await send(), (event, data) => {
        if (event === "status") bot.status.lastChild.textContent = T[data.phase];
        if (event === "items") list(bot.cards, data.items);
        if (event === "delta") { bot.status.remove(); bot.text.replaceChildren(...prose(bot.said += data.text)); }
        if (event === "error") failure = Object.assign(new Error(data.detail), data);
        if (event === "done") {
          finish(bot, data).then(place);
          announce(data.text + (data.action === "recommend" ? ` ${T.found(data.items.length)}` : ""));
          if (!kept.open) unread((kept.unread || 0) + 1);
        }
        place();
      });
      if (failure) throw failure;
      keep({ pending: null });
    } catch (error) {
      bot.node.remove();
      tell(error, ![403, 413, 422].includes(error.status) && (() => say(text, key)));
    }
    busy(false);
  };

  // Beginning, taking up again, beginning anew
  const openers = () => {
    const o = looks.options, first = looks.suggestions[lang] || [];
    log.append(h("div.bot.openers", h("div.text", prose(set.greeting || o[`greeting_${lang}`] || o.greeting || T.hello)), first.length ? h("div", h("p.cap", T.ask), chips(first)) : ""));
  };
  const load = async () => {
    if (loaded) return;
    loaded = true;
    let past = [], heard = [];
    try {
      looks = await get(`/v1/widget/${encodeURIComponent(site)}`);
      heading.textContent = set.title || looks.options[`title_${lang}`] || looks.options.title || T.title;
      theme();
      if (kept.session) {
        const found = await get(path("")).catch(error => {
          if (error.status !== 404) throw error;
          keep({ session: null });
          return { turns: [] };
        });
        past = found.turns.filter(t => t.text);
        heard = found.messages || [];
      }
    } catch (error) {
      loaded = false;
      return tell(error, error.status !== 403 && (() => { drop(".note"); load(); }));
    }
    const open = kept.pending, last = past[past.length - 1];
    if (!last && !open) openers();
    for (const turn of past) {
      mine(turn.text);
      finish(theirs(), turn.reply, turn !== last || open);
      heard.filter(m => m.turn === turn.number).forEach(spoken);
    }
    bottom();
    // A message was on its way when the page was left: its answer is taken up, or it is sent again.
    if (open && last && last.text === open.text) keep({ pending: null });
    else if (open) { mine(open.text); follow(); }
  };
  const fresh = () => {
    if (running) return stop();
    keep({ session: null, pending: null, desk: false });
    record = [];
    support = false;
    log.replaceChildren();
    openers();
    box.focus();
  };
  const download = () => {
    const head = `${heading.textContent}\n${location.origin}\n${new Date().toLocaleString()}`;
    h("a", { href: `data:text/plain;charset=utf-8,${encodeURIComponent(["\ufeff" + head, ...record].join("\n\n"))}`, download: `chat-${new Date().toISOString().slice(0, 10)}.txt` }).click();
  };

  const line = () => { net.hidden = navigator.onLine; };
  for (const event of ["online", "offline"]) addEventListener(event, line);
  dark.addEventListener("change", theme);
  const start = () => {
    document.body.append(host);
    launch.hidden = set.launcher === "none";
    theme();
    line();
    busy(false);
    toggle(!!kept.open, false);
    if (kept.pending) load();
    if (kept.desk) look();
  };
  window.Sommelier = { open: () => toggle(true), close: () => toggle(false), say: text => { toggle(true); return say(text); }, reset: fresh };
  if (document.body) start(); else addEventListener("DOMContentLoaded", start);
})();
