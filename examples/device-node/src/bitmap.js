// Bitmaps over roster indices: docs/PROTOCOL.md, section 8. In memory a sorted list of indices.
import { unless } from './refusal.js';

export function readBitmap(field, bytes, size) {
  const length = Math.ceil(size / 8);
  unless(bytes.length === length, 'MALFORMED_BITMAP', `${field} must have ${length} bytes, not ${bytes.length}`);
  const indices = [];
  for (let i = 0; i < 8 * length; i++) {
    if ((bytes[i >> 3] >> (i & 7)) & 1) {
      unless(i < size, 'MALFORMED_BITMAP', `${field} has bit ${i}; there are ${size} devices`);
      indices.push(i);
    }
  }
  return indices;
}

export const contains = (indices, index) => indices.includes(index);
