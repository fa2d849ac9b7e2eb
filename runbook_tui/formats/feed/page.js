// Keeps the page fresh without reloading it: what is read, focused or scrolled to stays.
(() => {
  "use strict";
  const EVERY = 60_000; // milliseconds between two looks
  const PATIENCE = 20_000; // milliseconds that the server has to answer
  const $ = (id) => document.getElementById(id);
  const bar = $("page:freshness");
  const words = $("page:as-of");
  const button = $("page:pause");
  const news = $("page:news");
  const opened = Date.now();
  let content = $("page:content");
  let written = content.outerHTML; // as the server has it: without local times
  let reached = 0; // when the server was last asked and answered
  let tried = 0; // when it was last asked
  let ended = 0; // when the last look was over
  let failed = false;
  let paused = false;
  let busy = false;
  const told = new Set(); // overdue updates that were announced

  const hour = (moment) => {
    const iso = new Date(moment).toISOString();
    const today = new Date().toISOString().slice(0, 10);
    return (iso.startsWith(today) ? "" : `${iso.slice(0, 10)}, `) + `${iso.slice(11, 16)} UTC`;
  };

  // The reader's own time, in words; empty where it is that of UTC.
  const local = (moment) => {
    const date = new Date(moment);
    if (date.getTimezoneOffset() === 0) return "";
    const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
    if (date.getDate() !== date.getUTCDate()) Object.assign(form, { weekday: "short", day: "numeric", month: "long" });
    return new Intl.DateTimeFormat("en-GB", form).format(date);
  };

  const fillTimes = (root) => {
    for (const time of root.querySelectorAll("time")) {
      const text = local(time.dateTime);
      if (!text) continue;
      const span = document.createElement("span");
      span.className = "local";
      span.textContent = time.closest("article") ? ` (${text})` : ` (${text}, your\u00a0time)`;
      time.append(span);
    }
  };

  const say = (text) => { news.textContent = text; };

  const showFreshness = () => {
    const since = reached || opened;
    const own = local(since);
    const asOf = hour(since) + (own ? ` (${own}, your\u00a0time)` : "");
    let text = "Refreshes every minute.";
    if (paused) text = `Paused. ${reached ? "As of" : "Opened at"} ${asOf}.`;
    else if (failed) text = `${reached ? "As of" : "Opened at"} ${asOf}; could not refresh since.`;
    else if (reached) text = `As of ${asOf}. Refreshes every minute.`;
    if (words.textContent !== text) words.textContent = text;
    bar.classList.toggle("stale", failed && !paused);
  };

  // An update that was due is missed only once the server was asked after that.
  const showOverdue = () => {
    for (const note of content.querySelectorAll("[data-due]")) {
      const due = Date.parse(note.dataset.due);
      const asked = reached >= due;
      const late = Date.now() >= due && (asked || paused || ended >= due);
      note.hidden = !late;
      note.querySelector(".missing").hidden = !asked;
      note.querySelector(".unknown").hidden = asked;
      note.closest(".now").classList.toggle("late", late);
      if (late && !told.has(note.dataset.due)) {
        told.add(note.dataset.due);
        say(`An update was due at ${hour(due)}.`);
      }
    }
  };

  // Held by its end: a word that it was corrected comes above its text.
  const read = () => {
    for (const each of content.querySelectorAll(".now, article")) {
      const { bottom } = each.getBoundingClientRect();
      if (bottom > innerHeight / 4) return each.id ? { id: each.id, bottom } : null;
    }
    return null;
  };

  const focused = () => {
    const at = document.activeElement;
    if (!at || !content.contains(at)) return null;
    return { href: at.getAttribute("href"), inside: at.closest("article")?.id };
  };

  const replace = (fresh, found) => {
    const seen = new Set(Array.from(content.querySelectorAll("article"), (each) => each.id));
    const [held, focus] = [read(), focused()];
    written = found.outerHTML;
    const node = document.importNode(found, true);
    fillTimes(node);
    content.replaceWith(node);
    content = node;
    document.title = fresh.title;
    const added = Array.from(content.querySelectorAll("article")).filter((each) => !seen.has(each.id));
    for (const each of added) each.classList.add("new");
    const place = held && $(held.id);
    if (place) scrollBy({ top: place.getBoundingClientRect().bottom - held.bottom, behavior: "instant" });
    if (focus) {
      const same = Array.from(content.querySelectorAll("a")).find((each) =>
        each.getAttribute("href") === focus.href && each.closest("article")?.id === focus.inside);
      same?.focus({ preventScroll: true });
    }
    if (added.length) {
      const state = added[0].querySelector(".state").textContent;
      const more = added.length > 1 ? `${added.length} new updates. The newest: ` : "New update. ";
      say(`${more}${state}. ${added[0].querySelector("h3").textContent}`);
    }
  };

  const look = async () => {
    if (busy) return;
    busy = true;
    tried = Date.now();
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const address = location.href.split("#")[0];
      const answer = await fetch(address, { cache: "no-cache", signal: stop.signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = fresh.getElementById("page:content");
      if (!found) throw new Error("another page");
      if (paused) return;
      if (found.dataset.form !== content.dataset.form) return location.reload();
      [reached, failed] = [tried, false];
      if (found.outerHTML !== written) replace(fresh, found);
    } catch {
      if (!failed && !paused) say(`This page could not be refreshed since ${hour(reached || opened)}.`);
      failed = true;
    } finally {
      clearTimeout(timer);
      [busy, ended] = [false, Date.now()];
      tick();
    }
  };

  const tick = () => {
    const now = Date.now();
    const dues = Array.from(content.querySelectorAll("[data-due]"), (each) => Date.parse(each.dataset.due));
    if (!paused && (now - tried >= EVERY || dues.some((due) => due <= now && tried < due))) look();
    showFreshness();
    showOverdue();
  };

  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Resume refreshing" : "Pause refreshing";
    if (!paused) tried = 0;
    tick();
  });
  fillTimes(document);
  button.hidden = false;
  setInterval(tick, 1_000);
  tick();
})();
