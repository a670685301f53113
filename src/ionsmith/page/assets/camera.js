"use strict";
// From where a structure is seen; K3D keeps the position, and these move it.
const HALF_VIEW = (11 * Math.PI) / 180; // half the field of view: nearly parallel, as in papers

class Camera {
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
}
