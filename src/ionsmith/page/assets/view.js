"use strict";
// One structure in 3D, drawn with K3D: the picture, distances, what colours mean.
const MOST_DRAWN = 120000; // atoms of one view, its repeated cells included
const MANY = 6000; // atoms of one view from which on bonds are plain lines
const MARK = 0xc2187a; // of atoms that changed, as in pictures
const RING = 24; // edges of a ring
const PICK = 0x2563eb;
const CELL = 0x64748b;

const array = (data, width) => ({ data, shape: [data.length / width, width] });
const list = (data) => ({ data, shape: [data.length] });
// Every two points make a line.
const lines = (vertices, colours) => ({
  type: "Lines",
  shader: "simple",
  width: 0.05,
  vertices: array(vertices, 3),
  indices: list(Uint32Array.from({ length: vertices.length / 3 }, (_, k) => k)),
  indices_type: "segment",
  colors: list(colours),
  color: 0,
  opacity: 1,
});

class View extends Camera {
  constructor(library, figure, model, palette) {
    super();
    this.figure = figure;
    this.model = model;
    this.palette = palette;
    this.box = figure.querySelector(".view");
    this.box.replaceChildren();
    this.readout = figure.querySelector(".measured");
    this.picked = [];
    this.ids = {};
    this.hidden = new Set();
    this.hiddenParts = new Set();
    this.shownKinds = new Set();
    (model.kinds || []).forEach((kind, n) => kind.shown && this.shownKinds.add(n));
    this.label = document.createElement("output");
    this.label.className = "label";
    this.label.hidden = true;
    const canvas = document.createElement("div");
    canvas.className = "canvas";
    this.box.append(canvas, this.label);
    this.k3d = new library.K3D(library.ThreeJsProvider, canvas, {
      menuVisibility: false,
      gridVisible: false,
      cameraAutoFit: false,
      gridAutoFit: true,
      axesHelper: 0,
      clearColor: -1,
      antialias: 3,
      cameraFov: (2 * HALF_VIEW * 180) / Math.PI,
      colorbarObjectId: 0,
      lighting: 1.5,
      renderOnChange: false, // once, when all that changed is there
    });
    canvas.style.backgroundColor = ""; // the page's own, light or dark
    this.listen(canvas);
  }

  listen(canvas) {
    let start = null;
    canvas.addEventListener("pointerdown", (event) => {
      start = [event.clientX, event.clientY];
      this.box.focus({ preventScroll: true });
    }, true);
    canvas.addEventListener("pointerup", (event) => {
      const still =
        start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) < 5;
      if (still) this.pick(event.clientX, event.clientY);
      start = null;
    }, true);
    this.box.addEventListener("keydown", (event) => {
      const turns = {
        ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1],
      };
      if (event.key in turns) this.rotate(...turns[event.key]);
      else if (event.key === "+" || event.key === "=") this.zoom(0.87);
      else if (event.key === "-") this.zoom(1.15);
      else if (event.key === "Home") this.onHome();
      else if (event.key === "Escape") this.clear();
      else return;
      event.preventDefault();
    });
    this.k3d.on(this.k3d.events.CAMERA_CHANGE, () => {
      this.placeLabel();
      if (this.onTurn) this.onTurn(this);
    });
  }

  // ---- the picture
  async draw(settings) {
    this.settings = settings;
    this.refreshLegend(settings);
    const { model } = this;
    const kinds = settings.polyhedra ? this.shownKinds : new Set();
    let repeats = settings.repeats || model.repeats;
    const total = (r) => model.count * r[0] * r[1] * r[2];
    this.cut = total(repeats) > MOST_DRAWN;
    if (this.cut) repeats = [1, 1, 1];
    const seen = collect(model, repeats, kinds, settings.bonds);
    this.seen = seen;
    const element = (n) => model.elements[model.numbers[seen.atom[n]]];
    const part = (n) => model.part && model.part[seen.atom[n]];
    const colour = (n) =>
      number(settings.parts && model.part ? model.parts.colours[part(n)] : element(n).colour);
    const drawn = (n) =>
      !this.hidden.has(model.numbers[seen.atom[n]]) && !this.hiddenParts.has(part(n));
    const here = [];
    for (let n = 0; n < seen.atom.length; n += 1) if (drawn(n)) here.push(n);
    this.here = here;
    this.radius = (n) => 0.42 * element(n).radius;
    const objects = {};
    const pointsOf = (which) => {
      const out = new Float32Array(3 * which.length);
      which.forEach((n, k) => out.set(seen.points.subarray(3 * n, 3 * n + 3), 3 * k));
      return out;
    };
    objects.atoms = {
      type: "Points",
      shader: "3dSpecular",
      positions: array(pointsOf(here), 3),
      colors: list(Uint32Array.from(here, colour)),
      point_sizes: list(Float32Array.from(here, (n) => 2 * this.radius(n))),
      point_size: 1,
      opacity: 1,
    };
    const visible = new Set(here);
    const sticks = seen.sticks.filter(([n, m]) => visible.has(n) && visible.has(m));
    if (sticks.length) {
      const vertices = new Float32Array(6 * sticks.length);
      const colours = new Uint32Array(2 * sticks.length);
      sticks.forEach(([n, m], k) => {
        for (let x = 0; x < 3; x += 1) {
          const p = seen.points[3 * n + x];
          vertices[6 * k + x] = p;
          vertices[6 * k + 3 + x] = (p + seen.points[3 * m + x]) / 2;
        }
        colours.fill(colour(n), 2 * k, 2 * k + 2);
      });
      objects.bonds = {
        ...lines(vertices, colours),
        shader: seen.atom.length > MANY ? "simple" : "mesh",
        width: 0.16,
        radial_segments: 8,
      };
    }
    const whole = ([centre]) => !this.hiddenParts.has(part(centre));
    const faces = seen.faces.filter(whole);
    const solid = (centre) =>
      settings.parts && model.part
        ? colour(centre)
        : this.palette.get(model.kinds[model.kind[seen.atom[centre]]].name);
    if (faces.length) {
      const vertices = new Float32Array(9 * faces.length);
      const colours = new Uint32Array(3 * faces.length);
      faces.forEach(([centre, ...corners], k) => {
        corners.forEach((n, c) => vertices.set(seen.points.subarray(3 * n, 3 * n + 3), 9 * k + 3 * c));
        colours.fill(solid(centre), 3 * k, 3 * k + 3);
      });
      objects.polyhedra = {
        type: "Mesh",
        vertices: array(vertices, 3),
        indices: array(Uint32Array.from({ length: 3 * faces.length }, (_, k) => k), 3),
        colors: list(colours),
        flat_shading: true,
        side: "double",
        opacity: 0.7,
        color: 0xffffff,
      };
      const edges = seen.edges.filter(whole);
      const ends = new Float32Array(6 * edges.length);
      const tones = new Uint32Array(2 * edges.length);
      const darker = (colour) =>
        [16, 8, 0].reduce((sum, bit) => sum + (Math.round(((colour >> bit) & 255) * 0.6) << bit), 0);
      edges.forEach(([centre, n, m], k) => {
        ends.set(seen.points.subarray(3 * n, 3 * n + 3), 6 * k);
        ends.set(seen.points.subarray(3 * m, 3 * m + 3), 6 * k + 3);
        tones.fill(darker(solid(centre)), 2 * k, 2 * k + 2);
      });
      objects.edges = lines(ends, tones);
    }
    if (settings.cell && model.periodic.some(Boolean)) objects.cell = this.cellLines(seen.images);
    if (settings.changed && !this.unmarked && model.changed.size) {
      objects.changed = this.rings(here.filter((n) => model.changed.has(seen.atom[n])));
    }
    for (const name of ["atoms", "bonds", "polyhedra", "edges", "cell", "changed"]) {
      await this.replace(name, objects[name]);
    }
    await this.k3d.rebuildSceneData();
    if (!this.first) this.look(null);
    await this.drawPicked();
  }

  async replace(name, object) {
    if (this.ids[name]) this.k3d.removeObject(this.ids[name]);
    delete this.ids[name];
    if (!object || (object.positions && !object.positions.data.length)) return;
    View.last = (View.last || 0) + 1;
    this.ids[name] = View.last;
    const usual = {
      id: View.last,
      name,
      visible: true,
      model_matrix: { data: Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), shape: [4, 4] },
      attribute: { data: new Float32Array(0), shape: [0] },
      color_map: { data: new Float32Array(0), shape: [0] },
      color_range: [],
    };
    await this.k3d.load({ objects: [{ ...usual, ...object }] });
  }

  // Three rings outside each ball, at right angles, so that its colour stays what it is.
  rings(marked) {
    const vertices = [];
    const turns = Array.from({ length: RING + 1 }, (_, k) => (2 * Math.PI * k) / RING);
    for (const n of marked) {
      const far = this.radius(n) + 0.3;
      const at = (axis, angle) => {
        const point = this.at(n);
        point[(axis + 1) % 3] += far * Math.cos(angle);
        point[(axis + 2) % 3] += far * Math.sin(angle);
        return point;
      };
      for (const axis of [0, 1, 2]) {
        for (let k = 0; k < RING; k += 1) vertices.push(...at(axis, turns[k]), ...at(axis, turns[k + 1]));
      }
    }
    if (!vertices.length) return null;
    const colours = new Uint32Array(vertices.length / 3).fill(MARK);
    const thick = marked.length > 500 ? "simple" : "mesh";
    return { ...lines(Float32Array.from(vertices), colours), shader: thick, width: 0.06, radial_segments: 6 };
  }

  cellLines(images) {
    const { cell, periodic } = this.model;
    const vertices = [];
    const line = (from, to) => vertices.push(...from, ...to);
    const at = (a, b, c) => add(add(times(cell[0], a), cell[1], b), cell[2], c);
    const ends = periodic.map((yes, axis) => (yes ? images[axis] : 0));
    for (let axis = 0; axis < 3; axis += 1) {
      if (!periodic[axis]) continue;
      const [p, q] = [0, 1, 2].filter((other) => other !== axis);
      for (let i = 0; i <= ends[p]; i += 1) {
        for (let j = 0; j <= ends[q]; j += 1) {
          const from = [0, 0, 0];
          from[p] = i;
          from[q] = j;
          const to = [...from];
          to[axis] = ends[axis];
          line(at(...from), at(...to));
        }
      }
    }
    return lines(Float32Array.from(vertices), new Uint32Array(vertices.length / 3).fill(CELL));
  }

  // ---- measuring
  at(n) {
    return Array.from(this.seen.points.subarray(3 * n, 3 * n + 3));
  }

  pick(clientX, clientY) {
    const frame = this.box.getBoundingClientRect();
    let best = null;
    for (const n of this.here) {
      const seen = this.project(this.at(n));
      const away = Math.hypot(clientX - frame.left - seen.x, clientY - frame.top - seen.y);
      if (away <= Math.max(this.radius(n) * seen.scale, 4) && (!best || seen.depth < best.depth)) {
        best = { n, depth: seen.depth };
      }
    }
    if (!best) return this.clear();
    if (this.picked.length >= 3) this.picked = [];
    const spot = { atom: this.seen.atom[best.n], point: this.at(best.n) };
    const again = this.picked.findIndex((old) => size(add(old.point, spot.point, -1)) < 1e-3);
    if (again >= 0) this.picked.splice(again, 1);
    else this.picked.push(spot);
    return this.drawPicked();
  }

  clear() {
    this.picked = [];
    return this.drawPicked();
  }

  // The nearest image of one atom from another; the cell is not always a compact one.
  measure(from, to) {
    const { model } = this;
    if (![from, to].every((i) => Number.isInteger(i) && i >= 0 && i < model.count)) {
      this.readout.textContent = `Atoms are numbered from 0 to ${model.count - 1}.`;
      return null;
    }
    const point = (i) => Array.from(model.positions.subarray(3 * i, 3 * i + 3));
    const reach = model.periodic.map((yes) => (yes ? [-2, -1, 0, 1, 2] : [0]));
    let best = null;
    for (const a of reach[0]) for (const b of reach[1]) for (const c of reach[2]) {
      if (from === to && !a && !b && !c) continue;
      let there = add(point(to), model.cell[0], a);
      there = add(add(there, model.cell[1], b), model.cell[2], c);
      const far = size(add(there, point(from), -1));
      if (!best || far < best.far) best = { far, there };
    }
    if (!best) return this.clear();
    this.picked = [{ atom: from, point: point(from) }, { atom: to, point: best.there }];
    return this.drawPicked();
  }

  async drawPicked() {
    const { picked, model } = this;
    const name = ({ atom }) => `${model.elements[model.numbers[atom]].symbol}${atom}`;
    const far = (p, q) => size(add(p.point, q.point, -1));
    const said = [];
    for (let k = 1; k < picked.length; k += 1) {
      said.push(`${name(picked[k - 1])} – ${name(picked[k])} ${far(picked[k - 1], picked[k]).toFixed(3)} Å`);
    }
    if (picked.length === 3) {
      const [p, q, r] = picked;
      const one = unit(add(p.point, q.point, -1));
      const two = unit(add(r.point, q.point, -1));
      const angle = (Math.acos(Math.max(-1, Math.min(1, dot(one, two)))) * 180) / Math.PI;
      said.push(`angle ${picked.map(name).join(" – ")} ${angle.toFixed(2)}°`);
    }
    if (picked.length === 1) said.push(`${name(picked[0])}: click a second atom for the distance`);
    const few = this.cut ? `One cell is drawn: more than ${MOST_DRAWN} atoms are too many. ` : "";
    this.readout.textContent = few + (said.join(" · ") || "Click two atoms for their distance, a third for the angle.");
    this.readout.dataset.set = String(picked.length);
    const radius = ({ atom }) => 0.42 * model.elements[model.numbers[atom]].radius;
    await this.replace("picked", picked.length && {
      type: "Points",
      shader: "flat",
      positions: array(Float32Array.from(picked.flatMap((p) => p.point)), 3),
      point_sizes: list(Float32Array.from(picked, (p) => 2 * radius(p) + 0.35)),
      point_size: 1,
      color: PICK,
      opacity: 0.45,
    });
    const pairs = picked.slice(1).flatMap((_, k) => [k, k + 1]);
    await this.replace("ruler", pairs.length && {
      ...lines(
        Float32Array.from(pairs.flatMap((k) => picked[k].point)),
        new Uint32Array(pairs.length).fill(PICK),
      ),
      shader: "mesh",
      width: 0.12,
      radial_segments: 8,
    });
    this.label.hidden = picked.length < 2;
    if (picked.length > 1) {
      const [p, q] = picked.slice(-2);
      this.label.textContent = `${far(p, q).toFixed(3)} Å`;
      this.labelAt = times(add(p.point, q.point), 0.5);
    }
    this.placeLabel();
    this.k3d.render(true);
  }

  placeLabel() {
    if (this.label.hidden) return;
    const seen = this.project(this.labelAt);
    this.label.style.left = `${seen.x}px`;
    this.label.style.top = `${seen.y}px`;
  }

  // ---- the picture on white, with its title and legend, as a canvas
  paper() {
    const canvas = this.box.querySelector("canvas");
    const legend = this.shownNow();
    const scale = canvas.width / this.box.clientWidth;
    const row = 22 * scale;
    const rows = [[]];
    const paper = document.createElement("canvas");
    const ink = paper.getContext("2d");
    ink.font = `${13 * scale}px sans-serif`;
    let left = 0;
    for (const [text, colour, shape] of legend) {
      const wide = 36 * scale + ink.measureText(text).width;
      if (left + wide > canvas.width && left) {
        rows.push([]);
        left = 0;
      }
      rows[rows.length - 1].push([left, text, colour, shape]);
      left += wide;
    }
    paper.width = canvas.width;
    paper.height = canvas.height + row * (rows.length + 0.5);
    ink.fillStyle = "white";
    ink.fillRect(0, 0, paper.width, paper.height);
    ink.drawImage(canvas, 0, 0);
    ink.font = `${13 * scale}px sans-serif`;
    ink.textBaseline = "middle";
    rows.forEach((entries, line) => {
      const y = canvas.height + row * (line + 0.6);
      for (const [x, text, colour, shape] of entries) {
        ink.beginPath();
        if (shape === "solid") ink.rect(x + 5 * scale, y - 6 * scale, 12 * scale, 12 * scale);
        else ink.arc(x + 11 * scale, y, 6 * scale, 0, 2 * Math.PI);
        ink.fillStyle = ink.strokeStyle = colour;
        ink.lineWidth = 2 * scale;
        if (shape === "ring") ink.stroke();
        else ink.fill();
        ink.fillStyle = "#1f2937";
        ink.fillText(text, x + 22 * scale, y);
      }
    });
    ink.fillText(this.figure.querySelector("figcaption h2")?.textContent.trim() || "", 8 * scale, row / 2);
    return paper;
  }

  // Entries of the legend that the picture has now: text, colour and shape.
  shownNow() {
    return [...this.figure.querySelectorAll(".legend label")]
      .filter((label) => !label.hidden && !label.querySelector(".swatch").hidden)
      .filter((label) => label.querySelector("input").checked)
      .map((label) => {
        const swatch = label.querySelector(".swatch");
        const shape = swatch.className.replace("swatch ", "");
        return [label.textContent, shape === "ring" ? swatch.style.borderColor : swatch.style.background, shape];
      });
  }

  // The legend has no entries for what is not drawn.
  refreshLegend(settings) {
    for (const label of this.figure.querySelectorAll(".legend label")) {
      const swatch = label.querySelector(".swatch");
      const shape = swatch.className;
      const byPart = Boolean(settings.parts && this.model.part);
      if (!shape.includes("ring")) swatch.hidden = byPart !== shape.includes("part");
      if (shape.includes("solid")) label.hidden = !settings.polyhedra;
      if (shape.includes("ring")) label.hidden = !settings.changed;
    }
  }

  // ---- what the colours mean
  legend(redraw) {
    const holder = this.figure.querySelector(".legend");
    const entry = (text, colour, shape, checked, onChange) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = checked;
      box.addEventListener("change", () => {
        onChange(box.checked);
        redraw();
      });
      const swatch = document.createElement("span");
      swatch.className = `swatch ${shape}`;
      swatch.style[shape === "ring" ? "borderColor" : "background"] = colour;
      label.append(box, swatch, text);
      holder.append(label);
    };
    const toggle = (set, value) => (yes) => (yes ? set.add(value) : set.delete(value));
    for (const [z, element] of Object.entries(this.model.elements)) {
      const flip = toggle(this.hidden, Number(z));
      entry(element.symbol, element.colour, "ball", true, (yes) => flip(!yes));
    }
    (this.model.parts?.names || []).forEach((name, n) => {
      const flip = toggle(this.hiddenParts, n);
      entry(name, this.model.parts.colours[n], "part", true, (yes) => flip(!yes));
    });
    (this.model.kinds || []).forEach((kind, n) => {
      const colour = `#${this.palette.get(kind.name).toString(16).padStart(6, "0")}`;
      entry(`${kind.name} (${kind.count})`, colour, "solid", kind.shown, toggle(this.shownKinds, n));
    });
    if (this.model.changed.size) {
      const colour = `#${MARK.toString(16).padStart(6, "0")}`;
      entry("changed", colour, "ring", true, (yes) => { this.unmarked = !yes; });
    }
  }
}
