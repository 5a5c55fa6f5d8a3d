// Updates the page: loads it again and changes the elements that differ, so that focus, scrolling and opened logs
// stay. Without this script, the reader loads the page again.
"use strict";

(() => {
  const main = document.getElementById("main");
  const panel = document.getElementById("live");
  const state = document.getElementById("live-state");
  const announcement = document.getElementById("live-announcement");
  const button = document.getElementById("live-switch");
  const ANSWER_MS = 10_000;
  const LONGEST_WAIT_SECONDS = 30;
  const MOST_FAILURES = 20;

  let timer;
  let paused = false;
  let failures = 0;

  const period = () => Number(main.dataset.liveSeconds || 0);

  function plan() {
    clearTimeout(timer);
    panel.hidden = period() === 0;
    button.textContent = paused ? "Resume updates" : "Pause updates";
    if (period() === 0 || paused || document.hidden) {
      setState(paused ? "Updates are paused." : "");
    } else if (failures >= MOST_FAILURES) {
      paused = true;
      failures = 0;
      plan();
      setState("The server does not answer; updates are paused.");
      announcement.textContent = state.textContent;
    } else {
      setState(failures ? "The server does not answer; trying again." : "This page updates itself.");
      const wait = Math.min(period() * 2 ** failures, LONGEST_WAIT_SECONDS);
      timer = setTimeout(refresh, wait * 1000);
    }
  }

  function setState(text) {
    if (state.textContent !== text) state.textContent = text;
  }

  async function refresh() {
    const focused = document.activeElement;
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      failures = 0;
    } catch (error) {
      failures += 1;
      // The panel informs the reader.
      console.debug("no update:", error.message);
    }
    plan();
    // The focused element may be gone, such as the button to cancel: the focus stays on the page.
    if (!focused.checkVisibility()) main.focus({ preventScroll: true });
  }

  function show(page) {
    const fresh = page.getElementById("main");
    const news = fresh.dataset.announcement !== main.dataset.announcement;
    const followed = [...main.querySelectorAll("pre")].filter(atEnd);
    update(main, fresh);
    for (const log of followed) log.scrollTop = log.scrollHeight;
    document.title = page.title;
    if (news) announcement.textContent = fresh.dataset.announcement || "";
  }

  const atEnd = (log) => log.scrollTop + log.clientHeight >= log.scrollHeight - 2;

  // The reader decides whether a log is open.
  const isReaders = (element, name) => element.nodeName === "DETAILS" && name === "open";

  function update(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !isReaders(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !isReaders(old, name)) old.setAttribute(name, value);
    }
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      while (at && !alike(at, wanted) && has(at, wanted)) at = remove(at);
      if (at && alike(at, wanted)) {
        if (at.nodeType === Node.TEXT_NODE) write(at, wanted.data);
        else if (at.nodeType === Node.ELEMENT_NODE) update(at, wanted);
        at = at.nextSibling;
      } else {
        old.insertBefore(wanted, at);
      }
    }
    while (at) at = remove(at);
  }

  const alike = (one, other) => one.nodeName === other.nodeName && one.id === other.id;

  // Whether an element with the same id comes later among the old ones.
  function has(at, wanted) {
    for (let node = at.nextSibling; wanted.id && node; node = node.nextSibling) {
      if (alike(node, wanted)) return true;
    }
    return false;
  }

  function remove(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
  }

  // Appending keeps the reader's selection.
  function write(node, text) {
    if (text.startsWith(node.data)) node.appendData(text.slice(node.length));
    else node.data = text;
  }

  button.addEventListener("click", () => {
    paused = !paused;
    plan();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || paused || period() === 0) plan();
    else refresh();
  });
  for (const log of main.querySelectorAll("details[open] pre")) log.scrollTop = log.scrollHeight;
  plan();
})();
