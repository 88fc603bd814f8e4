import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answers, exactAnswers, withBeats } from '../../../offline/evaluate/answers.ts';
import { compareEvaluations } from '../../../offline/evaluate/compare.ts';
import { evaluate } from '../../../offline/evaluate/evaluate.ts';
import {
  type Evaluation,
  evaluationCsv,
  FORMAT,
  measured,
  pairedDifference,
  readEvaluation,
  writeEvaluation,
} from '../../../offline/evaluate/evaluation.ts';
import { evaluationTable } from '../../../offline/evaluate/table.ts';
import { familyOf } from '../../../offline/models/registry.ts';
import { evaluationReport } from '../../../offline/report/evaluation-report.ts';
import { checkpoint } from '../indexing/sample.ts';
import { tinyDataset } from '../train/tiny.ts';

const data = tinyDataset();
const rows = data.splits.train; // 16 clips, two of each of 8 tracks
const resampling = { seed: '1', draws: 50 };
const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
let exact: Answers;
let evaluation: Evaluation;

beforeAll(async () => {
  exact = await exactAnswers(checkpoint, data, rows, 1);
  const served = withFirstChanged(exact);
  evaluation = {
    format: FORMAT,
    checkpoint: { file: 'run/<best>.safetensors', preset: 'tiny', step: 0, seed: '1' },
    data: 'data',
    split: 'train',
    tracks: exact.tracks,
    resampling,
    exact: measured('exact', exact, resampling),
    served: {
      ...measured('another path', served, resampling),
      difference: pairedDifference(
        rows.map(({ videoId }) => videoId),
        exact.rows,
        served.rows,
        resampling,
      ),
    },
  };
});

/** The same answers, but that the first clip's track has no rank, and its moment is the true one. */
function withFirstChanged({ rows, tracks }: Answers): Answers {
  const [first, ...others] = structuredClone(rows);
  return {
    tracks,
    rows: [{ ...first, rank: Number.POSITIVE_INFINITY, relevance: undefined, found: first.truth, iou: 1 }, ...others],
  };
}

describe('the answers of the exact model', () => {
  test('have the ranks, moments and overlaps of the validation’s protocol', async () => {
    const { config, layout, theta, encoders } = checkpoint;
    const model = await familyOf(config).open(config, layout, theta, { threads: 1, fixed: true });
    const { predictions, tracks } = await evaluate(model, config, encoders, data, rows);
    await model.close();
    expect(exact.tracks).toBe(tracks);
    expect(exact.rows.map(({ rank, iou, found, videoId }) => ({ rank, iou, found, videoId }))).toEqual(predictions);
  });

  test('say which track ranks first: the right one exactly where its rank is 1', () => {
    for (const { rank, first, musicId, relevance } of exact.rows) {
      expect(first?.musicId === musicId).toBe(rank === 1);
      expect(first?.relevance).toBeGreaterThanOrEqual(relevance!);
    }
  });
});

describe('an evaluation', () => {
  test('is read as it was written, a rank beyond the search too', async () => {
    const path = join(folder, 'a.json');
    writeFileSync(path, writeEvaluation(evaluation));
    const { exact, served } = await readEvaluation(path);
    expect(exact).toEqual(evaluation.exact);
    expect(served!.rows[0].rank).toBe(Number.POSITIVE_INFINITY);
    expect(served!.rows).toEqual(evaluation.served!.rows);
  });

  test('is refused by name where the file holds something else', async () => {
    const path = join(folder, 'other.json');
    for (const text of ['{}', 'no json', `{"format": "${FORMAT}"}`]) {
      writeFileSync(path, text);
      await expect(readEvaluation(path)).rejects.toThrow(`${path}: expected ${FORMAT}, got something else.`);
    }
  });

  test('is a table with the difference of the paths and the paper’s rows', () => {
    const lines = evaluationTable(evaluation);
    expect(lines[0]).toBe('16 clips of train against 8 tracks');
    const named = (name: string) => lines.find((line) => line.startsWith(name));
    expect(named('exact')).toContain(evaluation.exact.scores.mIoU.toFixed(3));
    expect(named('served - exact')).toContain(`+${((1 - exact.rows[0].iou) / 16).toFixed(3)}`);
    expect(lines).toContain('served: another path');
    expect(
      named('MaDe (paper)')
        ?.split(/\s{2,}/)
        .slice(1),
    ).toEqual(['0.722', '–', '–', '8.8', '16.3', '19.8', '–', '8.3', '17.6', '30.7']);
  });

  test('tells of starts beside the paper’s metrics, and of beats where they are known', async () => {
    const starts = (lines: readonly string[]) => lines.slice(lines.findIndex((line) => line.startsWith('  starts')));
    const cells = (line: string) => line.trim().split(/\s{2,}/);
    const [heading, exactLine] = starts(evaluationTable(evaluation));
    expect(heading.split(/\s+/).join(' ').trim()).toBe('starts start error ≤ 0.5 s ≤ a beat on a downbeat');
    expect(cells(exactLine)).toEqual(['exact', expect.stringMatching(/^\d+\.\d\d$/), expect.any(String), '–', '–']);
    const beatsMs = Uint32Array.from({ length: 60 }, (_, i) => 400 * i);
    const grid = { beatsMs, downbeats: Uint32Array.from({ length: 60 }, (_, i) => i) }; // all beats are downbeats
    const inTime = withBeats(exact.rows, new Map([[rows[0].musicId, grid]]));
    const known = measured('exact', { rows: inTime }, resampling);
    const [a, b] = inTime.filter(({ musicId }) => musicId === rows[0].musicId);
    expect([a.beatSec, b.beatSec]).toEqual([0.4, 0.4]);
    const off = [a, b].map(({ found, truth }) => Math.abs(found.startSec - truth.startSec));
    expect(known.starts!.scores['≤ a beat']).toBe(off.filter((sec) => sec <= 0.401).length / 2);
    expect(evaluationReport({ ...evaluation, exact: known })).toContain('<h2>Starts</h2>');
    const path = join(folder, 'starts.json');
    writeFileSync(path, writeEvaluation({ ...evaluation, exact: known }));
    expect((await readEvaluation(path)).exact).toEqual(known);
  });

  test('is a spreadsheet with a line for each clip of each path', () => {
    const lines = evaluationCsv(evaluation).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + 16 + 16);
    const [path, video, music, rank] = lines[1].split(',');
    expect([path, video, music, rank]).toEqual(['exact', rows[0].videoId, rows[0].musicId, String(exact.rows[0].rank)]);
    expect(lines.filter((line) => line.split(',').length !== 15)).toEqual([]);
  });

  test('is a page of one file: five charts, no script, nothing of the outside unescaped, equal bytes', () => {
    const html = evaluationReport(evaluation);
    expect(html.match(/<svg class="chart"/g)).toHaveLength(5);
    expect(html).not.toMatch(/<script|https?:|NaN|undefined/);
    expect(html).toContain('run/&lt;best&gt;.safetensors');
    expect(evaluationReport(structuredClone(evaluation))).toBe(html);
  });
});

describe('a comparison', () => {
  test('of an evaluation with itself finds no difference', () => {
    const { clips, exact, served } = compareEvaluations(evaluation, evaluation, resampling);
    expect(clips).toBe(16);
    for (const { scores, intervals } of [exact, served!]) {
      expect(Object.values(scores).every((value) => value === 0)).toBe(true);
      expect(
        Object.values(intervals)
          .flat()
          .every((value) => value === 0),
      ).toBe(true);
    }
  });

  test('refuses evaluations of other clips, naming the first', () => {
    const other = structuredClone(evaluation);
    other.exact.rows[3].videoId = 'another';
    expect(() => compareEvaluations(evaluation, other, resampling)).toThrow('"another" with');
    other.exact.rows.pop();
    expect(() => compareEvaluations(evaluation, other, resampling)).toThrow('got 16 clips against 8 tracks and 15');
  });
});
