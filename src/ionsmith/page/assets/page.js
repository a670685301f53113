"use strict";
// Opens the viewer that the page carries packed inside, and joins views and controls.

async function library() {
  const packed = bytes(document.getElementById("viewer").textContent);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  let made = null;
  window.define = (name, needs, factory) => { made = factory(); };
  // The viewer's style names fonts beside the page, for formulas that are never drawn here.
  document.createTextNode = (style) =>
    Document.prototype.createTextNode.call(document, style.replace(/@font-face\s*{[^}]*}/g, ""));
  const script = document.createElement("script");
  script.textContent = text;
  document.head.append(script);
  script.remove();
  delete window.define;
  delete document.createTextNode;
  return made;
}

// One file with the views side by side.
function savePicture(papers) {
  const whole = document.createElement("canvas");
  whole.width = papers.reduce((sum, paper) => sum + paper.width, 0);
  whole.height = Math.max(...papers.map((paper) => paper.height));
  const ink = whole.getContext("2d");
  ink.fillStyle = "white";
  ink.fillRect(0, 0, whole.width, whole.height);
  papers.reduce((left, paper) => {
    ink.drawImage(paper, left, 0);
    return left + paper.width;
  }, 0);
  const link = document.createElement("a");
  link.download = `${document.title.replace(/[^\w.-]+/g, "-") || "structure"}.png`;
  link.href = whole.toDataURL("image/png");
  link.click();
}

async function start() {
  const models = JSON.parse(document.getElementById("data").textContent).scenes.map(read);
  const k3d = await library();
  const palette = new Map(
    models.flatMap((m) => (m.kinds || []).map((kind) => [kind.name, number(kind.colour)])),
  );
  const figures = [...document.querySelectorAll("figure.structure")];
  const views = models.map((model, n) => new View(k3d, figures[n], model, palette));
  const tools = document.querySelector("form.tools");
  const has = {
    changed: models.some((m) => m.changed.size),
    polyhedra: palette.size > 0,
    parts: models.some((m) => m.part),
    periodic: models.some((m) => m.periodic.some(Boolean)),
    several: models.length > 1,
  };
  for (const part of tools.querySelectorAll("[data-if]")) part.hidden = !has[part.dataset.if];
  const field = (name) => tools.elements[name];
  [0, 1, 2].forEach((axis) => {
    field(`repeat${axis}`).value = Math.max(...models.map((m) => m.repeats[axis]));
    field(`repeat${axis}`).disabled = !models.some((m) => m.periodic[axis]);
  });
  const settings = () => ({
    bonds: field("bonds").checked,
    polyhedra: field("polyhedra").checked,
    cell: field("cell").checked,
    changed: field("changed").checked,
    parts: field("parts").checked,
    repeats: [0, 1, 2].map((axis) => Math.min(9, Math.max(1, Math.round(Number(field(`repeat${axis}`).value)) || 1))),
  });
  let leading = true; // one view turns at a time, and the others follow it
  const lookAlong = (axis, some = views) => {
    leading = true;
    some.forEach((view) => view.look(axis));
    leading = false;
  };
  let last = Promise.resolve();
  const redraw = (look) => {
    last = last.then(async () => {
      leading = true;
      for (const view of views) {
        await view.draw(settings());
        if (look) view.look(null);
      }
      leading = false;
    });
    return last;
  };
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("change", (event) => {
    if (["bonds", "polyhedra", "cell", "changed", "parts"].includes(event.target.name)) redraw(false);
    else if (event.target.name.startsWith("repeat")) redraw(true);
  });
  views.forEach((view) => {
    view.onHome = () => lookAlong(null, field("together").checked ? views : [view]);
    view.onTurn = (from) => {
      if (leading || !field("together").checked) return;
      leading = true;
      views.filter((other) => other !== from).forEach((other) => other.follow(from));
      leading = false;
    };
    view.legend(() => redraw(false));
  });
  tools.addEventListener("click", (event) => {
    const { name, value } = event.target;
    if (name === "look") {
      lookAlong(value === "" ? null : Number(value));
    } else if (name === "save") {
      last = last.then(() => savePicture(views.map((view) => view.paper())));
    } else if (name === "measure") {
      const [from, to] = ["from", "to"].map((end) => parseInt(field(end).value, 10));
      last = last.then(() => Promise.all(views.map((view) => view.measure(from, to))));
    }
  });
  tools.hidden = false;
  await redraw(false);
  window.addEventListener("resize", () => views.forEach((view) => view.k3d.resizeHelper()));
  document.documentElement.dataset.ready = "yes";
  window.ionsmith = { views, drawn: () => last }; // for scripts that steer the page
}

start().catch((error) => {
  const words = `The 3D view could not be drawn in this browser (${error.message}). The tables are complete.`;
  for (const box of document.querySelectorAll(".view")) {
    const said = document.createElement("p");
    said.className = "waiting";
    said.textContent = words;
    box.replaceChildren(said);
  }
  document.documentElement.dataset.ready = "failed";
});
