import { expect, test } from 'vitest';
import { trainingOf } from '../../../offline/models/family.ts';
import { trDetrPlusPreset, trDetrPreset } from '../../../offline/models/tr-detr/config.ts';
import { trDetrFamily as family } from '../../../offline/models/tr-detr/family.ts';
import { describeDetrSystem, expectCounts, tinyOf } from './detr-system.ts';

const DEAD = 394_752 + 13_312; // the recurrent network and the table of text positions, both in the release
const CON = 32_896; // two projections for the alignment, which the paper's counts have room for

test('there are as many parameters as the formulas and the paper say', () => {
  expectCounts(family, 'tr-detr', 7_784_481 - DEAD, 7_784_481 + CON);
  expectCounts(family, 'tr-detr-plus', 6_204_959 - DEAD, 6_204_959 + CON);
});

test('only the contrast of clips and tracks is trained over a whole batch', () => {
  const over = (loss: Partial<typeof trDetrPreset.loss>) =>
    trainingOf(family, { ...trDetrPreset, loss: { ...trDetrPreset.loss, ...loss } }).over;
  expect([over({}), over({ clipTrack: 1, focal: true }), over({ videoTrack: 1 })]).toEqual(['pairs', 'pairs', 'batch']);
});

describeDetrSystem('TR-DETR', family, tinyOf(trDetrPreset));
describeDetrSystem('TR-DETR+', family, tinyOf(trDetrPlusPreset));
describeDetrSystem('TR-DETR+ that fuses frames too', family, tinyOf(trDetrPlusPreset, { fused: 'both' }));
