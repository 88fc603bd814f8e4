import { describe, expect, test } from 'vitest';
import { createProgress } from '../../../offline/lib/progress.ts';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 120, write: (text: string) => written.push(text) } };
}

describe('progress', () => {
  test('writes at most one JSON line a second into a pipe, besides the first and the last', () => {
    const { written, stream } = recorder(false);
    let clock = 0;
    const progress = createProgress({ label: 'encode', total: 50, stream, now: () => clock });
    for (let i = 0; i < 50; i++) {
      clock += 100;
      progress.tick();
    }
    progress.done('all of it');
    const lines = written.map((line) => JSON.parse(line));
    expect(lines.map((line) => line.done)).toEqual([0, 10, 20, 30, 40, 50, 50]);
    expect(lines[2]).toMatchObject({ step: 'encode', total: 50, elapsedSec: 2, etaSec: 3, finished: false });
    expect(lines.at(-1)).toMatchObject({ finished: true, note: 'all of it' });
  });

  test('redraws a terminal line at most ten times a second and ends it with a new line', () => {
    const { written, stream } = recorder(true);
    let clock = 0;
    const progress = createProgress({ label: 'train', total: 1000, stream, now: () => clock });
    for (let i = 0; i < 1000; i++) {
      clock += 1;
      progress.tick(1, `loss ${i}`);
    }
    expect(written.length).toBe(11); // the start, then one each 100 ms
    expect(written[5]).toContain('500/1000 0:01 left');
    progress.done();
    expect(written.at(-1)?.endsWith('\n')).toBe(true);
    expect(written.slice(0, -1).some((text) => text.includes('\n'))).toBe(false);
  });

  test('says nothing after it is done', () => {
    const { written, stream } = recorder(false);
    const progress = createProgress({ label: 'build', total: 2, stream, now: () => 0 });
    progress.done();
    const before = written.length;
    progress.tick();
    progress.done();
    expect(written.length).toBe(before);
  });

  test('judges the time left by what this run has done, not an earlier one', () => {
    const { written, stream } = recorder(false);
    let clock = 0;
    const progress = createProgress({ label: 'train', total: 100, from: 90, stream, now: () => clock });
    clock = 10_000;
    progress.tick(5);
    expect(JSON.parse(written[0])).toMatchObject({ done: 90, etaSec: null });
    expect(JSON.parse(written[1])).toMatchObject({ done: 95, etaSec: 10 });
  });

  test('keeps a training line with its validation whole on a terminal of 80 columns', () => {
    const written: string[] = [];
    let clock = 0;
    const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
    const progress = createProgress({ label: 'train MaDe', total: 240, stream, now: () => clock });
    clock = 60_000;
    progress.tick(80, 'loss 15.72 · mIoU 0.42 R@1 0.75 R@5 1.00');
    expect(written[1].endsWith('80/240 2:00 left · loss 15.72 · mIoU 0.42 R@1 0.75 R@5 1.00')).toBe(true);
    expect(written[1].replace('\r\u001b[2K', '').length).toBeLessThan(80);
  });

  test('parts that were done before do not hide how long the rest takes', () => {
    const { written, stream } = recorder(false);
    let clock = 0;
    const progress = createProgress({ label: 'render', total: 100, stream, now: () => clock });
    progress.skip(80);
    clock = 2000;
    progress.tick(10);
    expect(JSON.parse(written[1])).toMatchObject({ done: 90, etaSec: 2 });
  });
});
