"use strict";
// Which atoms, bonds and polyhedra are seen, periodic images included.
const FAR = 2 ** 24; // more than the atoms of a view: two of them make one key

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
  made.part = raw.parts ? unpack(raw.parts.of, Uint16Array) : null;
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
        faces.push([n, ...corners]);
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
      const [centre, ...corners] = faces[f];
      const [a, b, c] = corners.map(at);
      const normal = unit(cross(add(b, a, -1), add(c, a, -1)));
      corners.forEach((corner, k) => {
        const pair = [corner, corners[(k + 1) % 3]].sort((x, y) => x - y);
        const name = pair[0] * FAR + pair[1];
        const other = normals.get(name);
        if (other === undefined) normals.set(name, { normal, edge: [centre, ...pair] });
        else if (Math.abs(dot(other.normal, normal)) > 0.999) normals.delete(name);
      });
    }
    for (const { edge } of normals.values()) found.push(edge);
  });
  return found;
}
