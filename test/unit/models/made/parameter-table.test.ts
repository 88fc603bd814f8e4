import { expect, it } from 'vitest';
import { paper, reference } from '../../../../offline/models/made/config.ts';
import { parameterTable } from '../../../../offline/models/made/parameter-table.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';
import { fullMade } from '../../../fixtures/made-configs.ts';

it('prints the counts beside the published ones at full size', () => {
  // The reference has two layers more, of 65,792 each, that no gradient reaches: 8,165,124 and 10,534,917 with them.
  expect(8_033_540 + 2 * 65_792).toBe(8_165_124);
  expect(10_403_333 + 2 * 65_792).toBe(10_534_917);
  expect(parameterTable(reference)).toEqual([
    'module      parameters  published',
    'enhancement  2,039,296      2.1 M',
    'matching       330,497      0.3 M',
    'detection    8,033,540      8.1 M',
    'total       10,403,333     10.5 M',
    'The published detection counts two contrastive layers (131,584) more, whose loss is always 0 with one query.',
  ]);
});

it('says why a network without self-attention in the decoder is smaller than published', () => {
  const lines = parameterTable(paper);
  expect(lines[3]).toBe('detection    6,450,946      8.1 M'); // 1,582,080 and the foreground head of 514 fewer
  expect(lines[5]).toContain('self-attention');
});

it('says what the cue prior adds', () => {
  const lines = parameterTable(fullMade);
  expect(lines[1]).toBe('enhancement  2,171,392      2.1 M');
  expect(lines[6]).toBe('The cue prior reads 516 more values of a segment, 132,096 parameters.');
  expect(parameterTable(paper)).toHaveLength(6);
});

it('leaves the published counts out for another size or another set of parts', () => {
  for (const config of [{ ...reference, width: 64 }, PRESETS['ablation-1'], PRESETS['depth-3']]) {
    const lines = parameterTable(config);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('module      parameters');
  }
});
