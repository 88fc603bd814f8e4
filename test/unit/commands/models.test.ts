import { expect, test } from 'vitest';
import { modelsTable } from '../../../offline/commands/models.ts';
import { presets } from '../../../offline/models/registry.ts';

const lines = modelsTable();
const lineOf = (preset: string) => lines.find((line) => line.split(/\s{2,}/)[1] === preset)!.split(/\s{2,}/);

test('a line of the table of networks has both counts, the paper’s, what it answers and its modules', () => {
  expect(lineOf('reference')).toEqual([
    'MaDe',
    'reference',
    '10,403,333',
    '10,534,917',
    '10.5 M',
    'track and moment',
    'enhancement 2,039,296 · matching 330,497 · detection 8,033,540',
  ]);
  expect(lineOf('paper').slice(2, 4)).toEqual(['8,820,739', '10,534,917']); // without self-attention in the decoder
  expect(lineOf('moment-detr').slice(2, 6)).toEqual([expect.any(String), expect.any(String), '4.3 M', 'moment']);
});

test('every preset has a line, and the paper’s number is what its count is rounded to', () => {
  for (const name of Object.keys(presets())) expect(lineOf(name)).toHaveLength(7);
  for (const line of lines.slice(1, -1)) {
    const [, preset, , counted, paper] = line.split(/\s{2,}/);
    if (paper.endsWith(' M'))
      expect(Math.abs(Number(counted.replaceAll(',', '')) / 1e6 - Number.parseFloat(paper)), preset).toBeLessThan(
        0.151,
      );
  }
});
