import { readFileSync } from 'node:fs';

/** One of the files in proto/vectors. */
export const vectors = (name) =>
  JSON.parse(readFileSync(new URL(`../../../../proto/vectors/${name}.json`, import.meta.url), 'utf8'));
