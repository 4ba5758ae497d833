/* Sommelier's chat for other people's pages: one file, no build step, no framework, no cookies.
   <script src="https://HOST/widget.js" data-site="NAME" defer></script>
   Everything lives in a shadow root, is built node by node and styled by a constructed sheet, so
   it needs of a page's policy only: script-src HOST; connect-src HOST. See docs/embed.md. */
(() => {
  "use strict";
  const me = document.currentScript || document.querySelector('script[src*="/widget.js"][data-site]');
  if (!me || window.Sommelier) return;
  const set = me.dataset, site = set.site || "", home = new URL(me.src, location.href).origin;

  const WORDS = {
    en: {
      title: "Ask us", open: "Open the chat", close: "Close the chat", fresh: "Start a new conversation",
      save: "Download this conversation", box: "Your message", hint: "Write a message…", send: "Send",
      stop: "Stop answering", log: "Conversation", you: "You", us: "Assistant", hello: "Hello! How can I help?",
      try: "You could ask", understand: "Reading…", retrieve: "Looking…", explain: "Writing…",
      like: "I like {t}", nope: "Not for me: {t}", view: "View", why: "Why {t}?", more: n => `Show ${n} more`,
      sources: "From our help pages", helped: "Did this help?", yes: "Yes", no: "No", thanks: "Thank you.",
      noted: "Noted. Tell me what is missing, or ask for a person.", unread: n => n === 1 ? "1 new message" : `${n} new messages`,
      rate: "How satisfied are you with this help?", low: "not at all", high: "very", later: "Rather not say", of: n => `${n} of 5`,
      reach: "How can we reach you?", reachHint: "E-mail or telephone", pass: "Pass it on", passed: "Passed on. Thank you.",
      offline: "You are offline. What you write is kept here and can be sent when you are back.",
      many: n => `A lot of messages at once. Please try again in ${n} s.`, broken: "That did not work on our side.",
      away: "The connection broke.", forbidden: "This page may not use this chat. Its owner can allow it.",
      again: "Send again", gone: "That conversation has ended, so a new one was begun.", stopped: "Stopped.",
      skip: "skip", found: n => n === 1 ? "1 suggestion" : `${n} suggestions`, long: "That message is too long.",
      person: { queued: "On its way to a person", delivered: "With a person", outside_hours: "Waiting for opening hours",
        failed: "Nobody could be reached", unavailable: "No support desk" },
    },
    zh: {
      title: "在线咨询", open: "打开对话", close: "关闭对话", fresh: "开始新对话", save: "下载这段对话",
      box: "你的消息", hint: "写点什么…", send: "发送", stop: "停止回答", log: "对话", you: "你", us: "助手",
      hello: "你好！有什么可以帮你？", try: "可以这样问", understand: "正在阅读…", retrieve: "正在查找…", explain: "正在组织语言…",
      like: "喜欢{t}", nope: "不喜欢{t}", view: "查看", why: "为什么推荐{t}？", more: n => `再看 ${n} 个`,
      sources: "来自帮助文档", helped: "这样解决了吗？", yes: "解决了", no: "没有", thanks: "谢谢。",
      noted: "记下了。可以说说还缺什么，或者转人工。", unread: n => `${n} 条新消息`,
      rate: "对这次帮助满意吗？", low: "很不满意", high: "很满意", later: "不想评价", of: n => `${n} 分，满分 5 分`,
      reach: "怎么联系你？", reachHint: "邮箱或电话", pass: "转交", passed: "已转交，谢谢。",
      offline: "现在没有网络。写的内容会留在这里，联网后可以再发送。",
      many: n => `消息太密集了，请在 ${n} 秒后再试。`, broken: "我们这边出了点问题。",
      away: "连接中断了。", forbidden: "这个页面不能使用此对话，需要站点所有者开通。",
      again: "重新发送", gone: "那段对话已经结束，已为你开始新的对话。", stopped: "已停止。",
      skip: "跳过", found: n => `${n} 个推荐`, long: "消息太长了。",
      person: { queued: "正在转给人工", delivered: "人工已收到", outside_hours: "等待上班时间", failed: "没有联系上人工", unavailable: "没有人工客服" },
    },
  };
  const said = set.lang || document.documentElement.lang || navigator.language || "en";
  const lang = /^zh/i.test(said) ? "zh" : "en", T = WORDS[lang];
  const fill = (text, t) => text.replace("{t}", lang === "zh" ? `《${t}》` : t);

  // What outlives a page: the visitor's own secret, the conversation, whether the panel was open.
  const KEY = `sommelier:${home}:${site}`;
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(KEY)) || {}; } catch { /* storage is off: this page only */ }
  const keep = change => {
    Object.assign(kept, change);
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* as above */ }
  };
  const secret = () => [...crypto.getRandomValues(new Uint8Array(24))].map(b => b.toString(16).padStart(2, "0")).join("");
  if (!kept.token) keep({ token: secret() });

  // Building blocks
  const h = (tag, props, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name in node && typeof value !== "string") node[name] = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter(c => c !== null && c !== undefined && c !== ""));
    return node;
  };
  const ICONS = {
    chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.500v8a2.5 2.5 0 0 1-2.5 2.500H11l-4.6 4.100c-.5.4-1.2.1-1.2-.6V15.900A2.5 2.5 0 0 1 4 13.500z",
    x: "M6 6l12 12M18 6L6 18", down: "M12 4v11m0 0l-4.5-4.500M12 15l4.5-4.500M5 20h14", plus: "M12 5v14M5 12h14",
    send: "M12 19V6m0 0l-5.5 5.500M12 6l5.5 5.5", stop: "M8 8h8v8H8z",
    up: "M7 11v9H4v-9zm0 0l4-7.500c1.5 0 2.5 1 2.5 2.500v3.500H19a2 2 0 0 1 2 2.400l-1.3 6.500A2 2 0 0 1 17.7 20H7",
    dn: "M7 13V4H4v9zm0 0l4 7.500c1.5 0 2.5-1 2.5-2.500v-3.500H19a2 2 0 0 0 2-2.400l-1.3-6.500A2 2 0 0 0 17.7 4H7",
    tick: "M5 12.500l4.5 4.500L19 7.5",
  };
  const icon = name => {
    const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg"), path = document.createElementNS(NS, "path");
    for (const [k, v] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["focusable", "false"]]) svg.setAttribute(k, v);
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };
  const button = (label, cls, act, ...inner) => h("button", { type: "button", class: cls, "aria-label": inner.length ? label : null, title: inner.length ? label : null, onclick: act }, inner.length ? inner : label);
  const link = url => { try { const u = new URL(url, location.href); return /^https?:$/.test(u.protocol) ? u : null; } catch { return null; } };
  const anchor = (url, cls, ...inner) => h("a", { href: url.href, class: cls, ...(url.origin === location.origin ? {} : { target: "_blank", rel: "noopener noreferrer" }) }, inner);

  // The little Markdown that answers use, as nodes; a text can never become markup.
  const inline = text => text.split(/(\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/).map(part => {
    let m = /^\*\*(.+)\*\*$/.exec(part);
    if (m) return h("strong", {}, m[1]);
    m = /^\[(.+)\]\((.+)\)$/.exec(part);
    const url = m && link(m[2]);
    return url ? anchor(url, "", m[1]) : part;
  });
  const prose = text => {
    const out = [];
    for (const block of text.trim().split(/\n{2,}/)) {
      let list = null, table = null, para = null;
      for (const line of block.split("\n")) {
        const item = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/.exec(line), row = /^\s*\|(.+)\|\s*$/.exec(line);
        if (row) {
          if (/^[\s:|-]+$/.test(row[1])) continue;
          if (!table) out.push(h("div", { class: "scroll", tabindex: "0" }, table = h("table", {})));
          const tag = table.rows.length ? "td" : "th";
          table.append(h("tr", {}, row[1].split("|").map(c => h(tag, {}, inline(c.trim())))));
        } else if (item) {
          if (!list) out.push(list = h(item[1] ? "ol" : "ul", {}));
          list.append(h("li", {}, inline(item[2])));
        } else {
          if (!para) out.push(para = h("p", {})); else para.append(h("br"));
          para.append(...inline(line.replace(/^#{1,6}\s+/, "")));
          list = table = null;
        }
      }
    }
    return out;
  };

  const CSS = `
:host{all:initial;--a:var(--sommelier-accent,#7a1f3d);--on:#fff;--paper:var(--sommelier-background,#fbf8f5);--card:#fff;--ink:var(--sommelier-text,#221c1a);
--dim:#665c57;--line:#e4ddd8;--soft:#f6e9ee;--edge:#8d827c;--link:var(--a);--r:var(--sommelier-radius,16px);
font:15px/1.5 var(--sommelier-font,system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif);color-scheme:light}
:host([dark]){--paper:var(--sommelier-background-dark,#191514);--card:#231e1c;--ink:var(--sommelier-text-dark,#f3ece8);--dim:#b3a7a1;--line:#3b3431;--soft:#3a2229;--edge:#857a74;--link:#e9a3b8;color-scheme:dark}
:host([own]){--soft:color-mix(in srgb,var(--a) 11%,var(--card));--link:color-mix(in srgb,var(--a) 80%,var(--ink))}
:host([own][dark]){--link:color-mix(in srgb,var(--a) 45%,#fff)}
*{box-sizing:border-box;font:inherit;color:inherit}
[hidden]{display:none!important}
.root{position:fixed;z-index:var(--sommelier-z,2147483000);bottom:20px;right:20px;color:var(--ink)}
.root.left{right:auto;left:20px}
button{cursor:pointer;background:none;border:0;padding:0;margin:0}
svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;display:block}
:focus{outline:none}:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.launch{width:58px;height:58px;border-radius:50%;background:var(--a);color:var(--on);display:grid;place-items:center;box-shadow:0 6px 20px #0003,0 1px 3px #0003;position:relative;transition:transform .15s}
.launch:hover{transform:translateY(-2px)}.launch svg{width:27px;height:27px}.launch:focus-visible{outline-offset:4px}
.badge{position:absolute;top:-3px;right:-3px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#b3261e;color:#fff;font-size:12px;font-weight:650;line-height:18px;border:2px solid var(--paper)}
.panel{position:absolute;bottom:74px;right:0;width:404px;height:min(660px,calc(100vh - 116px));display:flex;flex-direction:column;background:var(--paper);border:1px solid var(--line);border-radius:var(--r);box-shadow:0 18px 50px #0003,0 2px 8px #0001;overflow:hidden;animation:up .18s ease-out}
.left .panel{right:auto;left:0}
@keyframes up{from{opacity:0;transform:translateY(10px)}}
header{display:flex;align-items:center;gap:10px;padding:12px 10px 12px 16px;border-bottom:1px solid var(--line);background:var(--card)}
.mark{width:34px;height:34px;flex:none;border-radius:10px;background:var(--a);color:var(--on);display:grid;place-items:center}
h2{margin:0;flex:1;font-size:16px;font-weight:650;letter-spacing:-.01em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.ico{width:36px;height:36px;border-radius:10px;display:grid;place-items:center;color:var(--dim);flex:none}
.ico:hover{background:var(--soft);color:var(--ink)}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:18px 16px 8px;display:flex;flex-direction:column;gap:14px;scrollbar-width:thin}
.log:focus-visible{outline-offset:-3px}
.msg{max-width:100%;overflow-wrap:anywhere}
.user{align-self:flex-end;max-width:84%;background:var(--soft);border-radius:16px 16px 4px 16px;padding:9px 13px;white-space:pre-wrap}
.bot{align-self:stretch;display:flex;flex-direction:column;gap:10px}
.text>*{margin:0}.text>*+*{margin-top:8px}
.text ul,.text ol{padding-left:20px}strong{font-weight:650}
.text a,.cite a{color:var(--link);text-decoration:underline;text-underline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px}th,td{border:1px solid var(--line);padding:4px 8px;text-align:left;vertical-align:top}th{font-weight:650}
.wait{display:flex;align-items:center;gap:8px;color:var(--dim);font-size:13.5px}
.dots{display:flex;gap:4px}.dots i{width:6px;height:6px;border-radius:50%;background:var(--link);animation:dot 1.2s infinite}.dots i:nth-child(2){animation-delay:.15s}.dots i:nth-child(3){animation-delay:.3s}
@keyframes dot{0%,60%,100%{opacity:.25}30%{opacity:1}}
.cards{list-style:none;margin:0;padding:0;display:grid;gap:10px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:12px;display:grid;grid-template-columns:48px 1fr;gap:2px 12px}
.pic{grid-row:span 9;width:48px;height:48px;border-radius:10px;display:grid;place-items:center;color:#fff;font-weight:650;font-size:19px;background:linear-gradient(150deg,hsl(var(--h) 38% 40%),hsl(calc(var(--h) + 40) 42% 24%));object-fit:cover}
h3{margin:0;font-size:15px;font-weight:650;line-height:1.35}h3 a{text-decoration:none}h3 a:hover{text-decoration:underline}
.facts{margin:0;color:var(--dim);font-size:13px}.facts b{font-weight:650;color:var(--ink)}
.why{list-style:none;margin:5px 0 0;padding:0;font-size:13.5px;display:grid;gap:3px}
.why li{display:flex;gap:6px}.why svg{width:15px;height:15px;flex:none;margin-top:3px;color:var(--link);stroke-width:2.2}
.acts{display:flex;gap:4px;margin-top:7px;align-items:center}
.mini{width:34px;height:34px;border-radius:10px;border:1px solid var(--line);display:grid;place-items:center;color:var(--dim);background:var(--card)}.mini svg{width:17px;height:17px}
.mini:hover{border-color:var(--link);color:var(--ink)}.mini[aria-pressed=true]{background:var(--a);border-color:var(--a);color:var(--on)}
.chips{display:flex;flex-wrap:wrap;gap:8px}
.chip,.go{font-size:14px;line-height:1.3;padding:8px 13px;border-radius:18px;border:1px solid var(--line);background:var(--card);color:var(--ink);text-align:left;text-decoration:none;min-height:36px;display:inline-flex;align-items:center;gap:6px;transition:border-color .15s,background .15s}
.chip:hover,.go:hover{border-color:var(--link);background:var(--soft)}.chip svg{width:16px;height:16px}
.go{padding:5px 12px;min-height:34px;border-radius:10px;margin-left:auto}
.cap{margin:0 0 6px;font-size:12.5px;font-weight:600;color:var(--dim)}
.cite{font-size:13.5px;border-left:3px solid var(--line);padding-left:10px}.cite ol{margin:0;padding-left:18px;display:grid;gap:4px}.cite q{display:block;color:var(--dim);quotes:none}
.box{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:12px 14px;margin:0;display:grid;gap:9px}
.box legend,.box label,.box .cap{padding:0;font-size:14px;font-weight:600;color:var(--ink);margin:0;float:left;width:100%}.box p{margin:0;font-size:13.5px;color:var(--dim)}
.state{display:flex;align-items:center;gap:8px;font-weight:600;font-size:14px}.state i{width:9px;height:9px;border-radius:50%;background:#b26a00;flex:none}.state.delivered i{background:#2e7d4f}.state.failed i,.state.unavailable i{background:#b3261e}
.five{display:flex;gap:6px}.five button{flex:1;height:40px;border:1px solid var(--line);border-radius:10px;background:var(--paper);font-weight:600}.five button:hover{border-color:var(--link);background:var(--soft)}
.ends{display:flex;justify-content:space-between;font-size:12.5px;color:var(--dim);margin-top:-4px}
.quiet{font-size:13px;color:var(--dim);text-decoration:underline;justify-self:start;min-height:24px}
.line{display:flex;gap:8px}.line input{flex:1;min-width:0;border:1px solid var(--edge);border-radius:10px;padding:8px 10px;background:var(--paper);font-size:15px}
.solid{background:var(--a);color:var(--on);border-radius:10px;padding:8px 13px;font-weight:600;font-size:14px}
.note{margin:0;background:var(--card);border:1px solid #b26a00;border-radius:12px;padding:9px 12px;font-size:14px;display:flex;gap:10px;align-items:center;justify-content:space-between}
.bar{margin:0 12px 8px}
form.say{display:flex;align-items:flex-end;gap:8px;margin:6px 12px 12px;padding:6px 6px 6px 14px;background:var(--card);border:1px solid var(--edge);border-radius:16px}
form.say:focus-within{border-color:var(--link);box-shadow:0 0 0 1px var(--link)}
textarea{flex:1;border:0;background:none;resize:none;padding:7px 0;margin:0;max-height:132px;line-height:1.45;min-width:0}textarea:focus-visible{outline:none}
::placeholder{color:var(--dim);opacity:1}
.fly{width:38px;height:38px;border-radius:12px;background:var(--a);color:var(--on);display:grid;place-items:center;flex:none}.fly[disabled]{opacity:.45;cursor:default}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:520px){.root.on{inset:0;right:0;left:0}.root.on .launch{display:none}.panel{position:fixed;inset:0;width:100%;height:100dvh;border-radius:0;border:0}textarea,.line input{font-size:16px}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media(forced-colors:active){.launch,.fly,.solid,.mark,.user{border:1px solid}.mini[aria-pressed=true]{outline:2px solid}}
@media print{:host{display:none}}`;

  // The frame
  const host = h("sommelier-chat", { lang: lang === "zh" ? "zh-Hans" : "en" });
  const shadow = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  shadow.adoptedStyleSheets = [sheet];
  const badge = h("span", { class: "badge", hidden: true, "aria-hidden": "true" });
  const launch = h("button", { type: "button", class: "launch", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": "panel", onclick: () => toggle() }, icon("chat"), badge);
  const heading = h("h2", { id: "title" }, set.title || T.title);
  const log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": T.log, tabindex: "0" });
  const live = h("div", { class: "sr", role: "status", "aria-live": "polite" });
  const net = h("p", { class: "note bar", role: "alert", hidden: true }, T.offline);
  const box = h("textarea", { rows: 1, maxlength: "4000", placeholder: T.hint, "aria-label": T.box, enterkeyhint: "send" });
  const fly = h("button", { type: "submit", class: "fly", "aria-label": T.send, title: T.send, disabled: true }, icon("send"));
  const form = h("form", { class: "say", onsubmit: e => { e.preventDefault(); running ? stop() : say(box.value); } }, box, fly);
  const panel = h("section", { class: "panel", id: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", hidden: true },
    h("header", {}, h("span", { class: "mark", "aria-hidden": "true" }, icon("chat")), heading,
      button(T.fresh, "ico", () => fresh(), icon("plus")), button(T.save, "ico", () => download(), icon("down")),
      button(T.close, "ico", () => toggle(false), icon("x"))),
    log, live, net, form);
  const root = h("div", { class: "root" + (set.position === "left" ? " left" : "") }, panel, launch);
  shadow.append(root);

  let running = null, looks = null, loaded = false, support = false, polls = 0, record = [];

  const theme = () => {
    const dark = set.theme === "dark" || (set.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    host.toggleAttribute("dark", dark);
    const own = set.color || (looks && looks.options.color);
    if (own && CSS_OK(own)) { host.style.setProperty("--sommelier-accent", own); }
    const probe = getComputedStyle(launch).backgroundColor.match(/[\d.]+/g) || [122, 31, 61];
    const [r, g, b] = probe.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    const light = .2126 * r + .7152 * g + .0722 * b;
    host.style.setProperty("--on", 1.05 / (light + .05) >= (light + .05) / .05 ? "#fff" : "#111");
    host.toggleAttribute("own", probe.slice(0, 3).join() !== "122,31,61");
  };
  const CSS_OK = value => window.CSS.supports("color", value);

  const unread = n => {
    keep({ unread: n });
    badge.hidden = !n;
    badge.textContent = n > 9 ? "9+" : String(n);
    launch.setAttribute("aria-label", kept.open ? T.close : n ? `${T.open} (${T.unread(n)})` : T.open);
  };

  const toggle = (on = panel.hidden, focus = true) => {
    panel.hidden = !on;
    root.classList.toggle("on", on);
    launch.setAttribute("aria-expanded", String(on));
    keep({ open: on });
    unread(on ? 0 : kept.unread || 0);
    if (on) { load(); bottom(); }
    if (focus) (on ? box : launch).focus();
    host.dispatchEvent(new CustomEvent(`sommelier:${on ? "open" : "close"}`, { bubbles: true }));
  };

  panel.addEventListener("keydown", e => {
    if (e.key === "Escape" && !e.isComposing) { e.stopPropagation(); toggle(false); }
    if (e.key !== "Tab") return;
    const stops = [...panel.querySelectorAll("button,a[href],textarea,input,[tabindex='0']")].filter(n => !n.disabled && n.getClientRects().length);
    const first = stops[0], last = stops[stops.length - 1], at = shadow.activeElement;
    if (e.shiftKey ? at === first : at === last) { e.preventDefault(); (e.shiftKey ? last : first).focus(); }
  });
  const grow = () => {
    box.style.height = "auto";
    if (box.scrollHeight) box.style.height = `${Math.min(box.scrollHeight, 132)}px`;
    if (!running) fly.disabled = !box.value.trim();
  };
  box.addEventListener("input", grow);
  box.addEventListener("keydown", e => {
    // Enter that chooses a Chinese word is not Enter that sends.
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); if (!running) say(box.value); }
  });

  // The server
  class Problem extends Error { constructor(status, doc, wait) { super(doc.detail || ""); Object.assign(this, { status, doc, wait }); } }
  const call = async (method, path, body, headers = {}) => {
    const response = await fetch(home + path, {
      method, mode: "cors", credentials: "omit", cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
      headers: { authorization: `Bearer ${kept.token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...(set.visitor ? { "sommelier-visitor": set.visitor } : {}), ...headers },
    });
    if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})), Number(response.headers.get("retry-after")) || 0);
    return response;
  };
  const json = async (...args) => (await call(...args)).json();
  const wait = ms => new Promise(done => setTimeout(done, ms));

  const begin = async () => {
    const made = await json("POST", "/v1/sessions", { channel: set.channel || "web", language: lang });
    keep({ session: made.id, catalogue: made.catalogue, pending: null });
  };
  const path = rest => `/v1/sessions/${kept.session}${rest}`;

  // Events of a turn; when the line breaks they are taken up after the last one that came.
  const events = async (response, on) => {
    let last = "";
    for (let tries = 0; ;) {
      try {
        if (response.status === 204) return;
        const reader = response.body.getReader(), decoder = new TextDecoder();
        for (let rest = ""; ;) {
          const { done, value } = await reader.read();
          if (done) break;
          rest += decoder.decode(value, { stream: true });
          const frames = rest.split("\n\n");
          rest = frames.pop();
          for (const frame of frames) {
            const got = {};
            for (const line of frame.split("\n")) { const i = line.indexOf(": "); if (i > 0) got[line.slice(0, i)] = line.slice(i + 2); }
            if (got.id) { last = got.id; tries = 0; }
            if (!got.event) continue;
            on(got.event, JSON.parse(got.data));
            if (got.event === "done" || got.event === "error") return;
          }
        }
      } catch (error) { if (!(error instanceof TypeError) && error.name !== "AbortError") throw error; }
      for (response = null; !response;) {
        if (++tries > 6) throw new TypeError("away");
        await wait(400 * 2 ** (tries - 1));
        try { response = await call("GET", path("/events"), undefined, { accept: "text/event-stream", "last-event-id": last }); }
        catch (error) { if (error instanceof Problem) throw error; }
      }
    }
  };

  // Messages
  const bottom = () => { log.scrollTop = log.scrollHeight; };
  const drop = kind => log.querySelectorAll(kind).forEach(n => n.remove());
  const mine = text => {
    drop(".openers");
    const node = h("div", { class: "msg user" }, h("span", { class: "sr" }, `${T.you}: `), text);
    log.append(node);
    record.push([T.you, text]);
    return node;
  };
  const theirs = () => {
    const status = h("div", { class: "wait" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, T.understand));
    const text = h("div", { class: "text" }), cards = h("div", {}), rest = h("div", { class: "bot" });
    const node = h("div", { class: "msg bot" }, h("span", { class: "sr" }, `${T.us}: `), status, text, cards, rest);
    log.append(node);
    return { node, status, text, cards, rest, said: "" };
  };
  const chips = (texts, cls = "") => h("div", { class: `chips ${cls}` }, texts.map(t => button(t, "chip", () => say(t))));

  const hue = id => [...id].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 360, 7);
  const card = (item, number) => {
    const title = h("h3", {}, item.title), facts = h("p", { class: "facts", hidden: true });
    const pic = h("span", { class: "pic", "aria-hidden": "true" }, [...item.title][0] || "·");
    pic.style.setProperty("--h", hue(item.id));
    const acts = h("div", { class: "acts" }), verdicts = {};
    const node = h("li", { class: "card", hidden: number > 3 }, pic, title, facts,
      h("ul", { class: "why", "aria-label": fill(T.why, item.title) }, item.reasons.slice(0, 3).map(r => h("li", {}, icon("tick"), h("span", {}, r.text)))), acts);
    const react = async verdict => {
      const on = verdicts[verdict], other = verdict === "like" ? "dislike" : "like";
      try {
        for (const v of [verdict, other]) if (verdicts[v]) { await call("DELETE", `/v1/feedback/${verdicts[v]}?session=${kept.session}`); verdicts[v] = null; }
        if (!on) verdicts[verdict] = (await json("POST", "/v1/feedback", { session: kept.session, item: item.id, verdict })).id;
      } catch (error) { tell(error); }
      up.setAttribute("aria-pressed", String(!!verdicts.like));
      no.setAttribute("aria-pressed", String(!!verdicts.dislike));
    };
    const up = button(fill(T.like, item.title), "mini", () => react("like"), icon("up"));
    const no = button(fill(T.nope, item.title), "mini", () => react("dislike"), icon("dn"));
    for (const b of [up, no]) b.setAttribute("aria-pressed", "false");
    acts.append(up, no);
    json("GET", `/v1/items/${encodeURIComponent(item.id)}?catalogue=${encodeURIComponent(kept.catalogue || "")}`).then(full => {
      const f = full.facets || {}, one = v => Array.isArray(v) ? v[0] : v, bits = [];
      const price = one(f.price);
      if (typeof price === "number") bits.push(h("b", {}, `${f.currency ? one(f.currency) + " " : ""}${price % 1 ? price.toFixed(2) : price}`));
      for (const key of ["brand", "category", "year", "cuisine", "level"]) if (one(f[key]) !== undefined && bits.length < 3) bits.push(String(one(f[key])));
      facts.append(...bits.flatMap((b, i) => i ? [" · ", b] : [b]));
      facts.hidden = !bits.length;
      const url = f.url && link(one(f.url)), image = set.images === "on" && f.image && link(one(f.image));
      if (url) { title.replaceChildren(anchor(url, "", item.title)); acts.append(anchor(url, "go", T.view)); acts.lastChild.setAttribute("aria-label", `${T.view}: ${item.title}`); }
      if (image) pic.replaceWith(h("img", { class: "pic", src: image.href, alt: "", loading: "lazy" }));
    }).catch(() => {});
    return node;
  };
  const list = (place, items) => {
    if (!items.length) return place.replaceChildren();
    const all = items.map((item, i) => card(item, i + 1)), ul = h("ul", { class: "cards", "aria-label": T.found(items.length) }, all);
    const more = items.length > 3 && h("li", {}, button(T.more(items.length - 3), "chip", e => {
      all.forEach(n => { n.hidden = false; });
      e.currentTarget.parentNode.remove();
      all[3].querySelector("button,a").focus();
    }));
    if (more) ul.append(more);
    place.replaceChildren(ul);
  };

  const finish = async (bot, reply, past) => {
    bot.status.remove();
    bot.said = reply.text;
    bot.text.replaceChildren(...prose(reply.text));
    if (reply.action === "recommend" && !bot.cards.childElementCount) list(bot.cards, reply.items);
    record.push([T.us, [reply.text, ...(reply.action === "recommend" ? reply.items.map(i => `- ${i.title}: ${i.reasons.map(r => r.text).join("; ")}`) : []),
      ...reply.citations.map(c => `[${c.title}] ${c.url || ""}`)].join("\n")]);
    if (reply.citations.length) bot.rest.append(h("div", { class: "cite" }, h("p", { class: "cap" }, T.sources), h("ol", {}, reply.citations.map(c => {
      const url = c.url && link(c.url);
      return h("li", {}, url ? anchor(url, "", c.title || c.url) : h("strong", {}, c.title), c.quote ? h("q", {}, c.quote) : "");
    }))));
    support = support || reply.action === "support" || !!reply.handoff;
    if (past) return;
    if (reply.action === "support" && reply.citations.length) bot.rest.append(helpful());
    if (reply.handoff) person(bot.rest, reply.handoff);
    const options = reply.question && reply.question.facet !== "open" ? await named(reply.question) : [];
    const next = options.length ? [...options, T.skip] : reply.suggestions.slice(0, 4);
    drop(".next");
    if (next.length) bot.rest.append(chips(next, "next"));
    if (support) standing();
  };
  const named = async question => {
    if (question.facet !== "title") return question.options.slice(0, 6);
    const found = question.options.slice(0, 6).map(id => json("GET", `/v1/items/${encodeURIComponent(id)}?catalogue=${encodeURIComponent(kept.catalogue || "")}`).then(i => i.title, () => id));
    return Promise.all(found);
  };

  const helpful = () => {
    const node = h("div", { class: "chips helped", role: "group", "aria-label": T.helped }, h("span", { class: "wait" }, T.helped));
    const answer = async solved => {
      try { after(await json("POST", path("/support"), { solved })); } catch (error) { return tell(error); }
      const done = h("p", { class: "wait", tabindex: "-1" }, solved ? T.thanks : T.noted);
      node.replaceWith(done);
      done.focus();
      announce(done.textContent);
    };
    drop(".helped");
    node.append(button(T.yes, "chip", () => answer(true)), button(T.no, "chip", () => answer(false)));
    return node;
  };

  // A person was called: the truth about it, as it changes, and a way to be reached.
  const person = (place, handoff) => {
    drop(".handoff");
    const state = h("div", { class: `state ${handoff.delivered ? "delivered" : handoff.state}` }, h("i", { "aria-hidden": "true" }), h("span", {}, T.person[handoff.state] || ""));
    const node = h("div", { class: "box handoff" }, state);
    node.dataset.id = handoff.id;
    if (["queued", "delivered", "outside_hours"].includes(handoff.state) && kept.reach !== handoff.id) {
      const input = h("input", { id: "reach", type: "text", autocomplete: "email", maxlength: "200", placeholder: T.reachHint });
      const ask = h("form", { onsubmit: async e => {
        e.preventDefault();
        if (!input.value.trim()) return input.focus();
        try { await json("POST", path("/support"), { contact: input.value.trim() }); } catch (error) { return tell(error); }
        keep({ reach: handoff.id });
        ask.replaceChildren(h("p", {}, T.passed));
        announce(T.passed);
        box.focus();
      } }, h("label", { for: "reach" }, T.reach), h("div", { class: "line" }, input, h("button", { type: "submit", class: "solid" }, T.pass)));
      node.append(ask);
    }
    place.append(node);
    polls = 0;
    if (handoff.state === "queued" || (handoff.state === "outside_hours" && !handoff.delivered)) setTimeout(standing, 3000);
  };
  const standing = async () => { try { after(await json("GET", path("/support"))); } catch { /* asked again with the next answer */ } };
  const after = now => {
    const shown = log.querySelector(".handoff");
    if (shown && now.handoff && shown.dataset.id === now.handoff.id) {
      const state = shown.querySelector(".state"), label = T.person[now.handoff.state];
      if (state.lastChild.textContent !== label) { state.className = `state ${now.handoff.delivered ? "delivered" : now.handoff.state}`; state.lastChild.textContent = label; announce(label); }
      if (now.handoff.state === "queued" && ++polls < 40) setTimeout(standing, polls < 10 ? 4000 : 30000);
    }
    if (now.ask_csat && !kept.rated && !log.querySelector(".csat")) rate();
  };
  const rate = () => {
    const done = async csat => {
      keep({ rated: true });
      try { await call("POST", path("/support"), { csat }); } catch (error) { return tell(error); }
      const said = h("p", { class: "wait", tabindex: "-1" }, T.thanks);
      node.replaceWith(said);
      said.focus();
      if (!csat) { said.remove(); box.focus(); }
    };
    const node = h("fieldset", { class: "box csat" }, h("legend", {}, T.rate),
      h("div", { class: "five" }, [1, 2, 3, 4, 5].map(n => { const b = button(String(n), "", () => done(n)); b.setAttribute("aria-label", T.of(n)); return b; })),
      h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, T.low), h("span", {}, T.high)), button(T.later, "quiet", () => done(0)));
    log.append(node);
    bottom();
  };

  const announce = text => { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 60); };
  const why = error => {
    if (!(error instanceof Problem)) return navigator.onLine ? T.away : T.offline;
    if (error.status === 429) return T.many(error.wait || 10);
    if (error.status === 403) return T.forbidden;
    if (error.status === 413 || (error.status === 422 && box.value.length > 3900)) return T.long;
    if (error.status >= 500) return T.broken;
    return lang === "en" && error.doc.detail ? `${error.doc.detail} ${error.doc.hint || ""}` : T.broken;
  };
  const tell = (error, retry) => {
    drop(".failed");
    const text = why(error);
    log.append(h("p", { class: "note failed", role: "alert" }, h("span", {}, text), retry ? button(T.again, "chip", retry) : ""));
    bottom();
  };

  const busy = on => {
    fly.replaceChildren(icon(on ? "stop" : "send"));
    for (const name of ["aria-label", "title"]) fly.setAttribute(name, on ? T.stop : T.send);
    fly.disabled = !on && !box.value.trim();
    log.setAttribute("aria-busy", String(on));
  };
  const stop = async () => { try { await call("POST", path("/stop")); } catch { /* it ended by itself */ } };

  const say = async (text, key) => {
    text = text.trim();
    if (!text || running) return;
    drop(".failed");
    drop(".next");
    if (!key) { log.append(mine(text)); box.value = ""; grow(); }
    key = key || secret();
    const question = [...log.querySelectorAll(".user")].pop();
    await follow(theirs(), question, async () => {
      if (!kept.session) await begin();
      keep({ pending: { text, key } });
      const post = () => call("POST", path("/turns"), { text }, { accept: "text/event-stream", "idempotency-key": key });
      try { return await post(); }
      catch (error) {
        if (!(error instanceof Problem) || error.status !== 404) throw error;
        await begin(); // erased, or another server: begin anew rather than lose the message
        announce(T.gone);
        keep({ pending: { text, key } });
        return post();
      }
    }, () => say(text, key));
  };

  const follow = async (bot, question, start, retry) => {
    running = bot;
    busy(true);
    const place = () => { if (question) log.scrollTop = question.offsetTop - log.offsetTop - 10; else bottom(); };
    place();
    try {
      let failure = null;
      await events(await start(), (event, data) => {
        if (event === "status") bot.status.lastChild.textContent = T[data.phase] || "";
        else if (event === "items") { list(bot.cards, data.items); place(); }
        else if (event === "delta") { bot.said += data.text; bot.status.remove(); bot.text.replaceChildren(...prose(bot.said)); place(); }
        else if (event === "error") failure = new Problem(data.status, data, 0);
        else if (event === "done") {
          finish(bot, data, false).then(place);
          announce(`${data.text} ${data.action === "recommend" && data.items.length ? T.found(data.items.length) : ""}`);
          if (!kept.open) unread((kept.unread || 0) + 1);
        }
      });
      if (failure) throw failure;
      keep({ pending: null });
    } catch (error) {
      bot.node.remove();
      tell(error, error instanceof Problem && [403, 413, 422].includes(error.status) ? null : retry);
    } finally {
      running = null;
      busy(false);
    }
  };

  // Beginning, taking up again, beginning anew
  const openers = () => {
    const o = looks ? looks.options : {};
    const hello = set.greeting || o[`greeting_${lang}`] || o.greeting || T.hello;
    const first = looks ? looks.suggestions[lang] : [];
    log.append(h("div", { class: "msg bot openers" }, h("div", { class: "text" }, prose(hello)), first.length ? h("div", {}, h("p", { class: "cap" }, T.try), chips(first)) : ""));
  };
  const load = async () => {
    if (loaded) return;
    loaded = true;
    try {
      looks = await json("GET", `/v1/widget/${encodeURIComponent(site)}`);
      heading.textContent = set.title || looks.options[`title_${lang}`] || looks.options.title || T.title;
      theme();
    } catch (error) {
      loaded = error instanceof Problem && error.status !== 429;
      return tell(error, () => { drop(".failed"); load(); });
    }
    let past = [];
    if (kept.session) {
      try { const found = await json("GET", path("")); past = found.turns.filter(t => t.text); keep({ catalogue: found.catalogue }); }
      catch (error) { if (error.status === 404) keep({ session: null, pending: null }); else return tell(error); }
    }
    if (!past.length && !kept.pending) return openers();
    for (const turn of past) {
      mine(turn.text);
      const last = turn === past[past.length - 1];
      await finish(theirs(), turn.reply, !(last && !kept.pending));
    }
    bottom();
    const open = kept.pending, newest = past[past.length - 1];
    if (!open) return;
    if (newest && newest.text === open.text) return keep({ pending: null });
    // A message was on its way when the page was left: its answer is taken up, or it is sent again.
    const question = mine(open.text);
    await follow(theirs(), question, () => call("POST", path("/turns"), { text: open.text }, { accept: "text/event-stream", "idempotency-key": open.key }), () => say(open.text, open.key));
  };
  const fresh = () => {
    if (running) stop();
    keep({ session: null, pending: null, rated: false, reach: null });
    record = [];
    support = false;
    log.replaceChildren();
    openers();
    box.focus();
  };
  const download = () => {
    const name = heading.textContent, head = `${name}\n${location.origin}\n${new Date().toLocaleString(lang === "zh" ? "zh-CN" : "en")}\n`;
    const url = URL.createObjectURL(new Blob(["\ufeff", head, ...record.map(([who, text]) => `\n${who}: ${text}\n`)], { type: "text/plain;charset=utf-8" }));
    const a = h("a", { href: url, download: `${site || "chat"}-${new Date().toISOString().slice(0, 10)}.txt` });
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  const line = () => { net.hidden = navigator.onLine; };
  addEventListener("online", line);
  addEventListener("offline", line);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", theme);
  const start = () => {
    document.body.append(host);
    launch.hidden = set.launcher === "none";
    theme();
    line();
    unread(kept.unread || 0);
    if (kept.open) toggle(true, false); else if (kept.pending && kept.session) load();
  };
  window.Sommelier = { open: () => toggle(true), close: () => toggle(false), say: text => { toggle(true); return say(text); }, reset: fresh };
  if (document.body) start(); else addEventListener("DOMContentLoaded", start);
})();
