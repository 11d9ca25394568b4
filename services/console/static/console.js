// The browser only ticks: every due instant, the present time and its speed come from the server.
// No rule lives here, and nothing is fetched but from this origin.
"use strict";

const DURATION = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function words(seconds, dictionary) {
  // Two largest parts, as the server writes them.
  let rest = Math.floor(Math.abs(seconds));
  const parts = [];
  for (const [unit, size] of DURATION) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || parts.length || unit === "second") parts.push(count + dictionary[unit]);
    if (parts.length === 2) break;
  }
  return parts.join(dictionary.gap);
}

document.addEventListener("alpine:init", () => {
  const dictionary = document.documentElement.dataset;

  Alpine.store("present", {
    at: 0,
    live: "wait",
    anchor: 0,
    taken: 0,
    speed: 1,
    sync() {
      // The frame says when the page was made, a live part when it was last changed: the later.
      const told = (element) => Date.parse(element.dataset.present);
      const sources = [...document.querySelectorAll("[data-present]")].sort((a, b) => told(b) - told(a));
      if (!sources.length) return;
      this.anchor = told(sources[0]);
      this.speed = Number(sources[0].dataset.speed || 1);
      this.taken = performance.now();
      this.tick();
    },
    tick() {
      this.at = this.anchor + (performance.now() - this.taken) * this.speed;
    },
  });

  // A running clock: data-due and data-warn are instants; a stopped one has no countdown at all.
  Alpine.data("countdown", () => ({
    left() {
      return (Date.parse(this.$el.closest("[data-due]").dataset.due) - this.$store.present.at) / 1000;
    },
    get tone() {
      const warn = this.$el.closest("[data-due]").dataset.warn;
      if (this.left() < 0) return "overdue";
      return warn && Date.parse(warn) <= this.$store.present.at ? "due-soon" : "on-time";
    },
    get sign() {
      return { overdue: "✕", "due-soon": "▲", "on-time": "●" }[this.tone];
    },
    get text() {
      const left = this.left();
      return (left < 0 ? dictionary.over : dictionary.left) + dictionary.gap + words(left, dictionary);
    },
  }));

  Alpine.data("wallclock", () => ({
    get text() {
      const zone = dictionary.zone;
      return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: zone }).format(this.$store.present.at);
    },
  }));

  Alpine.data("liveness", () => ({
    get state() { return this.$store.present.live; },
    get text() { return this.$el.dataset[this.$store.present.live]; },
  }));

  Alpine.data("copying", () => ({
    done: false,
    copy() {
      navigator.clipboard.writeText(this.$el.dataset.text).then(() => { this.done = true; });
    },
  }));
});

document.addEventListener("alpine:initialized", () => {
  const present = Alpine.store("present");
  present.sync();
  setInterval(() => present.tick(), 250);
  document.body.addEventListener("htmx:sseOpen", () => { present.live = "on"; });
  document.body.addEventListener("htmx:sseError", () => { present.live = "off"; });
  document.body.addEventListener("htmx:sseMessage", () => { present.live = "on"; present.sync(); });
});

// A filter takes effect when it is changed; without script the button does it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-instant]");
  if (form) form.requestSubmit();
});
