/**
 * The index that `npm run bench -- edge` asks: 4,000 simulated tracks of MGSV-EC's lengths, and a model that was trained on some of
 * their world. Made once for each preset, in .cuepoint/bench; what is there already is not made again.
 *
 * Everything is the pipeline's own code at full width: 512 values a frame and 768 a segment, as CLIP and AST give, the preset's own d, graphs
 * in int8. The model is trained for minutes, not for its hours: its ranking and its spans are those of a model, and not noise.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clip } from '../../functions/grounding/options.ts';
import { readDataset } from '../../offline/data/dataset.ts';
import type { EncodedTrack } from '../../offline/encode/library.ts';
import { buildBundle } from '../../offline/indexing/build.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import type { Checkpoint } from '../../offline/models/checkpoint.ts';
import type { BaseConfig } from '../../offline/models/family.ts';
import { familyOf, presets } from '../../offline/models/registry.ts';
import { train } from '../../offline/train/train.ts';
import { type Encoders, simulatedEncoders } from '../../offline/worlds/simulated/tokens.ts';
import {
  createSimulation,
  SIZES,
  type SimulatedTrack,
  type SimulatedWorld,
} from '../../offline/worlds/simulated/world.ts';
import { writeSimulation } from '../../offline/worlds/simulated/write.ts';
import { simulatedFacts } from './simulated-facts.ts';

const SEED = 'edge';
export const TRACKS = 4000;
const EPOCHS = 4;
const BATCH = 64;
const MICRO = 32;
const THREADS = 2;

const home = join(resolve(import.meta.dirname, '../..'), '.cuepoint/bench');
const data = join(home, 'data');
const placesOf = (preset: string) => ({ model: join(home, preset, 'model'), index: join(home, preset, 'index') });

export interface EdgeIndex {
  /** What a Worker is given as its assets. */
  folder: string;
  checkpoint: Checkpoint;
  /** Clips that the model was not trained on; their tracks are in the index. */
  clips: Clip[];
  /** With raw tokens, which are made when they are asked for. */
  tracks: readonly EncodedTrack[];
}

/**
 * Takes about six minutes on two cores the first time.
 * @throws Error when there is no preset of that name
 */
export async function edgeIndex(preset: string): Promise<EdgeIndex> {
  const config = presets()[preset];
  if (!config) throw new Error(`bench: expected a preset of ${Object.keys(presets()).join(', ')}, got "${preset}".`);
  const { model, index } = placesOf(preset);
  const trainedOn = createSimulation(SEED, SIZES.small);
  const encoders = simulatedEncoders(trainedOn);
  const checkpoint = await trained(trainedOn, encoders, config, model);
  // Track i of a seed is the same whatever the size of the world: those of the clips are among them.
  const world = createSimulation(SEED, { tracks: TRACKS, train: 0, val: 0, test: 0 });
  const tracks = world.tracks.map((track) => encodedTrack(track, encoders, config));
  if (!existsSync(join(index, 'current.json')))
    await buildBundle({
      tracks,
      checkpoint,
      precision: 'int8',
      folder: index,
      builtAt: new Date(0),
      threads: THREADS,
      progress: (label, total) => createProgress({ label, total }),
    });
  const held = trainedOn.clips.filter(({ split }) => split === 'test');
  const clips = held.map((clip): Clip => {
    const { data } = encoders.video(clip);
    return { tokens: data, durationMs: Math.round((clip.endSec - clip.startSec) * 1000) };
  });
  return { folder: index, checkpoint, clips, tracks };
}

async function trained(
  world: SimulatedWorld,
  encoders: Encoders,
  config: BaseConfig,
  folder: string,
): Promise<Checkpoint> {
  const start = (label: string, total: number) => createProgress({ label, total });
  if (!existsSync(data)) await writeSimulation(data, { world, encoders, widths: { frame: 512, segment: 768 }, start });
  let bar: ReturnType<typeof start> | undefined;
  const checkpoint = await train({
    config,
    data: await readDataset(data),
    folder,
    length: { epochs: EPOCHS },
    batch: BATCH,
    micro: MICRO,
    seed: SEED,
    threads: THREADS,
    every: EPOCHS,
    otherRun: 'replace',
    onStart: ({ done, steps }) => {
      bar = createProgress({ label: `train ${familyOf(config).title}`, total: steps, from: done });
    },
    onStep: ({ loss }) => bar?.tick(1, `loss ${loss.total.toFixed(2)}`),
  });
  bar?.done();
  return checkpoint;
}

function encodedTrack(
  track: SimulatedTrack,
  { music }: Encoders,
  { maxSegments, strideSec, segmentWidth }: BaseConfig,
): EncodedTrack {
  const { id, song } = track;
  const segments = Math.min(maxSegments, Math.floor(song.durationSec / strideSec) + 1);
  return {
    id,
    title: id,
    file: `${id}.flac`,
    sha256: '0'.repeat(64),
    durationSec: song.durationSec,
    tokens: {
      shape: [segments, segmentWidth],
      get data() {
        return music(track).data; // of 4,000 tracks they would take 700 MB
      },
    },
    music: simulatedFacts(track, segments),
  };
}
