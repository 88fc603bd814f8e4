import { afterAll, beforeAll, expect, test } from 'vitest';
import { groundInTrack } from '../../../functions/ground.ts';
import type { OpenIndex } from '../../../functions/grounding/open-index.ts';
import { DEFAULT_OPTIONS } from '../../../functions/grounding/options.ts';
import { exactAnswers } from '../../../offline/evaluate/answers.ts';
import { buildSplitIndex, clipOf } from '../../../offline/evaluate/served/split-index.ts';
import { openIndexInNode } from '../../../offline/local-worker/node-index.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { checkpoint } from '../indexing/sample.ts';
import { tinyDataset } from '../train/tiny.ts';

const data = tinyDataset();
const rows = data.splits.train; // 16 clips, two of each of 8 tracks
let folder: TestFolder;
let index: OpenIndex;

beforeAll(async () => {
  folder = await testFolder();
  await buildSplitIndex(folder.path, { checkpoint, data, rows, precision: 'fp32', threads: 1 });
  index = await openIndexInNode(folder.path, 1);
});
afterAll(() => folder?.remove());

test('an index of a split has each of its tracks once', async () => {
  const { count, of } = index.catalogue;
  const tracks = await of(Array.from({ length: count }, (_, label) => label));
  expect(tracks.map(({ id }) => id).sort()).toEqual([...data.tracks.keys()].sort());
});

test('a clip of the split is answered from it as by the exact model, but for bytes and milliseconds', async () => {
  const exact = await exactAnswers(checkpoint, data, rows, 1);
  const options = { ...DEFAULT_OPTIONS, k: 1 };
  for (const [i, row] of rows.entries()) {
    const clip = clipOf(row, data, checkpoint.config.maxFrames);
    const [label] = await index.catalogue.labelsOf([row.musicId]);
    const [{ relevance, predicted }] = (await groundInTrack(index, { clip, options, now: () => 0 }, label!)).moments;
    expect(relevance, row.videoId).toBeCloseTo(exact.rows[i].relevance!, 1);
    expect(predicted.startMs / 1000, row.videoId).toBeCloseTo(exact.rows[i].found.startSec, 0);
  }
});

test('a clip has the frames that the model looks at', () => {
  const [row] = rows; // of 7 frames
  const whole = clipOf(row, data, 8);
  expect([whole.tokens.length, whole.durationMs]).toEqual([7 * 4, 6500]);
  expect(clipOf(row, data, 5).tokens).toEqual(whole.tokens.slice(0, 5 * 4));
});
