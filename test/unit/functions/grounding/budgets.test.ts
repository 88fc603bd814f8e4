import { expect, test } from 'vitest';
import { budgetsBeside, heldWhole } from '../../../../functions/grounding/budgets.ts';
import type { Manifest } from '../../../../index/format/manifest.ts';

const file = (bytes: number) => ({ path: '', bytes, sha256: '' });
const files = { vectors: file(4_000_000), catalogue: file(2_000_000), cues: file(700_000) } as Manifest['files'];

test('what is held whole is the vectors, the cues and the catalogue as objects', () => {
  expect(heldWhole(files)).toBeCloseTo(4_000_000 + 3_000_000 + 700_000, 3);
});

test('tokens get what is left of 96 MB beside onnxruntime, what is held whole and 4 MiB of analyses', () => {
  const { tokens, analysis } = budgetsBeside(35_000_000, { files }, false);
  expect(analysis).toBe(4_194_304);
  expect(tokens).toBeCloseTo(96_000_000 - 35_000_000 - 7_700_000 - 4_194_304, 3);
});

test('decoding pictures takes 20 MB of it', () => {
  const [without, beside] = [false, true].map((takes) => budgetsBeside(35_000_000, { files }, takes).tokens);
  expect(without - beside).toBeCloseTo(20_000_000, 3);
});

test('tokens get 12 MiB however little is left', () => {
  expect(budgetsBeside(80_000_000, { files }, true).tokens).toBe(12_582_912);
});
