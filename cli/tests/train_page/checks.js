// What is wrong with a page to the eye. Every function gives a list of complaints.

// Texts that are seen, each with where it is: as far as what scrolls around it shows it.
function texts() {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    // The numbers in discs of graphs belong to the discs.
    if (!node.data.trim() || element.matches('.mark') || !element.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const outside = element.closest('.wide')?.getBoundingClientRect();
    for (const box of range.getClientRects()) {
      const left = Math.max(box.left, outside?.left ?? -Infinity);
      const right = Math.min(box.right, outside?.right ?? Infinity);
      if (right - left > 1 && box.height > 1) {
        found.push({ node, element, left, right, top: box.top, bottom: box.bottom });
      }
    }
  }
  return found;
}

function tooWide() {
  const beyond = document.documentElement.scrollWidth - innerWidth;
  return beyond > 0 ? [`${beyond} beyond the window`] : [];
}

function overlaps() {
  const all = texts();
  const complaints = [];
  all.forEach((a, at) => {
    for (const b of all.slice(at + 1)) {
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // Lines of text touch: letters have room above and below.
      if (a.node !== b.node && width > 1 && height > 4) complaints.push(`${a.node.data} and ${b.node.data}`);
    }
  });
  return complaints;
}

// Texts that are not wholly in the picture that they are part of, or in their panel.
function cutOff() {
  return texts().filter((text) => {
    const frame = (text.element.closest('svg') ?? text.element.closest('.panel') ?? document.body)
      .getBoundingClientRect();
    return text.left < frame.left - 1 || text.right > frame.right + 1
      || text.top < frame.top - 1 || text.bottom > frame.bottom + 1;
  }).map((text) => text.node.data);
}

// Numbers from 0 to 1, and how opaque.
function color(text) {
  const numbers = text.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
  const [r, g, b] = text.startsWith('color(') ? numbers : numbers.map((number) => number / 255);
  return { rgb: [r, g, b], alpha: numbers.length > 3 ? numbers[3] : 1 };
}

function over({ rgb, alpha }, below) {
  return rgb.map((channel, at) => alpha * channel + (1 - alpha) * below[at]);
}

function ground(element) {
  const layers = [];
  for (let own = element; own; own = own.parentElement) {
    const layer = color(getComputedStyle(own).backgroundColor);
    if (layer.alpha > 0) layers.push(layer);
    if (layer.alpha === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [1, 1, 1]);
}

function luminance(rgb) {
  const linear = rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

// Texts of less contrast than WCAG 2.2 asks for at level AA, and lines of less than it asks for of graphics.
function faint() {
  const complaints = [];
  for (const { node, element } of texts()) {
    const style = getComputedStyle(element);
    const below = ground(element);
    const ink = over(color(element.closest('svg') ? style.fill : style.color), below);
    const found = contrast(ink, below);
    if (found < 4.5) complaints.push(`${node.data}: ${found.toFixed(2)}`);
  }
  for (const shape of document.querySelectorAll('.line, .best, .axis, .bar')) {
    const below = ground(shape.parentElement);
    const found = contrast(over(color(getComputedStyle(shape).stroke), below), below);
    if (found < 3) complaints.push(`${shape.getAttribute('class')}: ${found.toFixed(2)}`);
  }
  return complaints;
}

// Numbers in tables that do not stand at the right; the values of keys are texts.
function leftAligned() {
  const cells = [...document.querySelectorAll('section:not(#configuration) td')];
  const number = /^-?[\d.]+(e-?\d+)?( %)?$/;
  return cells.filter((cell) => number.test(cell.textContent.trim()) && getComputedStyle(cell).textAlign !== 'right')
    .map((cell) => cell.textContent);
}
