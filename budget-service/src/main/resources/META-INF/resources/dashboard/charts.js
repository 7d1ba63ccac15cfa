// Charts by uPlot, with a table of the same numbers beside each: a canvas says nothing to a screen reader.

import uPlot from './lib/uplot/uPlot.esm.js';
import { table } from './components.js';
import { h } from './dom.js';
import { onChange } from './theme.js';

const HEIGHT = 240;

/** Colours as the style sheet has them now: a canvas knows no variables. */
function colours() {
  const probe = h('span', { hidden: true });
  document.body.append(probe);
  const of = (name) => {
    probe.style.setProperty('color', `var(--${name})`);
    return getComputedStyle(probe).color;
  };
  const found = Object.fromEntries(
    ['ink', 'muted', 'line', 'accent', 'reserved', 'danger', 'surface'].map((name) => [name, of(name)]),
  );
  probe.remove();
  return found;
}

/**
 * A chart that fits its place, follows it, and is drawn anew when colours change.
 *
 * @param describe one sentence on what it shows
 * @param options colours => options of uPlot without size; `series` and `axes` included
 * @param data columns, x first
 * @param numbers `{ caption, columns, rows }` of the table beside it
 */
export function chart(describe, options, data, numbers, signal) {
  const place = h('div', { class: 'chart', role: 'img', 'aria-label': describe });
  let plot = null;
  const width = () => Math.max(200, Math.floor(place.clientWidth));
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(
      {
        width: width(),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [12, 8, 0, 0],
        ...options(colours()),
      },
      data,
      place,
    );
  };
  const observer = new ResizeObserver(() => {
    if (place.clientWidth === 0) {
      return;
    }
    if (plot === null) {
      draw();
    } else if (plot.width !== width()) {
      plot.setSize({ width: width(), height: HEIGHT });
    }
  });
  observer.observe(place);
  onChange(() => plot && draw(), signal);
  signal?.addEventListener('abort', () => {
    observer.disconnect();
    plot?.destroy();
    plot = null;
  });
  return h(
    'div',
    { class: 'region' },
    place,
    h('details', {}, h('summary', {}, 'The numbers as a table'), table(numbers.caption, numbers.columns, numbers.rows)),
  );
}

export function axis(colour, { label, values, size = 52 } = {}) {
  return {
    stroke: colour.muted,
    grid: { stroke: colour.line, width: 1 },
    ticks: { stroke: colour.line, width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
    label,
    labelSize: 20,
    labelGap: 0,
    size,
    values,
  };
}

/** Whole numbers on an axis of rounds. */
export function wholeNumbers(self, ticks) {
  return ticks.map((tick) => (Number.isInteger(tick) ? tick : ''));
}

export function bars() {
  return uPlot.paths.bars({ size: [0.6, 48] });
}
