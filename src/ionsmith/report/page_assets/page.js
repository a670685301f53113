"use strict";
// Draws the structures of the page with K3D, which the page carries packed inside.
(() => {
  const HALF_VIEW = (11 * Math.PI) / 180; // half the field of view: nearly parallel, as in papers
  const MOST_DRAWN = 120000; // atoms of one view, its repeated cells included
  const MANY = 6000; // atoms of one view from which on bonds are plain lines
  const PALETTE = [0x3f7fc4, 0x63c5bb, 0xf5b041, 0x9b7fd1, 0x7fbf5a, 0xe58fb1, 0xb08d5b, 0xd9635b];
  const FAR = 2 ** 24; // more than the atoms of a view: two of them make one key
  const MARK = 0xff7f0e;
  const PICK = 0x111827;
  const CELL = 0x64748b;

  // ---- small vector algebra
  const add = (a, b, f = 1) => [a[0] + f * b[0], a[1] + f * b[1], a[2] + f * b[2]];
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const times = (a, f) => [a[0] * f, a[1] * f, a[2] * f];
  const size = (a) => Math.sqrt(dot(a, a));
  const unit = (a) => times(a, 1 / (size(a) || 1));
  const cross = (a, b) => [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
  const turn = (v, axis, angle) => {
    const c = Math.cos(angle);
    const along = times(axis, dot(axis, v) * (1 - c));
    return add(add(times(v, c), cross(axis, v), Math.sin(angle)), along);
  };
  const number = (colour) => parseInt(colour.slice(1), 16);

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const unpack = (text, Kind) => new Kind(bytes(text).buffer);

  function read(raw) {
    const made = { ...raw };
    made.numbers = unpack(raw.numbers, Uint8Array);
    made.positions = unpack(raw.positions, Float32Array);
    made.onFace = unpack(raw.on_face, Uint8Array);
    made.count = made.numbers.length;
    made.changed = new Set(raw.changed || []);
    made.bonds = null;
    if (raw.bonds) {
      const first = unpack(raw.bonds.first, Uint32Array);
      const starts = new Uint32Array(made.count + 1);
      for (const atom of first) starts[atom + 1] += 1;
      for (let i = 0; i < made.count; i += 1) starts[i + 1] += starts[i];
      made.bonds = {
        first,
        starts,
        second: unpack(raw.bonds.second, Uint32Array),
        shifts: unpack(raw.bonds.shifts, Int8Array),
      };
      made.kind = unpack(raw.polyhedra.kind, Int16Array);
      made.faces = unpack(raw.polyhedra.faces, Uint32Array);
      made.kinds = raw.polyhedra.kinds;
    }
    return made;
  }

  // ---- which atoms, bonds and faces are seen, periodic images included
  function collect(model, repeats, shownKinds, wantBonds) {
    const { count, positions, cell, bonds } = model;
    const images = repeats.map((n, axis) => (model.periodic[axis] ? n : 1));
    const atom = [];
    const shift = [];
    const known = new Map();
    const key = (i, a, b, c) => ((i * 64 + a + 16) * 64 + b + 16) * 64 + c + 16;
    const place = (i, a, b, c) => {
      const name = key(i, a, b, c);
      if (!known.has(name)) {
        known.set(name, atom.length);
        atom.push(i);
        shift.push([a, b, c]);
      }
      return known.get(name);
    };
    for (let a = 0; a <= images[0]; a += 1) {
      for (let b = 0; b <= images[1]; b += 1) {
        for (let c = 0; c <= images[2]; c += 1) {
          const beyond =
            (a === images[0] ? 1 : 0) | (b === images[1] ? 2 : 0) | (c === images[2] ? 4 : 0);
          for (let i = 0; i < count; i += 1) {
            if ((model.onFace[i] & beyond) === beyond) place(i, a, b, c);
          }
        }
      }
    }
    const inner = atom.length;
    const faces = [];
    const solids = []; // where the faces of each polyhedron begin
    const inside = new Set(); // bonds that a drawn polyhedron hides
    if (bonds && shownKinds.size) {
      const isCentre = (n) => shownKinds.has(model.kind[atom[n]]);
      const byCentre = new Map();
      for (let f = 0; f < model.faces.length; f += 3) {
        const centre = bonds.first[model.faces[f]];
        if (!shownKinds.has(model.kind[centre])) continue;
        if (!byCentre.has(centre)) byCentre.set(centre, []);
        byCentre.get(centre).push(f);
      }
      for (let n = 0; n < inner; n += 1) {
        if (!isCentre(n)) continue;
        const [a, b, c] = shift[n];
        solids.push(faces.length);
        for (const f of byCentre.get(atom[n]) || []) {
          // Ligands outside the box belong to the polyhedra inside: drawn with them.
          const corners = [0, 1, 2].map((k) => {
            const bond = model.faces[f + k];
            const s = 3 * bond;
            return place(
              bonds.second[bond],
              a + bonds.shifts[s],
              b + bonds.shifts[s + 1],
              c + bonds.shifts[s + 2],
            );
          });
          faces.push([model.kind[atom[n]], ...corners]);
          for (const corner of corners) inside.add(n * FAR + corner).add(corner * FAR + n);
        }
      }
    }
    const points = new Float32Array(3 * atom.length);
    for (let n = 0; n < atom.length; n += 1) {
      const [a, b, c] = shift[n];
      for (let x = 0; x < 3; x += 1) {
        points[3 * n + x] =
          positions[3 * atom[n] + x] + a * cell[0][x] + b * cell[1][x] + c * cell[2][x];
      }
    }
    const sticks = [];
    if (bonds && wantBonds) {
      for (let n = 0; n < atom.length; n += 1) {
        const [a, b, c] = shift[n];
        for (let bond = bonds.starts[atom[n]]; bond < bonds.starts[atom[n] + 1]; bond += 1) {
          const s = 3 * bond;
          const other = known.get(
            key(
              bonds.second[bond],
              a + bonds.shifts[s],
              b + bonds.shifts[s + 1],
              c + bonds.shifts[s + 2],
            ),
          );
          if (other !== undefined && !inside.has(n * FAR + other)) sticks.push([n, other]);
        }
      }
    }
    return { atom, shift, points, faces, edges: edges(points, faces, solids), sticks, images };
  }

  // Edges of polyhedra, without the diagonals of faces that are made of several triangles.
  function edges(points, faces, solids) {
    const at = (n) => points.subarray(3 * n, 3 * n + 3);
    const found = [];
    solids.forEach((begin, place) => {
      const normals = new Map();
      for (let f = begin; f < (solids[place + 1] ?? faces.length); f += 1) {
        const [kind, ...corners] = faces[f];
        const [a, b, c] = corners.map(at);
        const normal = unit(cross(add(b, a, -1), add(c, a, -1)));
        corners.forEach((corner, k) => {
          const pair = [corner, corners[(k + 1) % 3]].sort((x, y) => x - y);
          const name = pair[0] * FAR + pair[1];
          const other = normals.get(name);
          if (other === undefined) normals.set(name, { normal, edge: [kind, ...pair] });
          else if (Math.abs(dot(other.normal, normal)) > 0.999) normals.delete(name);
        });
      }
      for (const { edge } of normals.values()) found.push(edge);
    });
    return found;
  }

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

  class View {
    constructor(library, figure, model, palette) {
      this.figure = figure;
      this.model = model;
      this.palette = palette;
      this.box = figure.querySelector(".view");
      this.box.replaceChildren();
      this.readout = figure.querySelector(".measured");
      this.picked = [];
      this.ids = {};
      this.hidden = new Set();
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
      const { model } = this;
      const kinds = settings.polyhedra ? this.shownKinds : new Set();
      let repeats = settings.repeats || model.repeats;
      const total = (r) => model.count * r[0] * r[1] * r[2];
      this.cut = total(repeats) > MOST_DRAWN;
      if (this.cut) repeats = [1, 1, 1];
      const seen = collect(model, repeats, kinds, settings.bonds);
      this.seen = seen;
      const element = (n) => model.elements[model.numbers[seen.atom[n]]];
      const here = [];
      for (let n = 0; n < seen.atom.length; n += 1) {
        if (!this.hidden.has(model.numbers[seen.atom[n]])) here.push(n);
      }
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
        colors: list(Uint32Array.from(here, (n) => number(element(n).colour))),
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
          colours.fill(number(element(n).colour), 2 * k, 2 * k + 2);
        });
        objects.bonds = {
          ...lines(vertices, colours),
          shader: seen.atom.length > MANY ? "simple" : "mesh",
          width: 0.16,
          radial_segments: 8,
        };
      }
      if (seen.faces.length) {
        const vertices = new Float32Array(9 * seen.faces.length);
        const colours = new Uint32Array(3 * seen.faces.length);
        seen.faces.forEach(([kind, ...corners], k) => {
          corners.forEach((n, c) => vertices.set(seen.points.subarray(3 * n, 3 * n + 3), 9 * k + 3 * c));
          colours.fill(this.palette.get(model.kinds[kind].name), 3 * k, 3 * k + 3);
        });
        objects.polyhedra = {
          type: "Mesh",
          vertices: array(vertices, 3),
          indices: array(Uint32Array.from({ length: 3 * seen.faces.length }, (_, k) => k), 3),
          colors: list(colours),
          flat_shading: true,
          side: "double",
          opacity: 0.7,
          color: 0xffffff,
        };
        const ends = new Float32Array(6 * seen.edges.length);
        const tones = new Uint32Array(2 * seen.edges.length);
        const darker = (colour) =>
          [16, 8, 0].reduce((sum, bit) => sum + (Math.round(((colour >> bit) & 255) * 0.6) << bit), 0);
        seen.edges.forEach(([kind, n, m], k) => {
          ends.set(seen.points.subarray(3 * n, 3 * n + 3), 6 * k);
          ends.set(seen.points.subarray(3 * m, 3 * m + 3), 6 * k + 3);
          tones.fill(darker(this.palette.get(model.kinds[kind].name)), 2 * k, 2 * k + 2);
        });
        objects.edges = lines(ends, tones);
      }
      if (settings.cell && model.periodic.some(Boolean)) objects.cell = this.cellLines(seen.images);
      if (settings.changed && model.changed.size) {
        const marked = here.filter((n) => model.changed.has(seen.atom[n]));
        objects.changed = {
          type: "Points",
          shader: "3d",
          positions: array(pointsOf(marked), 3),
          point_sizes: list(Float32Array.from(marked, (n) => 2 * this.radius(n) + 0.55)),
          point_size: 1,
          color: MARK,
          opacity: 0.4,
        };
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

    // ---- the camera
    // How far the atoms reach along a cell vector that is not periodic.
    extent(axis) {
      const along = unit(this.model.cell[axis]);
      const { points } = this.seen;
      let [low, high] = [Infinity, -Infinity];
      for (let n = 0; n < points.length; n += 3) {
        const height = dot(along, points.subarray(n, n + 3));
        low = Math.min(low, height);
        high = Math.max(high, height);
      }
      return high - low;
    }

    look(axis) {
      const { cell, periodic } = this.model;
      const axes3 = [0, 1, 2];
      const sides = axes3.map((n) => Math.round(100 * (periodic[n] ? size(cell[n]) : this.extent(n))));
      let up;
      let back;
      if (axis === null) {
        // The longest side upright, the shortest towards the eye, seen a little from above.
        const order = [...axes3].sort((m, n) => sides[m] - sides[n] || m - n);
        up = unit(cell[order[2]]);
        const toward = cell[order[0]];
        const flat = unit(add(toward, up, -dot(toward, up)));
        back = turn(turn(flat, up, 0.16), unit(cross(up, flat)), -0.1);
      } else {
        back = unit(cell[axis]);
        up = unit(cell[axis === 2 ? 1 : 2]);
      }
      up = unit(add(up, back, -dot(up, back)));
      const right = cross(up, back);
      const { points } = this.seen;
      const low = [1, 1, 1].map(() => Infinity);
      const high = low.map((v) => -v);
      const axes = [right, up, back];
      for (let n = 0; n < points.length; n += 3) {
        const p = points.subarray(n, n + 3);
        axes.forEach((direction, k) => {
          const height = dot(direction, p);
          low[k] = Math.min(low[k], height);
          high[k] = Math.max(high[k], height);
        });
      }
      const middle = axes.reduce((sum, v, k) => add(sum, v, (low[k] + high[k]) / 2), [0, 0, 0]);
      const half = low.map((v, k) => (high[k] - v) / 2 + 0.8);
      const aspect = this.box.clientWidth / this.box.clientHeight;
      const distance = Math.max(half[1], half[0] / aspect) / Math.tan(HALF_VIEW) + half[2];
      this.first = distance;
      this.setCamera(add(middle, back, 1.03 * distance), middle, up);
    }

    camera() {
      const flat = this.k3d.getWorld().controls.getCameraArray();
      return [flat.slice(0, 3), flat.slice(3, 6), flat.slice(6, 9)];
    }

    setCamera(position, target, up) {
      this.k3d.setCamera([...position, ...target, ...up]);
      this.k3d.render();
      this.placeLabel();
    }

    rotate(vertical, sense) {
      const [position, target, up] = this.camera();
      const back = add(position, target, -1);
      const right = unit(cross(up, back));
      const axis = vertical ? right : unit(up);
      const angle = (sense * 5 * Math.PI) / 180;
      this.setCamera(add(target, turn(back, axis, angle)), target, turn(up, axis, angle));
      if (this.onTurn) this.onTurn(this);
    }

    zoom(factor) {
      const [position, target, up] = this.camera();
      this.setCamera(add(target, add(position, target, -1), factor), target, up);
      if (this.onTurn) this.onTurn(this);
    }

    follow(other) {
      const [position, target, up] = other.camera();
      const scale = this.first / other.first;
      const [, mine] = this.camera();
      this.setCamera(add(mine, add(position, target, -1), scale), mine, up);
    }

    // ---- measuring
    project(point) {
      const [position, target, up] = this.camera();
      const back = unit(add(position, target, -1));
      const right = unit(cross(up, back));
      const over = cross(back, right);
      const from = add(point, position, -1);
      const depth = -dot(from, back);
      const scale = this.box.clientHeight / 2 / Math.tan(HALF_VIEW) / depth;
      return {
        x: this.box.clientWidth / 2 + dot(from, right) * scale,
        y: this.box.clientHeight / 2 - dot(from, over) * scale,
        depth,
        scale,
      };
    }

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
        swatch.style.background = colour;
        label.append(box, swatch, text);
        holder.append(label);
      };
      const toggle = (set, value) => (yes) => (yes ? set.add(value) : set.delete(value));
      for (const [z, element] of Object.entries(this.model.elements)) {
        const flip = toggle(this.hidden, Number(z));
        entry(element.symbol, element.colour, "ball", true, (yes) => flip(!yes));
      }
      (this.model.kinds || []).forEach((kind, n) => {
        const colour = `#${this.palette.get(kind.name).toString(16).padStart(6, "0")}`;
        entry(`${kind.name} (${kind.count})`, colour, "solid", kind.shown, toggle(this.shownKinds, n));
      });
    }
  }

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

  async function start() {
    const models = JSON.parse(document.getElementById("data").textContent).scenes.map(read);
    const k3d = await library();
    const names = [...new Set(models.flatMap((m) => (m.kinds || []).map((kind) => kind.name)))].sort();
    const palette = new Map(names.map((name, n) => [name, PALETTE[n % PALETTE.length]]));
    const figures = [...document.querySelectorAll("figure.structure")];
    const views = models.map((model, n) => new View(k3d, figures[n], model, palette));
    const tools = document.querySelector("form.tools");
    const has = {
      changed: models.some((m) => m.changed.size),
      polyhedra: names.length > 0,
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
      if (["bonds", "polyhedra", "cell", "changed"].includes(event.target.name)) redraw(false);
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
})();
