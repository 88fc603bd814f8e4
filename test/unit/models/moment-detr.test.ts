import { expect, test } from 'vitest';
import { momentDetrFamily as family, momentDetrPreset } from '../../../offline/models/moment-detr/moment-detr.ts';
import { describeDetrSystem, expectCounts, tinyOf } from './detr-system.ts';

const CON = 32_896; // two projections for the alignment, which the paper's counts have room for

test('there are as many parameters as the formulas and the paper say', () => {
  expectCounts(family, 'moment-detr', 4_285_444, 4_285_444 + CON);
  const loss = { ...momentDetrPreset.loss, align: 0.2 };
  expect(family.layout({ ...momentDetrPreset, loss }).size).toBe(4_285_444 + CON);
});

test('queries that nothing ranks are refused', () => {
  const loss = { ...momentDetrPreset.loss, foreground: 0 };
  expect(() => family.layout({ ...momentDetrPreset, loss })).toThrow('loss.foreground');
});

describeDetrSystem('Moment-DETR', family, tinyOf(momentDetrPreset));
describeDetrSystem(
  'Moment-DETR that aligns',
  family,
  tinyOf(momentDetrPreset, { loss: { ...momentDetrPreset.loss, align: 0.02 } }),
);
