import { expect, test } from 'vitest';
import { qdDetrFamily as family, qdDetrPlusPreset, qdDetrPreset } from '../../../offline/models/qd-detr/qd-detr.ts';
import { describeDetrSystem, expectCounts, tinyOf } from './detr-system.ts';

test('there are as many parameters as the formulas and the paper say', () => {
  expectCounts(family, 'qd-detr', 6_916_385, 6_949_281);
  expectCounts(family, 'qd-detr-plus', 5_336_863, 5_369_759);
});

test('another memory is refused by its name', () => {
  expect(() => family.layout({ ...qdDetrPreset, memory: 'clip' as 'all' })).toThrow(
    'config: expected one of all, music for "memory", got "clip".',
  );
});

describeDetrSystem('QD-DETR', family, tinyOf(qdDetrPreset));
describeDetrSystem('QD-DETR+', family, tinyOf(qdDetrPlusPreset));
describeDetrSystem(
  'QD-DETR+ whose decoder reads the music only',
  family,
  tinyOf(qdDetrPlusPreset, { memory: 'music' }),
);
