// The operator's page works without this; with it, filters act at once and deletions ask first.
(() => {
  "use strict";
  const door = document.getElementById("door");
  if (door && location.hash.length > 1) {
    // A token that stands behind # is never sent in an address; it is posted and taken out of sight.
    door.key.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    door.requestSubmit();
  }
  for (const select of document.querySelectorAll(".filters:not([data-keep]) select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
  for (const button of document.querySelectorAll("[data-ask]")) {
    button.form.addEventListener("submit", event => {
      if (!confirm(button.dataset.ask)) event.preventDefault();
    });
  }
  // Open conversations follow what visitors say, without a reload; what is being written stays.
  const cases = document.getElementById("cases");
  const fresh = async () => {
    const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("waiting").textContent = page.getElementById("waiting").textContent;
    for (const now of page.querySelectorAll(".case")) {
      const known = document.getElementById(now.id);
      if (!known) { cases.querySelector(":scope > .nothing")?.remove(); cases.append(now); continue; }
      known.querySelector("summary").replaceChildren(...now.querySelector("summary").childNodes);
      const talk = known.querySelector(".talk"), said = now.querySelector(".talk");
      if (talk.innerHTML === said.innerHTML) continue;
      talk.replaceChildren(...said.childNodes);
      talk.scrollTop = talk.scrollHeight;
    }
  };
  if (cases) setInterval(() => { if (!document.hidden) fresh(); }, 4000);
  for (const talk of document.querySelectorAll(".talk")) talk.scrollTop = talk.scrollHeight;
  const open = document.querySelector("details[open] textarea");
  if (open && location.hash) open.focus();
})();
