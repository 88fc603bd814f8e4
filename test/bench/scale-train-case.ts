/**
 * One case of `bench -- scale-train` in a process of its own, so that its memory is its own: prints one line of JSON.
 *
 * The program is imported from the checkout that is named, so that an older one is measured by the same script.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Dataset } from '../../offline/data/dataset.ts';
import type { BaseConfig } from '../../offline/models/family.ts';
import type { TrainingOptions } from '../../offline/train/train.ts';

export interface ScaleTrainCase {
  /** The checkout whose program is measured. */
  root: string;
  data: string;
  preset: string;
  batch: number;
  micro: number;
  threads: number;
  /** Steps measured after one that is not. */
  steps: number;
  /** Bytes of tokens that are kept; as training does it unless given. */
  keptBytes?: number;
}

export interface ScaleTrainMeasure {
  pairs: number;
  /** Of each step, seconds. */
  wall: number[];
  cpu: number[];
  /** Until the first step begins, seconds of processor time: reading, statistics, pairs, opening the models. */
  startCpu: number;
  peakGb: number;
}

/** Clips that the run validates on at its end, which is not what is measured. */
const VALIDATED = 16;

async function measure({ root, data: folder, steps, ...one }: ScaleTrainCase): Promise<ScaleTrainMeasure> {
  const from = (path: string) => import(pathToFileURL(join(root, 'offline', path)).href);
  const { readDataset } = (await from('data/dataset.ts')) as { readDataset(folder: string): Promise<Dataset> };
  const { presets } = (await from('models/registry.ts')) as { presets(): Record<string, BaseConfig> };
  const { train } = (await from('train/train.ts')) as { train(options: TrainingOptions): Promise<unknown> };
  const data = await readDataset(folder);
  data.splits.val.length = Math.min(VALIDATED, data.splits.val.length);
  const widthOf = (tokens: Dataset['videos']): number => tokens.values().next().value!.shape[1];
  const preset = presets()[one.preset];
  const config = { ...preset, frameWidth: widthOf(data.videos), segmentWidth: widthOf(data.tracks) };
  const out = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const [wall, cpu]: [number[], number[]] = [[], []];
  let [startCpu, before] = [0, { wall: 0, cpu: 0 }];
  const now = () => ({ wall: performance.now() / 1000, cpu: cpuSec() });
  try {
    await train({
      config,
      data,
      folder: out,
      length: { steps: steps + 1 },
      batch: one.batch,
      micro: one.micro,
      threads: one.threads,
      keptBytes: one.keptBytes,
      seed: 'bench',
      every: 1_000_000,
      saveEvery: 1_000_000,
      onStart() {
        startCpu = cpuSec();
        before = now();
      },
      onStep({ step }) {
        const after = now();
        if (step > 1) wall.push(after.wall - before.wall);
        if (step > 1) cpu.push(after.cpu - before.cpu);
        before = after;
      },
    });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  const peakGb = process.resourceUsage().maxRSS / 2 ** 20;
  return { pairs: data.splits.train.length, wall, cpu, startCpu, peakGb };
}

function cpuSec(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]) as ScaleTrainCase)));
