/** Rows of ten-second clips in tracks of 100 s; the model is at 40 s unless said, the editor at 20 s or 40 s. */
import { describe, expect, test } from 'vitest';
import { combine, DEFAULT_PARAMETERS } from '../../../index/moment/cue-rule.ts';
import { type FitRow, fitRule } from '../../../offline/cues/fit.ts';
import { fitRows } from '../../../offline/cues/fit-rows.ts';
import { useAt } from './one-use.ts';

const tenSec = (startMs: number) => ({ startMs, endMs: startMs + 10_000 });

function row(i: number, trueMs: number, count: number, others: number[] = []): FitRow {
  const cues = [20_000, ...others].map((startMs, at) => ({ startMs, count: at ? 1 : count, widthMs: 10_000 }));
  const lengths = { strideSec: 2.5, clipMs: 10_000, trackMs: 100_000 };
  return { clipId: `clip ${i}`, cues, truth: tenSec(trueMs), predicted: tenSec(40_000), ...lengths };
}
const many = (count: number, make: (i: number) => FitRow) => Array.from({ length: count }, (_, i) => make(i));

/** Cues that three editors left are right, those of a single one wrong: the defaults take both. */
const byCount = many(200, (i) => (i % 2 ? row(i, 20_000, 3) : row(i, 40_000, 1)));

describe('the rule', () => {
  test('learns how many uses it takes to believe a cue', () => {
    const { parameters, fit } = fitRule(byCount);
    expect(fit).toEqual({
      rows: 200,
      kept: 'fitted',
      mIoU: { model: 0.5, cues: 0.5, defaults: 0.5, fitted: 1 },
    });
    // The distance is the same in all, so no weight is needed: halfway between ln 1 and ln 3.
    expect(parameters).toEqual({ curveWeight: 0, distanceWeight: 0, threshold: Math.log(3) / 2 });
    const sources = byCount.slice(0, 2).map((row) => combine({ ...row, parameters }).source);
    expect(sources).toEqual(['model', 'cue']);
  });

  test("learns to listen to X-Pool's attention", () => {
    const curve = (atSec: number) => Array.from({ length: 40 }, (_, s) => (Math.abs(2.5 * s - atSec - 5) < 5 ? 4 : 1));
    const rows = many(200, (i) =>
      i % 2 ? { ...row(i, 20_000, 1), curve: curve(20) } : { ...row(i, 40_000, 1), curve: curve(40) },
    );
    const { parameters, fit } = fitRule(rows);
    expect(fit.mIoU.fitted).toBe(1);
    expect(parameters.curveWeight).toBeGreaterThan(0);
    expect(fitRule(rows.map((row) => ({ ...row, curve: undefined }))).fit.mIoU.fitted).toBeLessThan(0.6);
  });

  test('learns to believe a cue near the model, where cues far away are wrong', () => {
    const near = (i: number) => ({ ...row(i, 20_000, 1), predicted: tenSec(26_000) });
    const { parameters, fit } = fitRule(many(200, (i) => (i % 2 ? near(i) : row(i, 40_000, 1))));
    expect(fit.mIoU.fitted).toBe(1);
    expect(parameters.distanceWeight).toBeGreaterThan(0);
  });

  test('stays with the defaults without rows, and says so', () => {
    const { parameters, fit } = fitRule([]);
    expect(parameters).toEqual(DEFAULT_PARAMETERS);
    expect(fit).toMatchObject({ rows: 0, kept: 'defaults' });
  });

  test('stays with the defaults on few rows, however well others would do there', () => {
    const { parameters, fit } = fitRule(byCount.slice(0, 49));
    expect(parameters).toEqual(DEFAULT_PARAMETERS);
    expect(fit.kept).toBe('defaults');
    expect(fitRule(byCount.slice(0, 50)).fit.kept).toBe('fitted');
  });

  test('stays with the defaults where nothing does better on rows that were held back', () => {
    const rows = many(100, (i) => row(i, 20_000, 1));
    expect(fitRule(rows)).toMatchObject({
      parameters: DEFAULT_PARAMETERS,
      fit: { kept: 'defaults', mIoU: { model: 0, cues: 1, defaults: 1 } },
    });
  });

  test('never judges a clip by parameters that its other rows helped to find', () => {
    const rows = byCount.map((row) => ({ ...row, clipId: 'the only one' })); // nothing to learn from outside it
    expect(fitRule(rows).fit).toMatchObject({ kept: 'defaults', mIoU: { defaults: 0.5, fitted: 0.5 } });
  });

  test('is the same for the same rows', () => {
    expect(fitRule(structuredClone(byCount))).toEqual(fitRule(byCount));
  });
});

describe('rows to fit to', () => {
  const tracks = [{ id: 'song', file: 'Song.mp3', durationMs: 100_000 }];
  const asked = { ...useAt(20_000, { clipId: 'a' }), predicted: tenSec(40_000) };

  test("have the cues of other clips, and not the clip's own", () => {
    const log = [useAt(20_000, { clipId: 'a' }), useAt(60_000, { clipId: 'b' })];
    const [{ cues, truth, trackMs }] = fitRows([asked], log, tracks, 2.5);
    expect(cues.map(({ startMs }) => startMs)).toEqual([60_000]);
    expect(truth).toEqual(tenSec(20_000));
    expect(trackMs).toBe(100_000);
  });

  test('are none for a track that the catalogue has not', () => {
    expect(fitRows([{ ...asked, trackId: 'other' }], [], tracks, 2.5)).toEqual([]);
  });
});
