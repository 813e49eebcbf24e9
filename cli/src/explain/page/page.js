
'use strict';
// Draws the explanation in the element #data. Names come from users: they only ever become text, never markup.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const { graph, nodes, edges, levels, drawing, features } = data;
  const { outputs } = data.prediction;
  const count = graph.nodes;
  // Large graphs get more room.
  const gridClass = count > 120 ? 'grid large' : 'grid';
  const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

  // A number as people read it.
  function num(value) {
    if (value === 0 || !Number.isFinite(value)) return String(value);
    const size = Math.abs(value);
    return size < 1e-3 || size >= 1e5 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  }
  const signed = (value) => (value > 0 ? '+' : '') + num(value);
  function percent(value) {
    if (value > 0 && value < 0.001) return '< 0.1 %';
    return value < 1 && value > 0.999 ? '> 99.9 %' : `${(100 * value).toFixed(1)} %`;
  }

  // New elements; strings among the children become text.
  function make(space, tag, attributes, children) {
    const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'function') element.addEventListener(name, value);
      else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  const h = (tag, attributes = {}, ...children) => make(null, tag, attributes, children);
  const s = (tag, attributes = {}, ...children) => make('http://www.w3.org/2000/svg', tag, attributes, children);

  // Shares from 0 to 1, two bytes each.
  function unpack({ columns, base64 }) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return (row, column) => view.getUint16(2 * (row * columns + column), true) / 65535;
  }
  levels.forEach((level) => {
    level.share = unpack(level.assignment);
    level.rank = [];
    level.order.forEach((cluster, rank) => { level.rank[cluster] = rank; });
  });

  function isLight(hex) {
    const part = (at) => parseInt(hex.slice(at, at + 2), 16);
    return 299 * part(1) + 587 * part(3) + 114 * part(5) > 140000;
  }
  const diverging = ['#2166ac', '#8cb4d8', '#d4d4d0', '#f0a35e', '#c04f08'];
  function divergingColor(value) {
    const place = 2 * (Math.max(-1, Math.min(1, value)) + 1);
    const below = Math.min(Math.floor(place), 3);
    const part = (hex, at) => parseInt(hex.slice(at, at + 2), 16);
    const mix = (at) => {
      const from = part(diverging[below], at);
      return Math.round(from + (part(diverging[below + 1], at) - from) * (place - below));
    };
    return `rgb(${mix(1)}, ${mix(3)}, ${mix(5)})`;
  }

  // ---- What is looked at. Level -1 is the graph itself, level l the clusters of pooling level l.

  let pinned = null;
  let hovered = null;
  let explained = data.prediction.explained;
  const listeners = [];
  const importance = () => outputs[explained].importance;
  const largest = () => importance().reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const outputName = () => (['multiclass', 'binary'].includes(data.model.task) ? `class ${outputs[explained].name}` : outputs[explained].name);
  const same = (a, b) => a !== null && b !== null && a.level === b.level && a.index === b.index;

  // All nodes below a target, and the clusters of every level that lie below or above it.
  function trace(target) {
    const own = new Set();
    for (let node = 0; node < count; node++) {
      const at = target.level < 0 ? node : levels[target.level].cluster_of_node[node];
      if (at === target.index) own.add(node);
    }
    const clusters = levels.map(() => new Set());
    if (target.level >= 0) clusters[target.level].add(target.index);
    for (let level = target.level; level > 0; level--) {
      levels[level].cluster_of.forEach((cluster, below) => {
        if (clusters[level].has(cluster)) clusters[level - 1].add(below);
      });
    }
    let above = target.index;
    for (let level = target.level + 1; level < levels.length && above !== null; level++) {
      above = levels[level].cluster_of[above];
      if (above !== null) clusters[level].add(above);
    }
    return { nodes: own, clusters };
  }

  const selection = document.getElementById('selection');
  const clear = document.getElementById('clear');

  function refresh() {
    const target = hovered || pinned;
    const traced = target && trace(target);
    listeners.forEach((listener) => listener(traced, target));
    clear.hidden = pinned === null;
    selection.classList.toggle('pinned', target !== null);
    selection.textContent = target ? describe(target, traced) :
      'Point at a node, a cluster or a cell to see where it belongs; click to keep it. Tab and arrow keys work as well.';
  }
  function hover(target) {
    if (target === hovered || same(target, hovered)) return;
    hovered = target;
    refresh();
  }
  function pin(target) {
    pinned = same(target, pinned) ? null : target;
    hovered = null;
    refresh();
  }
  clear.addEventListener('click', () => pin(null));
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    hideTip();
    hovered = null;
    pin(null);
  });

  const itemName = (target) => target.level < 0 ? `Node ${target.index}` :
    `Cluster ${target.index} of level ${target.level + 1}`;

  function describe(target, traced) {
    if (target.level < 0) {
      const chain = levels.map((level) => level.cluster_of_node[target.index]).filter((cluster) => cluster !== null);
      return `Node ${target.index}` + chain.map((cluster) => ` → cluster ${cluster}`).join('');
    }
    const list = [...traced.nodes];
    const text = list.slice(0, 60).join(', ') + (list.length > 60 ? ', …' : '');
    return `${itemName(target)}: ${plural(list.length, 'node')}${list.length ? ` (${text})` : ''}`;
  }

  // ---- The tip beside the pointer.

  const tip = document.getElementById('tip');
  function showTip(lines, x, y) {
    tip.replaceChildren(h('b', {}, lines[0]), ...lines.slice(1).map((line) => h('div', {}, line)));
    tip.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = tip;
    const left = x + 16 + width > innerWidth - 6 ? x - width - 12 : x + 16;
    tip.style.left = `${Math.max(6, left)}px`;
    tip.style.top = `${Math.max(6, Math.min(y + 14, innerHeight - height - 6))}px`;
  }
  function hideTip() { tip.hidden = true; }

  const shareText = (level, row) => {
    const { clusters, share } = levels[level];
    return [...Array(clusters).keys()].map((cluster) => [share(row, cluster), cluster])
      .sort((a, b) => b[0] - a[0]).slice(0, 3).filter(([part]) => part >= 0.005)
      .map(([part, cluster]) => `${cluster} (${percent(part)})`).join(', ');
  };
  function featureText(node) {
    const strongest = outputs[explained].features[node];
    return strongest.map(([feature, value]) => `${features[feature]} ${signed(value)}`).join(', ');
  }
  const degree = new Uint32Array(count);
  edges.forEach(([a, b]) => { degree[a]++; if (a !== b) degree[b]++; });

  function tipOf({ level, index }) {
    const lines = [itemName({ level, index })];
    if (level < 0) {
      const label = nodes.label ? `label ${nodes.label[index]}, ` : '';
      lines.push(`${label}${plural(degree[index], 'edge')}`);
      lines.push(`importance ${signed(importance()[index])} for ${outputName()}`);
      if (featureText(index)) lines.push(`by ${featureText(index)}`);
    } else {
      const { nodes: own, mass, inside } = levels[level].members[index];
      lines.push(`${plural(own, 'node')}, mass ${num(mass)} of ${count}`);
      lines.push(`edge weight within ${num(inside)}`);
      lines.push(`importance ${signed(outputs[explained].clusters[level][index])} for ${outputName()}`);
      const links = levels[level].links.filter(([a, b]) => a === index || b === index).slice(0, 3);
      if (links.length) lines.push(`joined to ${links.map(([a, b, w]) => `${a === index ? b : a} (${num(w)})`).join(', ')}`);
    }
    if (level + 1 < levels.length) lines.push(`to clusters ${shareText(level + 1, index) || '(none)'}`);
    return lines;
  }

  // ---- Pictures of graphs.

  let identifiers = 0;

  // Makes the items of a picture be pointed at, clicked and walked through. `items` has one entry an item: its element,
  // its place and its index. The nearest item counts, so that small ones can be hit.
  function interactive(svg, level, items) {
    const place = (event) => {
      const matrix = svg.getScreenCTM();
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      let best = null;
      let least = Infinity;
      for (const item of items) {
        const distance = Math.hypot(item.x - point.x, item.y - point.y) - item.radius;
        if (distance < least) { best = item; least = distance; }
      }
      return least < 7 / matrix.a ? best : null;
    };
    let active = null;
    const activate = (item) => {
      if (active) active.element.classList.remove('active');
      active = item;
      if (!item) return svg.removeAttribute('aria-activedescendant');
      item.element.classList.add('active');
      svg.setAttribute('aria-activedescendant', item.element.id);
      const box = item.element.getBoundingClientRect();
      hover({ level, index: item.index });
      return showTip(tipOf({ level, index: item.index }), box.right, box.bottom);
    };
    items.forEach(({ element, index }) => {
      element.id = `item-${identifiers++}`;
      element.setAttribute('role', 'option');
      element.setAttribute('aria-label', itemName({ level, index }));
      element.dataset.level = level;
      element.dataset.index = index;
    });
    svg.addEventListener('pointermove', (event) => {
      const item = place(event);
      svg.style.cursor = item ? 'pointer' : '';
      hover(item && { level, index: item.index });
      if (item) showTip(tipOf({ level, index: item.index }), event.clientX, event.clientY);
      else hideTip();
    });
    svg.addEventListener('pointerleave', () => { hover(null); hideTip(); });
    svg.addEventListener('click', (event) => {
      const item = place(event);
      pin(item && { level, index: item.index });
    });
    svg.addEventListener('blur', () => { activate(null); hover(null); hideTip(); });
    svg.addEventListener('keydown', (event) => {
      const at = active ? items.indexOf(active) : -1;
      const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
      if (event.key in steps) {
        activate(items[(steps[event.key] + items.length) % items.length]);
      } else if ((event.key === 'Enter' || event.key === ' ') && active) {
        pin({ level, index: active.index });
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  function picture(label) {
    const { width, height } = drawing;
    return s('svg', { class: 'picture', viewBox: `0 0 ${width} ${height}`, role: 'listbox', tabindex: 0, 'aria-label': label });
  }

  // Few edges are lines with a width each, many are one path.
  function drawEdges(svg) {
    const weights = edges.map(([, , weight]) => Math.abs(weight));
    const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 0) || 1;
    const thick = Math.max(1, Math.min(3.5, drawing.radius / 3));
    svg.classList.toggle('many', edges.length > 800);
    if (edges.length > 1500) {
      const path = edges.map(([a, b]) => `M${nodes.x[a]} ${nodes.y[a]}L${nodes.x[b]} ${nodes.y[b]}`).join('');
      svg.append(s('path', { class: 'edge', d: path, 'stroke-width': thick * 0.7 }));
      return;
    }
    edges.forEach(([a, b, weight]) => {
      const width = thick * (0.35 + 0.65 * Math.abs(weight) / heaviest);
      if (a === b) {
        const r = drawing.radius;
        svg.append(s('circle', { class: 'edge', cx: nodes.x[a], cy: nodes.y[a] - 1.3 * r, r, 'stroke-width': width }));
        return;
      }
      const line = { class: 'edge', x1: nodes.x[a], y1: nodes.y[a], x2: nodes.x[b], y2: nodes.y[b], 'stroke-width': width };
      svg.append(s('line', line));
      if (!graph.directed) return;
      const [dx, dy] = [nodes.x[b] - nodes.x[a], nodes.y[b] - nodes.y[a]];
      const length = Math.hypot(dx, dy) || 1;
      const [x, y] = [nodes.x[b] - dx / length * drawing.radius, nodes.y[b] - dy / length * drawing.radius];
      const turn = Math.atan2(dy, dx) * 180 / Math.PI;
      const head = `translate(${x} ${y}) rotate(${turn})`;
      svg.append(s('path', { class: 'edge', d: 'M-9 -4.5L0 0L-9 4.5', transform: head, 'stroke-width': width }));
    });
  }

  function drawNodes(svg, look) {
    const places = [...Array(count).keys()].map((index) => ({ index, x: nodes.x[index], y: nodes.y[index] }));
    const items = places.map((item) => {
      const radius = drawing.radius;
      const element = s('circle', { class: 'node', cx: item.x, cy: item.y, r: radius });
      const mark = radius >= 11 ? s('text', { class: 'mark', x: item.x, y: item.y }) : null;
      return { ...item, radius, element, mark };
    });
    const draw = () => items.forEach((item) => {
      const { color, radius, text } = look(item.index);
      item.radius = radius;
      item.element.setAttribute('fill', color);
      item.element.setAttribute('r', radius);
      if (!item.mark) return;
      item.mark.textContent = radius >= 11 ? text : '';
      item.mark.setAttribute('fill', isLight(toHex(color)) ? '#111' : '#fff');
      item.mark.setAttribute('font-size', Math.min(radius * 1.15, radius * 2.3 / Math.max(1, text.length)));
    });
    draw();
    svg.append(...items.map(({ element }) => element), ...items.map(({ mark }) => mark).filter(Boolean));
    interactive(svg, -1, items);
    listeners.push((traced, target) => {
      svg.classList.toggle('tracing', traced !== null);
      items.forEach(({ element, mark, index }) => {
        const on = traced !== null && traced.nodes.has(index);
        element.classList.toggle('on', on);
        if (mark) mark.classList.toggle('on', on);
        if (on) element.setAttribute('aria-selected', 'true');
        else element.removeAttribute('aria-selected');
      });
    });
    return draw;
  }
  function toHex(color) {
    if (color.startsWith('#')) return color;
    const parts = color.match(/\d+/g).map((part) => Number(part).toString(16).padStart(2, '0'));
    return `#${parts.join('')}`;
  }

  function clusterColor(level, cluster) {
    return cluster === null ? '#9a9a9a' : levels[level].members[cluster].color;
  }

  function drawPooled(svg, index) {
    const { links, members, order } = levels[index];
    const heaviest = links.reduce((most, [, , weight]) => Math.max(most, Math.abs(weight)), 0) || 1;
    const thickest = order.filter((cluster) => members[cluster].drawn).length > 40 ? 7 : 15;
    const lines = links.map(([a, b, weight]) => {
      const [from, to] = [members[a].drawn, members[b].drawn];
      const share = Math.abs(weight) / heaviest;
      const look = { 'stroke-width': 0.7 + thickest * share, 'stroke-opacity': 0.25 + 0.5 * share };
      return { a, b, element: s('line', { class: 'link', x1: from.x, y1: from.y, x2: to.x, y2: to.y, ...look }) };
    });
    // The heaviest are drawn last, on top.
    svg.append(...lines.map(({ element }) => element).reverse());
    const items = order.filter((cluster) => members[cluster].drawn).map((cluster) => {
      const { x, y, radius } = members[cluster].drawn;
      const element = s('circle', { class: 'node cluster', cx: x, cy: y, r: radius, fill: members[cluster].color });
      const text = String(cluster);
      const size = Math.min(30, radius * 1.1, radius * 2.4 / text.length);
      const fill = isLight(members[cluster].color) ? '#111' : '#fff';
      const mark = radius >= 11 ? s('text', { class: 'mark', x, y, 'font-size': size, fill }, text) : null;
      return { index: cluster, x, y, radius, element, mark };
    });
    // Small ones on top of large ones.
    svg.append(...items.flatMap(({ element, mark, x, y, radius }) =>
      [s('circle', { class: 'halo', cx: x, cy: y, r: radius }), element, mark]).filter(Boolean));
    interactive(svg, index, items);
    listeners.push((traced) => {
      svg.classList.toggle('tracing', traced !== null);
      const own = traced && traced.clusters[index];
      items.forEach(({ element, mark, index: cluster }) => {
        const on = own !== null && own.has(cluster);
        element.classList.toggle('on', on);
        if (mark) mark.classList.toggle('on', on);
        if (on) element.setAttribute('aria-selected', 'true');
        else element.removeAttribute('aria-selected');
      });
      lines.forEach(({ a, b, element }) => element.classList.toggle('on', own !== null && (own.has(a) || own.has(b))));
    });
  }

  // ---- The assignment as a heat map. A pixel shows the largest share of the cells that it covers.

  function drawHeat(canvas, index) {
    const { nodes: rows, clusters, share, cluster_of: hardest, order, rank, members } = levels[index];
    const best = (row) => (hardest[row] === null ? Infinity : rank[hardest[row]]);
    const part = (row) => (hardest[row] === null ? 0 : share(row, hardest[row]));
    const rowOrder = [...Array(rows).keys()].sort((a, b) => best(a) - best(b) || part(b) - part(a) || a - b);
    const below = index === 0 ? -1 : index - 1;
    const rowColor = (row) => (index === 0 ? clusterColor(0, hardest[row]) : levels[below].members[row].color);
    const rim = 9;
    let cells = null;
    let traced = null;
    let cursor = null;
    let size = null;

    function measure() {
      const scale = Math.min(devicePixelRatio || 1, 2);
      const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * scale)));
      canvas.width = width;
      canvas.height = height;
      const margin = rim * scale;
      size = { scale, margin, width: width - margin, height: height - margin };
    }
    // First and last of the rows or columns that a pixel covers.
    const span = (pixel, pixels, all) => {
      const first = Math.floor(pixel * all / pixels);
      return [first, Math.max(first + 1, Math.ceil((pixel + 1) * all / pixels))];
    };
    function fill() {
      const style = getComputedStyle(document.documentElement);
      const [r, g, b] = style.getPropertyValue('--heat').split(',').map(Number);
      const { width, height } = size;
      const image = new ImageData(Math.max(1, width), Math.max(1, height));
      // Where cells are larger than pixels, many pixels are the same.
      const columnsOf = [...Array(width).keys()].map((x) => span(x, width, clusters));
      let line = null;
      let known = '';
      for (let y = 0; y < height; y++) {
        const [top, bottom] = span(y, height, rows);
        const key = `${top}-${bottom}`;
        if (key !== known) {
          const most = new Float32Array(clusters);
          for (let row = top; row < Math.min(bottom, rows); row++) {
            for (let column = 0; column < clusters; column++) {
              most[column] = Math.max(most[column], share(rowOrder[row], order[column]));
            }
          }
          line = columnsOf.map(([from, to]) => {
            let value = 0;
            for (let column = from; column < Math.min(to, clusters); column++) value = Math.max(value, most[column]);
            return Math.round(255 * Math.pow(value, 0.7));
          });
          known = key;
        }
        for (let x = 0; x < width; x++) image.data.set([r, g, b, line[x]], 4 * (y * width + x));
      }
      cells = image;
    }
    function paint() {
      const context = canvas.getContext('2d');
      const { scale, margin, width, height } = size;
      context.clearRect(0, 0, canvas.width, canvas.height);
      // Through a canvas of its own, so that transparent cells do not erase.
      const sheet = document.createElement('canvas');
      sheet.width = cells.width;
      sheet.height = cells.height;
      sheet.getContext('2d').putImageData(cells, 0, 0);
      context.drawImage(sheet, margin, margin);
      const rowIsOn = (row) => !traced || (below < 0 ? traced.nodes.has(row) : traced.clusters[below].has(row));
      const columnIsOn = (column) => !traced || traced.clusters[index].has(column);
      const [cellWidth, cellHeight] = [width / clusters, height / rows];
      const style = getComputedStyle(document.documentElement);
      order.forEach((column, at) => {
        context.fillStyle = members[column].color;
        context.globalAlpha = columnIsOn(column) ? 1 : 0.12;
        context.fillRect(margin + at * cellWidth, 0, Math.ceil(cellWidth), margin - 2 * scale);
      });
      rowOrder.forEach((row, at) => {
        context.fillStyle = rowColor(row);
        context.globalAlpha = rowIsOn(row) ? 1 : 0.12;
        context.fillRect(0, margin + at * cellHeight, margin - 2 * scale, Math.max(1, cellHeight));
      });
      context.globalAlpha = 1;
      if (traced) {
        context.fillStyle = style.getPropertyValue('--panel');
        context.globalAlpha = 0.72;
        rowOrder.forEach((row, at) => {
          if (!rowIsOn(row)) context.fillRect(margin, margin + at * cellHeight, width, cellHeight);
        });
        context.globalAlpha = 0.55;
        order.forEach((column, at) => {
          if (!columnIsOn(column)) context.fillRect(margin + at * cellWidth, margin, cellWidth, height);
        });
        context.globalAlpha = 1;
      }
      if (cursor) {
        context.strokeStyle = style.getPropertyValue('--accent');
        context.lineWidth = 2 * scale;
        const [w, t] = [Math.max(cellWidth, 5 * scale), Math.max(cellHeight, 5 * scale)];
        context.strokeRect(margin + cursor.column * cellWidth - 1, margin + cursor.row * cellHeight - 1, w + 2, t + 2);
      }
      canvas.dataset.rows = traced ? rowOrder.filter(rowIsOn).join(' ') : '';
      canvas.dataset.columns = traced ? order.filter(columnIsOn).join(' ') : '';
    }
    const rowName = (row) => itemName({ level: below, index: row });
    const tipAt = ({ row, column }) => [
      `${rowName(rowOrder[row])} → cluster ${order[column]}`,
      `share ${percent(share(rowOrder[row], order[column]))}`,
      `most of it in cluster ${shareText(index, rowOrder[row]) || '(none)'}`,
    ];
    function cellAt(event) {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) * size.scale - size.margin, (event.clientY - box.top) * size.scale - size.margin];
      const at = (place, extent, all) => Math.max(0, Math.min(all - 1, Math.floor(place * all / extent)));
      // At the rim at the left a row is meant, at the top a column.
      return { row: at(y, size.height, rows), column: at(x, size.width, clusters), rim: y < 0 ? 'column' : 'row' };
    }
    const targetOf = (cell) => cell.rim === 'column' ? { level: index, index: order[cell.column] } :
      { level: below, index: rowOrder[cell.row] };
    canvas.addEventListener('pointermove', (event) => {
      const cell = cellAt(event);
      hover(targetOf(cell));
      showTip(cell.rim === 'column' ? tipOf(targetOf(cell)) : tipAt(cell), event.clientX, event.clientY);
    });
    canvas.addEventListener('pointerleave', () => { hover(null); hideTip(); });
    canvas.addEventListener('click', (event) => pin(targetOf(cellAt(event))));
    canvas.addEventListener('blur', () => { cursor = null; hover(null); hideTip(); paint(); });
    canvas.addEventListener('keydown', (event) => {
      const move = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      if (move) {
        const wrap = (value, all) => (value + all) % all;
        cursor = cursor ? { row: wrap(cursor.row + move[0], rows), column: wrap(cursor.column + move[1], clusters) } :
          { row: 0, column: 0 };
        const box = canvas.getBoundingClientRect();
        const [x, y] = [(cursor.column + 1) / clusters, (cursor.row + 1) / rows];
        hover({ level: below, index: rowOrder[cursor.row] });
        paint();
        showTip(tipAt(cursor), box.left + rim + x * (box.width - rim), box.top + rim + y * (box.height - rim));
      } else if ((event.key === 'Enter' || event.key === ' ') && cursor) {
        pin({ level: below, index: rowOrder[cursor.row] });
      } else {
        return;
      }
      event.preventDefault();
    });
    listeners.push((now) => { traced = now; if (cells) paint(); });
    const redraw = () => { measure(); fill(); paint(); };
    new ResizeObserver(redraw).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  }

  // ---- The page.

  function panel(title, content, caption) {
    const button = h('button', { type: 'button', class: 'expand', 'aria-pressed': 'false', 'aria-label': `Enlarge: ${title}`, title: 'Enlarge' }, '⤢');
    const box = h('div', { class: 'panel' }, h('div', { class: 'bar' }, h('h3', {}, title), button), content,
      caption ? h('div', { class: 'caption' }, ...caption) : null);
    button.addEventListener('click', () => {
      button.setAttribute('aria-pressed', String(box.classList.toggle('wide')));
      box.scrollIntoView({ block: 'nearest' });
    });
    return box;
  }

  function importancePanel() {
    const svg = picture('Nodes of the graph, by importance');
    drawEdges(svg);
    const draw = drawNodes(svg, (index) => {
      const value = importance()[index] / largest();
      const radius = drawing.radius * (0.65 + 0.55 * Math.sqrt(Math.abs(value)));
      return { color: divergingColor(value), radius, text: String(index) };
    });
    const [low, high] = [h('span'), h('span')];
    const scale = h('span', { class: 'scale' });
    scale.style.background = `linear-gradient(to right, ${diverging.join(', ')})`;
    const redraw = () => {
      draw();
      const most = importance().some((value) => value !== 0) ? largest() : 0;
      low.textContent = `${num(-most || 0)} against`;
      high.textContent = `for ${outputName()} ${signed(most)}`;
    };
    redraw();
    return { box: panel('What mattered: nodes by importance', svg, [low, scale, high]), redraw };
  }

  // A bar from the middle to either side, or from the left.
  function bar(value, most, middle, color) {
    const share = Math.min(1, Math.abs(value) / (most || 1));
    const left = middle ? (value < 0 ? 50 - 50 * share : 50) : 0;
    const fill = h('span');
    fill.style.left = `${left}%`;
    fill.style.width = `${(middle ? 50 : 100) * share}%`;
    fill.style.background = color;
    return h('div', { class: middle ? 'track middle' : 'track' }, fill);
  }

  function outputsPanel(change) {
    const withShares = outputs.some((output) => output.probability !== null);
    const shown = outputs.map((output, at) => ({ ...output, at })).sort((a, b) => b.value - a.value);
    const listed = shown.filter(({ at, name }, rank) => rank < 12 || at === explained || name === graph.class);
    const most = outputs.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
    const body = h('tbody');
    const rows = listed.map(({ at, name, value, probability, predicted, importance: known }) => {
      const tags = [];
      if (predicted && data.model.task !== 'sequence') tags.push(h('span', { class: 'tag' }, 'predicted'));
      if (graph.class === name) tags.push(h('span', { class: 'tag' }, 'given'));
      const share = probability === null ? bar(value, most, true, value < 0 ? 'var(--against)' : 'var(--for)') :
        bar(probability, 1, false, predicted ? 'var(--accent)' : 'var(--edge)');
      const pick = () => { if (known) change(at); };
      const role = known ? { role: 'button', tabindex: 0, 'aria-pressed': String(at === explained) } : {};
      const row = h('tr', {
        ...role, click: pick,
        keydown: (event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          pick();
        },
      }, h('td', { class: 'name', title: name }, name), h('td', { class: 'bars' }, share),
      h('td', { class: 'number' }, probability === null ? num(value) : percent(probability)),
      h('td', {}, ...tags));
      body.append(row);
      return { at, row };
    });
    const mark = () => rows.forEach(({ at, row }) => {
      row.classList.toggle('on', at === explained);
      if (row.hasAttribute('aria-pressed')) row.setAttribute('aria-pressed', String(at === explained));
    });
    mark();
    const head = h('tr', {}, h('th', {}, withShares ? 'class' : 'target'), h('th', {}, ''),
      h('th', { class: 'number' }, withShares ? 'probability' : 'value'), h('th', {}, ''));
    const title = { multiclass: 'Class probabilities', binary: 'Probability', multilabel: 'Label probabilities' }[data.model.task] || 'Outputs';
    const rest = outputs.length > listed.length ? `and ${outputs.length - listed.length} more. ` : '';
    const caption = outputs.length > 1 ? [`${rest}Choose one to see what mattered to it.`] : null;
    return { box: panel(title, h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, head), body)), caption), mark };
  }

  function topPanel() {
    const body = h('tbody');
    const labelled = nodes.label !== null;
    const order = () => [...Array(count).keys()].sort((a, b) => Math.abs(importance()[b]) - Math.abs(importance()[a]) || a - b).slice(0, 10);
    let rows = [];
    const redraw = () => {
      rows = order().map((node) => {
        const value = importance()[node];
        const target = { level: -1, index: node };
        const row = h('tr', {
          role: 'button', tabindex: 0, 'aria-label': `Node ${node}, importance ${signed(value)}`,
          pointerenter: () => hover(target), pointerleave: () => hover(null), focus: () => hover(target), blur: () => hover(null),
          click: () => pin(target),
          keydown: (event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            pin(target);
          },
        },
        h('td', {}, String(node)), labelled ? h('td', {}, String(nodes.label[node])) : null,
        h('td', { class: 'bars' }, bar(value, largest(), true, value < 0 ? 'var(--against)' : 'var(--for)')),
        h('td', { class: 'number' }, signed(value)),
        h('td', { class: 'feature', title: featureText(node) }, featureText(node)));
        return { node, row };
      });
      body.replaceChildren(...rows.map(({ row }) => row));
    };
    redraw();
    listeners.push((traced) => rows.forEach(({ node, row }) => row.classList.toggle('on', traced !== null && traced.nodes.has(node))));
    const head = h('tr', {}, h('th', {}, 'node'), labelled ? h('th', {}, 'label') : null, h('th', {}, ''),
      h('th', { class: 'number' }, 'importance'), h('th', {}, 'by feature'));
    const table = h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, head), body));
    return { box: panel('The nodes that mattered most', table, ['Gradient of the logit times the features of the node.']), redraw };
  }

  function chips(index) {
    const { order, members } = levels[index];
    const used = order.filter((cluster) => members[cluster].nodes > 0);
    const most = 30;
    const list = h('ul', { class: 'chips', 'aria-label': `Clusters of level ${index + 1}` });
    const buttons = used.slice(0, most).map((cluster) => {
      const target = { level: index, index: cluster };
      const dot = h('i');
      dot.style.background = members[cluster].color;
      const button = h('button', {
        type: 'button', 'aria-label': `Cluster ${cluster}, ${plural(members[cluster].nodes, 'node')}`,
        pointerenter: () => hover(target), pointerleave: () => hover(null), focus: () => hover(target), blur: () => hover(null),
        click: () => pin(target),
      }, dot, String(cluster), h('small', {}, String(members[cluster].nodes)));
      list.append(h('li', {}, button));
      return { cluster, button };
    });
    if (used.length > most) list.append(h('li', { class: 'more' }, `and ${used.length - most} more`));
    listeners.push((traced) => buttons.forEach(({ cluster, button }) =>
      button.classList.toggle('on', traced !== null && traced.clusters[index].has(cluster))));
    return list;
  }

  function levelSection(index) {
    const level = levels[index];
    const { diagnostics: d } = level;
    const what = index === 0 ? plural(level.nodes, 'node') : plural(level.nodes, 'cluster');
    const facts = `${plural(d.clusters_in_use, 'cluster')} in use · assignment entropy ${percent(d.relative_entropy)} of its maximum · ` +
      `${percent(d.edges_inside)} of the edge weight inside clusters · modularity ${(Math.round(100 * d.modularity) / 100 || 0).toFixed(2)}`;
    const colored = picture(`Nodes of the graph, by cluster of level ${index + 1}`);
    drawEdges(colored);
    drawNodes(colored, (node) => {
      const cluster = level.cluster_of_node[node];
      return { color: clusterColor(index, cluster), radius: drawing.radius, text: cluster === null ? '' : String(cluster) };
    });
    const pooled = picture(`Clusters of level ${index + 1}`);
    drawPooled(pooled, index);
    const heat = h('canvas', { class: 'picture heat', tabindex: 0, role: 'img',
      'aria-label': `Assignment matrix of level ${index + 1}: ${level.nodes} rows, ${level.clusters} columns` });
    drawHeat(heat, index);
    const hidden = level.members.filter((member) => member.drawn === null).length;
    const scale = h('span', { class: 'scale' });
    scale.style.background = 'linear-gradient(to right, rgba(var(--heat), 0), rgb(var(--heat)))';
    scale.style.border = '1px solid var(--line)';
    const rows = index === 0 ? 'nodes' : 'clusters below';
    return h('section', { 'data-section': index },
      h('div', { class: 'heading' }, h('h2', {}, `Level ${index + 1}: ${what} into ${plural(level.clusters, 'cluster')}`),
        h('p', { class: 'facts' }, facts)),
      chips(index),
      h('div', { class: gridClass },
        panel('The graph, by cluster', colored, [index === 0 ? 'The cluster that each node belongs to most.' :
          'The cluster that each node belongs to most, by way of the levels before.']),
        panel("The pooled graph: A' = SᵀAS", pooled, [
          `Area: mass. Width: weight in A'.${hidden ? ` ${hidden} all but empty clusters are not drawn.` : ''}`]),
        panel('The assignment matrix S', heat, [`Rows: ${rows}. Columns: clusters. Share 0`, scale, '1'])));
  }

  function build() {
    const main = document.getElementById('main');
    document.getElementById('title').textContent = document.title;
    document.getElementById('subtitle').textContent = `${plural(count, 'node')}, ${plural(graph.edges, graph.directed ? 'directed edge' : 'edge')} · ` +
      `model: ${data.model.preset}, ${levels.length ? plural(levels.length, 'pooling level') : 'no pooling'}, ${data.model.parameters.toLocaleString('en')} parameters`;
    const verdict = document.getElementById('verdict');
    verdict.append('Predicted: ', h('b', {}, data.prediction.text));
    const best = outputs.find((output) => output.predicted);
    if (best && best.probability !== null && data.model.task === 'multiclass') verdict.append(` (${percent(best.probability)})`);
    if (graph.class !== null && data.model.task === 'multiclass') {
      const right = best && best.name === graph.class;
      verdict.append(' · given: ', h('b', {}, graph.class), right ? ' ✓' : h('span', { class: 'wrong' }, ' ✗ differs'));
    }
    const nodesByImportance = importancePanel();
    const top = topPanel();
    const table = outputsPanel((at) => {
      explained = at;
      table.mark();
      nodesByImportance.redraw();
      top.redraw();
      refresh();
    });
    main.append(h('section', { 'data-section': 'prediction' },
      h('div', { class: 'heading' }, h('h2', {}, 'Prediction')),
      h('div', { class: gridClass }, nodesByImportance.box, table.box, top.box)));
    levels.forEach((level, index) => main.append(levelSection(index)));
    document.getElementById('footer').textContent = levels.length ?
      'Importance is the gradient of a logit with respect to the features of a node, times these features, through all levels. A node counts to the cluster it belongs to most.' :
      'The model has no pooling levels. Importance is the gradient of a logit with respect to the features of a node, times these features.';
    refresh();
  }

  build();
})();
