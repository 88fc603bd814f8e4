import { describe, expect, test } from 'vitest';
import type { ReportedEpoch } from '../../../offline/report/columns.ts';
import { type RunRecord, trainingReport } from '../../../offline/report/training-report.ts';
import { tagsOf } from './markup.ts';

const metrics = (mIoU: number, r1: number) => ({ clips: 40, mIoU, r1, r5: 0.5, r10: 0.75, moR1: 0.125 });

/** Six epochs, every second one validated. */
const history: ReportedEpoch[] = [9, 7, 5, 4, 3.5, 3.25].map((total, i) => ({
  epoch: i + 1,
  loss: { total, matching: total - 1, detection: 1 },
  ...(i % 2 === 1 ? { validation: metrics([0.2, 0.4, 0.3][(i - 1) / 2], [0.1, 0.2, 0.3][(i - 1) / 2]) } : {}),
}));

const run: RunRecord = {
  title: 'small, seed 1',
  config: { preset: 'small', width: 64 },
  facts: [['seed', '1']],
  history,
};

const titles = (report: string) => [...report.matchAll(/<title id="[^"]*">([^<]*)</g)].map(([, title]) => title);

describe('the report of a training run', () => {
  test('is a well-formed page that is the same each time', () => {
    const report = trainingReport(run);
    expect(tagsOf(report).filter((tag) => tag === 'figure')).toHaveLength(3);
    expect(trainingReport(structuredClone(run))).toBe(report);
  });

  test('draws what was measured and nothing else', () => {
    expect(titles(trainingReport(run))).toEqual(['Loss', 'Moment', 'Track']);
    const richer = history.map((epoch) => ({
      ...epoch,
      loss: { ...epoch.loss, l1: 0.5, giou: 0.25 },
      norms: { matching: 1.5 },
      learningRate: 1e-4,
      tokensPerSec: 84000,
    }));
    const report = trainingReport({ ...run, history: richer });
    expect(titles(report)).toEqual([
      'Loss',
      'Moment',
      'Track',
      'Other parts of the loss',
      'Gradient norms',
      'Learning rate',
      'Speed',
    ]);
    expect(report).toContain('epoch 3 · l1 0.5 · giou 0.25');
    expect(report).toContain('epoch 3 · learning rate 1e−4');
    expect(report).toContain('epoch 3 · tokens/s 84,000');
    expect(new Set(report.match(/ id="[^"]*"/g)).size).toBe(14);
  });

  test('names the best epoch of each metric and the last loss at its head', () => {
    const report = trainingReport(run);
    expect(report).toContain('<dt>best mIoU</dt><dd>0.4</dd><dd>epoch 4</dd>');
    expect(report).toContain('<dt>best R@1</dt><dd>0.3</dd><dd>epoch 6</dd>');
    expect(report).toContain('<dt>loss</dt><dd>3.25</dd><dd>epoch 6</dd>');
  });

  test('joins validations that were some epochs apart by one line', () => {
    const report = trainingReport(run);
    expect(report).toContain('mIoU: 0.2 at epoch 2, 0.3 at epoch 6, highest 0.4 at epoch 4.');
    const [, moment] =
      /<g class="c0 d0"><path class="line" d="[^"]*"[\s\S]*?<g class="c0 d0"><path class="line" d="([^"]*)"/.exec(
        report,
      ) ?? [];
    expect(moment.match(/[ML]/g)).toEqual(['M', 'L', 'L']);
  });

  test('takes null, as JSON writes NaN, for a missing value', () => {
    const broken: ReportedEpoch[] = JSON.parse(
      JSON.stringify(history.map((e) => ({ ...e, loss: { ...e.loss, total: e.epoch === 3 ? Number.NaN : 1 } }))),
    );
    const report = trainingReport({ ...run, history: broken });
    expect(report).toContain('total: 1 at epoch 1, 1 at epoch 6, highest 1 at epoch 1, 1 missing.');
    expect(report).toContain('<tr><th scope="row">3</th><td>not a number</td><td>4</td>');
  });

  test('lists every epoch, with empty cells where nothing was validated', () => {
    const report = trainingReport(run);
    expect(report).toContain(
      '<th scope="colgroup" colspan="3">loss</th><th scope="colgroup" colspan="6">validation</th>',
    );
    expect(report).toContain(`<tr><th scope="row">1</th><td>9</td><td>8</td><td>1</td>${'<td></td>'.repeat(6)}</tr>`);
    expect(report).toContain('<td>40</td><td>0.4</td><td>0.2</td><td>0.5</td><td>0.75</td><td>0.125</td></tr>');
  });

  test('marks what differs from the preset', () => {
    expect(trainingReport(run, { preset: 'small', width: 128 })).toContain('<td>64</td><td>128</td>');
  });

  test('says so when no epoch has been finished', () => {
    const report = trainingReport({ ...run, facts: [], history: [] });
    expect(tagsOf(report)).not.toContain('svg');
    expect(report).toContain('No epoch has been finished.');
  });

  test('shows markup in names and values as text', () => {
    const hostile = `"'><script>alert(1)</script>`;
    const named = history.map((epoch) => ({
      ...epoch,
      loss: { ...epoch.loss, [hostile]: 1 },
      norms: { [hostile]: 2, b: 1 },
    }));
    const report = trainingReport(
      { title: hostile, config: { [hostile]: { a: hostile } }, facts: [[hostile, hostile]], history: named },
      { other: hostile },
    );
    expect(tagsOf(report)).not.toContain('script');
    expect(report).not.toContain('<script');
    expect(report.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(8);
  });
});
