"use strict";
(() => {
  const strips = [...document.querySelectorAll("svg[data-group]")];
  const bar = document.querySelector(".toolbar");
  if (!strips.length || !bar) return;
  bar.hidden = false;
  const status = document.getElementById("status");
  const space = "http://www.w3.org/2000/svg";
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const minute = 60000, hour = 60 * minute, day = 24 * hour;
  const steps = [1000, 5000, 15000, minute, 2 * minute, 5 * minute, 15 * minute, 30 * minute, hour, 3 * hour, 6 * hour,
    12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day];

  // Strips of one group have one axis; each group remembers what it shows.
  const groups = new Map();
  for (const svg of strips) {
    const whole = [Number(svg.dataset.from), Number(svg.dataset.to)];
    const key = svg.dataset.group;
    if (!groups.has(key)) groups.set(key, { whole, shown: [...whole], members: [] });
    groups.get(key).members.push(svg);
  }
  const groupOf = (svg) => groups.get(svg.dataset.group);
  let active = groupOf(strips[0]);

  const two = (number) => String(number).padStart(2, "0");
  const label = (time) => {
    const date = new Date(time);
    if (time % day === 0) return date.getUTCDate() + " " + months[date.getUTCMonth()];
    const seconds = date.getUTCSeconds();
    return two(date.getUTCHours()) + ":" + two(date.getUTCMinutes()) + (seconds ? ":" + two(seconds) : "");
  };

  function draw(svg) {
    const { whole, shown } = groupOf(svg);
    const left = Number(svg.dataset.left), width = Number(svg.dataset.width);
    const x = (time) => left + width * (time - shown[0]) / (shown[1] - shown[0]);
    const factor = (whole[1] - whole[0]) / (shown[1] - shown[0]);
    svg.querySelector(".zoom").setAttribute("transform",
      `translate(${x(whole[0]) - left * factor} 0) scale(${factor} 1)`);
    const ends = [-Infinity, -Infinity, -Infinity];
    for (const part of svg.querySelectorAll(".t")) {
      const from = x(Number(part.dataset.a));
      if (part.tagName === "rect") {
        const to = x(Number(part.dataset.b));
        part.setAttribute("x", from);
        part.setAttribute("width", Math.max(to - from, 3));
      } else if (part.tagName === "text") {
        place(part, from, x(Number(part.dataset.b)), left, width, ends);
      } else {
        part.setAttribute("transform", `translate(${from + Number(part.dataset.shift)} ${part.dataset.y})`);
        part.classList.toggle("gone", from < left - 12 || from > left + width + 12);
      }
    }
    ticks(svg, shown, x);
  }

  // The name of an incident, in a row where it overlaps no other.
  function place(text, from, to, left, width, ends) {
    const length = text.textContent.length * 7.6;
    const start = Math.max(left, Math.min(from, left + width - length));
    const row = to < left || from > left + width ? -1 : ends.findIndex((end) => end + 8 <= start);
    text.classList.toggle("gone", row < 0);
    if (row < 0) return;
    ends[row] = start + length;
    text.setAttribute("x", start);
    text.setAttribute("y", 12 + 14 * row);
  }

  function ticks(svg, shown, x) {
    const group = svg.querySelector(".ticks");
    const span = shown[1] - shown[0];
    const step = steps.find((size) => span / size <= 10) || span / 10;
    const axis = Number(group.dataset.axis);
    group.replaceChildren();
    for (let time = Math.ceil(shown[0] / step) * step; time <= shown[1]; time += step) {
      const line = document.createElementNS(space, "line");
      const word = document.createElementNS(space, "text");
      const at = x(time);
      for (const [name, value] of [["class", "axis"], ["x1", at], ["x2", at], ["y1", axis - 3], ["y2", axis + 3]])
        line.setAttribute(name, value);
      for (const [name, value] of [["class", "tick-x"], ["x", at], ["y", group.dataset.y]]) word.setAttribute(name, value);
      word.textContent = label(time);
      group.append(line, word);
    }
  }

  function show(group, from, to) {
    const [first, last] = group.whole;
    const span = Math.min(Math.max(to - from, 10000), last - first);
    from = Math.min(Math.max(from, first), last - span);
    group.shown = [from, from + span];
    active = group;
    group.members.forEach(draw);
  }
  function zoom(group, factor, center) {
    const [from, to] = group.shown;
    const middle = center === undefined ? (from + to) / 2 : center;
    show(group, middle - (middle - from) * factor, middle + (to - middle) * factor);
  }
  function pan(group, share) {
    const [from, to] = group.shown;
    show(group, from + (to - from) * share, to + (to - from) * share);
  }

  const badges = [...document.querySelectorAll("svg[data-group] .badge")];
  const ordered = badges.map((badge, position) => ({ badge, position, svg: badge.closest("svg[data-group]") }));
  let current = -1;
  function visit(position) {
    if (!ordered.length) return;
    current = (position + ordered.length) % ordered.length;
    const { badge, svg } = ordered[current];
    const from = Number(badge.dataset.a), to = Number(badge.dataset.end);
    const around = Math.max((to - from) * 2, 2 * hour);
    show(groupOf(svg), from - around, to + around);
    svg.closest("figure").scrollIntoView({ block: "center" });
    badge.focus({ preventScroll: true });
    document.querySelectorAll(".shown").forEach((item) => item.classList.remove("shown"));
    for (const id of badge.dataset.ids.split(" ")) document.getElementById("d-" + id)?.classList.add("shown");
    status.textContent = `${current + 1} of ${ordered.length}: ${badge.getAttribute("aria-label")}`;
  }
  const visitId = (id) => {
    const position = ordered.findIndex(({ badge }) => badge.dataset.ids.split(" ").includes(id));
    if (position >= 0) visit(position);
    return position >= 0;
  };

  const commands = {
    in: () => zoom(active, 0.5), out: () => zoom(active, 2), left: () => pan(active, -0.25), right: () => pan(active, 0.25),
    all: () => groups.forEach((group) => show(group, ...group.whole)),
    next: () => visit(current + 1), previous: () => visit(current < 0 ? -1 : current - 1),
  };
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) commands[button.dataset.do]();
  });
  const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all", n: "next", p: "previous" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, pre")) return;
    const command = keys[event.key];
    if (!command) return;
    event.preventDefault();
    commands[command]();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show]");
    if (link && visitId(link.dataset.show)) event.preventDefault();
  });

  for (const svg of strips) {
    const timeAt = (event) => {
      const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
      const { shown } = groupOf(svg);
      const share = ((event.clientX - box.left) / scale - Number(svg.dataset.left)) / Number(svg.dataset.width);
      return shown[0] + (shown[1] - shown[0]) * Math.min(Math.max(share, 0), 1);
    };
    svg.addEventListener("wheel", (event) => {
      // A wheel alone scrolls the page; with a modifier, as a pinch sends it, it zooms.
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      const turn = event.deltaY || event.deltaX;
      if (event.shiftKey) pan(groupOf(svg), turn > 0 ? 0.1 : -0.1);
      else zoom(groupOf(svg), turn > 0 ? 1.25 : 0.8, timeAt(event));
    }, { passive: false });
    svg.addEventListener("dblclick", (event) => zoom(groupOf(svg), 0.4, timeAt(event)));
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.target.closest("a")) return;
      const group = groupOf(svg), [from, to] = group.shown, box = svg.getBoundingClientRect();
      const share = (to - from) / (box.width * Number(svg.dataset.width) / svg.viewBox.baseVal.width);
      const move = (later) => {
        const by = (event.clientX - later.clientX) * share;
        svg.classList.add("dragging");
        show(group, from + by, to + by);
      };
      const stop = () => {
        svg.classList.remove("dragging");
        window.removeEventListener("pointermove", move);
        window.removeEventListener("pointerup", stop);
        window.removeEventListener("pointercancel", stop);
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", stop);
      window.addEventListener("pointercancel", stop);
    });
  }

  // `report.html#d-91ab12cd` leads to the samples.
  const follow = () => {
    if (location.hash.startsWith("#d-")) visitId(location.hash.slice(3));
  };
  window.addEventListener("hashchange", follow);
  follow();
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
})();
