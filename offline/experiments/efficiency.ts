/**
 * What networks cost: parameters, and milliseconds for each clip that is asked about, both of one run on this machine (the paper's Table 8).
 *
 * As there: one batch, tokens given, every clip against every track of the batch, the moment in its own. Parameters are drawn, since what
 * they are does not matter for time. The least of a few rounds counts: what else ran only adds. Lengths are MGSV-EC's means (paper, Table 2).
 */
import { readFile } from 'node:fs/promises';
import { sha256Hex, writeFileAtomic } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';
import { createRandom, type Random } from '../lib/random.ts';
import { countsOf } from '../models/counts.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import { withOpen } from '../nn/open-all.ts';
import { initialValues } from '../nn/parameters.ts';
import type { Tokens } from '../nn/tokens.ts';
import { TABLE_8 } from './published.ts';

export interface EfficiencyOptions {
  /** Pairs of the batch; the paper has 512. */
  pairs: number;
  threads: number;
  /** The fastest counts. */
  rounds: number;
}

/** Milliseconds for a clip; of what a network does not answer there are none. */
export interface Efficiency {
  preset: string;
  live: number;
  /** As the paper counts. */
  parameters: number;
  enhancementMs: number;
  matchingMs?: number;
  detectionMs?: number;
  totalMs: number;
}

/** MGSV-EC's mean clip of 24 s at a frame a second, and mean track of 139 s at a segment each 2.5 s. */
const [FRAMES, SEGMENTS] = [24, 56];

/** @throws Error when values of the config do not go together */
export async function efficiencyOf(config: BaseConfig, options: EfficiencyOptions): Promise<Efficiency> {
  const family = familyOf(config);
  const layout = family.layout(config);
  const random = createRandom('efficiency');
  const theta = initialValues(layout, random.fork('parameters'));
  const clips = drawn(random.fork('clips'), options.pairs, Math.min(FRAMES, config.maxFrames), config.frameWidth);
  const segments = Math.min(SEGMENTS, config.maxSegments);
  const tracks = drawn(random.fork('tracks'), options.pairs, segments, config.segmentWidth);
  const own = clips.map((_, i) => [i, i] as const);
  const { live, parameters } = countsOf(config);
  return withOpen(family.open(config, layout, theta, { threads: options.threads, fixed: true }), async (grounder) => {
    const times = { enhancement: Infinity, matching: Infinity, detection: Infinity };
    for (let round = 0; round <= options.rounds; round++) {
      const note = async <T>(part: keyof typeof times, work: () => Promise<T>): Promise<T> => {
        const began = performance.now();
        const done = await work();
        if (round > 0) times[part] = Math.min(times[part], performance.now() - began); // the first warms up
        return done;
      };
      const [v, m] = await note('enhancement', async () => [
        await grounder.clips(clips),
        await grounder.tracks(tracks),
      ]);
      if (family.answers.track) await note('matching', () => grounder.relevance!(v, m));
      if (family.answers.moment) await note('detection', () => grounder.moments!(v, m, own));
    }
    const each = (ms: number) => ms / options.pairs;
    const parts = Object.values(times).filter(Number.isFinite);
    return {
      preset: config.preset,
      live,
      parameters,
      enhancementMs: each(times.enhancement),
      ...(family.answers.track && { matchingMs: each(times.matching) }),
      ...(family.answers.moment && { detectionMs: each(times.detection) }),
      totalMs: each(parts.reduce((sum, ms) => sum + ms, 0)),
    };
  });
}

function drawn(random: Random, count: number, rows: number, width: number): Tokens[] {
  return Array.from({ length: count }, () => ({
    data: Float32Array.from({ length: rows * width }, () => random.normal()),
    count: rows,
  }));
}

/**
 * Those of several networks, measured once and kept: a call that is given again finds what it found before.
 * @param path where they are kept; what was measured of other networks or sizes is measured again
 */
export async function keptEfficiency(
  path: string,
  configs: readonly BaseConfig[],
  options: EfficiencyOptions,
  onDone: () => void = () => undefined,
): Promise<Efficiency[]> {
  const keyOf = (config: BaseConfig) => sha256Hex(JSON.stringify([config, options])).slice(0, 16);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  const known = (parsedJson(text) ?? {}) as Record<string, Efficiency>;
  const all: Efficiency[] = [];
  for (const config of configs) {
    const key = keyOf(config);
    known[key] ??= await efficiencyOf(config, options);
    all.push(known[key]);
    await writeFileAtomic(path, `${JSON.stringify(known, null, 1)}\n`);
    onDone();
  }
  return all;
}

/** Lines of Markdown: a row a network, and the paper's of MaDe. */
export function efficiencyTable(all: readonly Efficiency[], { pairs, threads }: EfficiencyOptions): string[] {
  const ms = (value?: number) => (value === undefined ? '–' : value.toFixed(3));
  const millions = (count: number) => (count / 1e6).toFixed(2);
  const { parts, pairs: theirs } = TABLE_8;
  const published = (part: keyof typeof parts) => ms((1000 * parts[part].seconds) / theirs);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const heading = ['', 'live, M', 'as the paper counts, M', 'enhancement', 'matching', 'detection', 'ms a clip'];
  return [
    `One batch of ${pairs} pairs, tokens given, every clip against every track; ${threads} threads of this machine's CPU; milliseconds for a clip.`,
    '',
    line(heading),
    `|${heading.map(() => '---|').join('')}`,
    ...all.map((one) =>
      line([
        one.preset,
        millions(one.live),
        millions(one.parameters),
        ...[one.enhancementMs, one.matchingMs, one.detectionMs, one.totalMs].map(ms),
      ]),
    ),
    line([
      `MaDe (paper), RTX 3090, ${theirs} pairs`,
      '–',
      parts.total.millions.toFixed(1),
      published('enhancement'),
      published('matching'),
      published('detection'),
      published('total'),
    ]),
  ];
}
