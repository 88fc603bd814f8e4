/** `cuepoint evaluate --served`: the Worker's answers to a split, beside those of the same path over onnxruntime-node. */
import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groundInCatalogue, groundInTrack } from '../../functions/ground.ts';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import { DEFAULT_OPTIONS } from '../../functions/grounding/options.ts';
import { type Annotation, formatAnnotations } from '../../offline/data/annotations.ts';
import { type Dataset, readDataset } from '../../offline/data/dataset.ts';
import type { AnsweredRow } from '../../offline/evaluate/answers.ts';
import { servedAnswers } from '../../offline/evaluate/served/served.ts';
import { buildSplitIndex, clipOf, type SplitIndexOptions } from '../../offline/evaluate/served/split-index.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { openIndexInNode } from '../../offline/local-worker/node-index.ts';
import { type Checkpoint, noSteps, saveCheckpoint } from '../../offline/models/checkpoint.ts';
import type { BaseConfig } from '../../offline/models/family.ts';
import { familyOf } from '../../offline/models/registry.ts';
import { initialValues } from '../../offline/nn/parameters.ts';
import { simulatedEncoders } from '../../offline/worlds/simulated/tokens.ts';
import { createSimulation } from '../../offline/worlds/simulated/world.ts';
import { writeSimulation } from '../../offline/worlds/simulated/write.ts';
import { startCuepoint } from '../unit/commands/start-cuepoint.ts';
import { type TestFolder, testFolder } from '../unit/data/folder.ts';
import { tinyDense } from '../unit/models/dense-start/tiny.ts';
import { tinyConfig } from '../unit/train/tiny.ts';

const root = join(import.meta.dirname, '../..');
const scratch = join(root, '.wrangler/tmp/cuepoint.'); // and more: the folder of a run (lib/temp-dir.ts)
/** More than a hundred tracks, so that some have no rank. */
const SIZES = { tracks: 120, train: 1, val: 1, test: 110 };
const WIDTH = 8;
const silent = () => ({ tick: () => undefined, skip: () => undefined, done: () => undefined });

let folder: TestFolder;
let data: Dataset;
const checkpoint = drawnCheckpoint(tinyConfig);

beforeAll(async () => {
  folder = await testFolder();
  const world = createSimulation('served', SIZES);
  const widths = { frame: WIDTH, segment: WIDTH };
  const simulated = join(folder.path, 'data');
  await writeSimulation(simulated, { world, encoders: simulatedEncoders(world, widths), widths, start: silent });
  data = await readDataset(simulated);
  await saveCheckpoint(join(folder.path, 'drawn.safetensors'), checkpoint);
});
afterAll(() => folder?.remove());

/** Folders of runs, and processes that know of one. */
async function leftOvers(): Promise<string[]> {
  const names = await readdir(dirname(scratch)).catch(() => []);
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return [
    ...names.filter((name) => name.startsWith(basename(scratch))),
    ...stdout.split('\n').filter((command) => command.includes(scratch)),
  ];
}

const denseOptions = () => {
  const rows = data.splits.test.slice(0, 12);
  return { checkpoint: drawnCheckpoint(tinyDense), data, rows, precision: 'int8', threads: 1 } as const;
};
const dense = () => servedAnswers({ root, ...denseOptions(), progress: silent });
let firstDense: ReturnType<typeof dense> | undefined;
/** The first of them, for all tests that look at one. */
const denseOnce = () => {
  firstDense ??= dense();
  return firstDense;
};

// Each run starts wrangler, and the first asks some two hundred questions.
describe('the Worker', () => {
  it('gives a split the ranks of the same path in Node, its spans to 1e-3 of the scale, and no rank beyond a hundred', async () => {
    const options = { checkpoint, data, rows: data.splits.test, precision: 'int8', threads: 1 } as const;
    const { rows, tracks, path } = await servedAnswers({ root, ...options, progress: silent });
    expect(tracks).toBe(SIZES.test);
    expect(path).toBe(
      'int8 graphs, int8 tokens, hnsw, the 100 nearest of 110 ranked (ef 100), in workerd; a track that is not among the first 100 answered has no rank',
    );

    await isAsInNode(rows, options);
    const ranks = rows.map(({ rank }) => rank);
    for (const isOfPage of [
      (rank: number) => rank <= 50,
      (rank: number) => rank > 50 && rank <= 100,
      (rank: number) => rank > 100,
    ])
      expect(ranks.filter(isOfPage).length).toBeGreaterThan(0);
  });

  it('gives the same spans as Node where the graph gives starts, as a dense start head does', async () => {
    await isAsInNode((await denseOnce()).rows, denseOptions());
  });

  it('that is told of a log starts where the log did, as long as the clip, and ranks as before', async () => {
    const options = denseOptions();
    const uses = options.rows.map((row, i) => ({
      ...row,
      videoId: `other-${i}`,
      musicStartSec: 10 + i,
      musicEndSec: 20 + i,
    }));
    const log = join(folder.path, 'log.csv');
    await writeFile(log, formatAnnotations(uses));
    const { rows, path } = await servedAnswers({ root, ...options, log, progress: silent });
    expect(path).toContain(', the cues of a log, in workerd');
    const without = (await denseOnce()).rows;
    for (const [i, { videoSec, musicTotalSec }] of options.rows.entries()) {
      const startSec = Math.min(10 + i, musicTotalSec - videoSec);
      expect(rows[i].found.startSec, rows[i].videoId).toBeCloseTo(startSec, 2);
      expect(rows[i].found.endSec, rows[i].videoId).toBeCloseTo(startSec + videoSec, 2);
      expect(rows[i].rank).toBe(without[i].rank);
    }
  });

  it('is not asked about a clip that the log has the answer of', async () => {
    const options = denseOptions();
    const log = join(folder.path, 'own.csv');
    await writeFile(log, formatAnnotations(options.rows.slice(0, 2)));
    await expect(servedAnswers({ root, ...options, log, progress: silent })).rejects.toThrow(
      `${log}: expected uses of other clips than those that are asked, got 2 of them, the first of clip "${options.rows[0].videoId}". Take them out of the log.`,
    );
  });

  it('gives equal answers each time, and nothing of it is left behind', async () => {
    const once = JSON.stringify(await denseOnce());
    expect(JSON.stringify(await dense())).toBe(once);
    expect(await leftOvers()).toEqual([]);
  });

  it('that refuses a clip ends the evaluation with the clip and the reason, and nothing is left behind', async () => {
    const rows = data.splits.test.slice(0, 6).map((row, i) => (i === 3 ? { ...row, videoSec: 0.4 } : row));
    const options = { checkpoint, data, rows, precision: 'int8', threads: 1, progress: silent } as const;
    await expect(servedAnswers({ root, ...options })).rejects.toThrow(
      new RegExp(`^clip "${rows[3].videoId}": worker: duration-contradicts-frames: durationMs: expected \\d+ frames`),
    );
    expect(await leftOvers()).toEqual([]);
  });

  it('and its index are gone after Ctrl+C, and so is the command', async () => {
    const files = ['--checkpoint', join(folder.path, 'drawn.safetensors'), '--data', join(folder.path, 'data')];
    const { child, ended } = startCuepoint(['evaluate', ...files, '--served']);
    try {
      let told = '';
      child.stderr.on('data', (piece) => {
        told += piece;
      });
      await expect.poll(() => told).toMatch(/"ask the Worker","done":[1-9]/);
      expect((await leftOvers()).length).toBeGreaterThan(1);
      child.kill('SIGINT');
      await ended;
      expect(child.signalCode).toBe('SIGINT');
      expect(await leftOvers()).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/** Each of the rows has the ranks and the span that the same path gives it over onnxruntime-node. */
async function isAsInNode(rows: readonly AnsweredRow[], options: SplitIndexOptions): Promise<void> {
  const folderInNode = join(folder.path, `index-${options.checkpoint.config.model}`);
  await buildSplitIndex(folderInNode, options);
  const index = await openIndexInNode(folderInNode, 1);
  const tolerance = 1e-3 * options.checkpoint.config.maxDurationSec;
  for (const [i, row] of options.rows.entries()) {
    const inNode = await askInNode(index, row);
    const { videoId, musicId, rank, found, relevance, first } = rows[i];
    expect({ videoId, musicId, rank }).toEqual({ videoId: row.videoId, musicId: row.musicId, rank: inNode.rank });
    expect(Math.abs(found.startSec - inNode.startSec), videoId).toBeLessThan(tolerance);
    expect(Math.abs(found.endSec - inNode.endSec), videoId).toBeLessThan(tolerance);
    expect(first?.musicId, videoId).toBe(inNode.first);
    expect(relevance === undefined, videoId).toBe(rank === Number.POSITIVE_INFINITY);
  }
}

/** The same two pages and the same moment, over onnxruntime-node. */
async function askInNode(index: OpenIndex, row: Annotation) {
  const clip = clipOf(row, data, checkpoint.config.maxFrames);
  const options = { ...DEFAULT_OPTIONS, k: 50, fit: 'model', snap: 'none', minDurationMs: 0 } as const;
  const idsOf = async (exclude?: { tracks: string[] }): Promise<string[]> => {
    const { moments } = await groundInCatalogue(index, { clip, options: { ...options, exclude }, now: () => 0 });
    return moments.map(({ track }) => track.id);
  };
  const page = await idsOf();
  const ranked = [...page, ...(await idsOf({ tracks: page }))];
  const place = ranked.indexOf(row.musicId);
  const { moments } = await groundInTrack(
    index,
    { clip, options, now: () => 0 },
    (await index.catalogue.labelsOf([row.musicId]))[0]!,
  );
  const { startMs, endMs } = moments[0].predicted;
  return {
    rank: place < 0 ? Number.POSITIVE_INFINITY : place + 1,
    startSec: startMs / 1000,
    endSec: endMs / 1000,
    first: ranked[0],
  };
}

/** With the weights a training starts from: what it says is worth nothing, and differs from clip to clip. */
function drawnCheckpoint(tiny: BaseConfig): Checkpoint {
  const config = {
    ...tiny,
    frameWidth: WIDTH,
    segmentWidth: WIDTH,
    maxFrames: 50,
    maxSegments: 96,
    maxDurationSec: 240,
  };
  const layout = familyOf(config).layout(config);
  const statistics = { mean: Array(WIDTH).fill(0), deviation: Array(WIDTH).fill(1) };
  return {
    config,
    layout,
    theta: initialValues(layout, createRandom('served')),
    first: new Float32Array(layout.size),
    second: new Float32Array(layout.size),
    encoders: {
      image: { name: 'simulated-frames', width: WIDTH, statistics },
      audio: { name: 'simulated-segments', width: WIDTH, statistics },
    },
    step: 0,
    seed: 'seed',
    run: 'run',
    running: noSteps(),
    history: [],
  };
}
