/**
 * Whose taste: simulated authors who like some music better than other, and what naming their earlier tracks does for the next one.
 *
 * `npm run bench -- taste [size=small] [seed=1] [epochs=10] [preset=small] [model=FILE]`. A network is trained on a simulated world, or is one
 * that was trained on it (simulate with the same size and seed). Authors are then drawn:
 * each has a direction among the lasting numbers of a track (its style, topic and character: worlds/simulated/latent.ts) and takes a clip of
 * the world the likelier the more its track lies there, exp(like · cosine); like = 0 is no taste. Their clips of a held-out split are asked
 * about by the exact model against all tracks, with 0, 1, 3 and 10 tracks of their training clips, never with the clip's own. The weight is
 * fitted on authors of the validation split, and measured on others, of the test split.
 */
import { join } from 'node:path';
import { DEFAULT_TASTE_WEIGHT } from '../../index/search/taste.ts';
import { segmentTokens, standardised } from '../../offline/data/batch.ts';
import { type Dataset, readDataset } from '../../offline/data/dataset.ts';
import { usesKnownTo } from '../../offline/evaluate/evaluate.ts';
import { type AuthoredPost, fitTaste, ranksWith, scoresOf, tasteLine } from '../../offline/evaluate/taste.ts';
import { createRandom, type Random } from '../../offline/lib/random.ts';
import { withTempDir } from '../../offline/lib/temp-dir.ts';
import { type Checkpoint, loadCheckpoint } from '../../offline/models/checkpoint.ts';
import { familyOf, presets } from '../../offline/models/registry.ts';
import { withOpen } from '../../offline/nn/open-all.ts';
import { train } from '../../offline/train/train.ts';
import { LATENT_WIDTH, latentOf } from '../../offline/worlds/simulated/latent.ts';
import { simulate } from '../../offline/worlds/simulated/simulate.ts';
import { WIDTHS } from '../../offline/worlds/simulated/tokens.ts';
import { createSimulation, SIZES } from '../../offline/worlds/simulated/world.ts';

const LIKES = [0, 1, 2, 4] as const;
const KNOWN = [0, 1, 3, 10] as const;
/** Of each split, and clips of each that are asked about. */
const [AUTHORS, ASKED] = [80, 5];
/** Of a latent vector: topic, character and tempo, mode. */
const LASTING = 11;
const THREADS = 1;
const silent = () => ({ tick() {}, skip() {}, done() {} });

export async function benchTaste(): Promise<void> {
  const {
    size = 'small',
    seed = '1',
    epochs = '10',
    preset = 'small',
    model,
  } = Object.fromEntries(process.argv.slice(3).map((argument) => argument.split('=', 2))) as Record<
    string,
    string | undefined
  >;
  const sizes = SIZES[size];
  await withTempDir(async (folder) => {
    const out = join(folder, 'data');
    await simulate({ out, sizes, widths: WIDTHS, seed, start: silent });
    const data = await readDataset(out);
    const config = { ...presets()[preset], frameWidth: WIDTHS.frame, segmentWidth: WIDTHS.segment };
    const checkpoint = model
      ? await loadCheckpoint(model)
      : await train({
          ...{ config, data, folder: join(folder, 'run'), length: { epochs: Number(epochs) }, batch: 64, micro: 64 },
          ...{ seed, threads: THREADS, every: Number(epochs), keep: 1 },
        });
    const world = createSimulation(seed, sizes);
    const lasting = new Map(world.tracks.map((track) => [track.id, lastingOf(world.seed, track)]));
    const splits = { val: await answersOf(checkpoint, data, 'val'), test: await answersOf(checkpoint, data, 'test') };
    console.log(
      `${size} world, seed ${seed}; ${model ?? `${preset}, ${epochs} epochs`}; ${AUTHORS} authors of ${ASKED} clips in each split,`,
    );
    console.log(`${data.tracks.size} tracks to find; R@1 / R@5 by the number of known uses and by weight\n`);
    for (const like of LIKES) {
      const drawn = (split: 'val' | 'test', known: number) =>
        postsOf({ data, split, lasting, like, known, answers: splits[split], seed: `${seed}/${split}/${like}` });
      const fit = fitTaste(
        [1, 3, 10].flatMap((known) => drawn('val', known)),
        splits.val.vectors,
        seed,
      );
      const weights = [...new Set([0, 0.05, 0.1, 0.2, 0.5, DEFAULT_TASTE_WEIGHT, fit.weight])].sort((a, b) => a - b);
      const rows = KNOWN.map((known) => {
        const posts = drawn('test', known);
        const cells = weights.map((weight) => {
          const { r1, r5 } = scoresOf(ranksWith(posts, splits.test.vectors, weight));
          return `${r1.toFixed(3)} / ${r5.toFixed(3)}`;
        });
        return `| ${known} known | ${cells.join(' | ')} |`;
      });
      const head = `| | ${weights.join(' | ')} |\n|${'---|'.repeat(weights.length + 1)}`;
      console.log([`like ${like}: ${tasteLine(fit)}`, head, ...rows, ''].join('\n'));
    }
  });
}

/** The numbers of a track that last: the same at every second of it. [LASTING], of length 1 */
function lastingOf(worldSeed: string, track: Parameters<typeof latentOf>[1]): number[] {
  const out = new Float64Array(LATENT_WIDTH);
  latentOf(worldSeed, track)(1, out);
  return unit([...out.subarray(0, LASTING)]);
}

const unit = (values: readonly number[]): number[] => values.map((value) => value / Math.hypot(...values));

interface Answers {
  ids: string[];
  /** [V][M] of the split's clips. */
  relevance: Float32Array[];
  vectors: Float32Array[];
}

/** Every clip of a split against all tracks. */
function answersOf(
  { config, layout, theta, encoders }: Checkpoint,
  data: Dataset,
  split: 'val' | 'test',
): Promise<Answers> {
  const rows = data.splits[split];
  const ids = [...data.tracks.keys()];
  const uses = usesKnownTo(rows, data, { config, encoders });
  return withOpen(familyOf(config).open(config, layout, theta, { threads: THREADS, fixed: true }), async (model) => {
    const clips = await model.clips(
      rows.map(({ videoId }) => standardised(data.videos.get(videoId)!, encoders.image, config.maxFrames)),
    );
    const tracks = await model.tracks(
      ids.map((id) => segmentTokens(data.tracks.get(id)!, encoders.audio, config, uses.get(id))),
    );
    const all = await model.relevance!(clips, tracks);
    const { tracks: h0, width } = model.vectors!(clips, tracks);
    return {
      ids,
      relevance: rows.map((_, v) => all.slice(v * ids.length, (v + 1) * ids.length)),
      vectors: ids.map((_, m) => h0.slice(m * width, (m + 1) * width)),
    };
  });
}

interface Drawing {
  data: Dataset;
  split: 'val' | 'test';
  lasting: ReadonlyMap<string, readonly number[]>;
  like: number;
  known: number;
  answers: Answers;
  seed: string;
}

/** Equal seeds give the same authors and clips, whatever is known of them. */
function postsOf({ data, split, lasting, like, known, answers, seed }: Drawing): AuthoredPost[] {
  const place = new Map(answers.ids.map((id, i) => [id, i]));
  return Array.from({ length: AUTHORS }, (_, author) => {
    const random = createRandom(`${seed}/author/${author}`);
    const wants = unit(Array.from({ length: LASTING }, () => random.normal()));
    const liked = (musicId: string) =>
      Math.exp(like * lasting.get(musicId)!.reduce((sum, value, i) => sum + value * wants[i], 0));
    const asked = drawSome(random.fork('asked'), data.splits[split], ASKED, ({ musicId }) => liked(musicId));
    const used = drawSome(random.fork('used'), data.splits.train, 30, ({ musicId }) => liked(musicId));
    return asked.map(({ row, at }) => ({
      author: String(author),
      relevance: answers.relevance[at],
      right: place.get(row.musicId)!,
      known: used
        .filter(({ row: { musicId } }) => musicId !== row.musicId)
        .slice(0, known)
        .map(({ row: { musicId } }) => answers.vectors[place.get(musicId)!]),
    }));
  }).flat();
}

/** Without repetition, by weight: the largest of u^(1/weight) (Efraimidis and Spirakis 2006). */
function drawSome<T>(random: Random, rows: readonly T[], count: number, weight: (row: T) => number) {
  return rows
    .map((row, at) => ({ row, at, key: Math.log(1 - random.uniform()) / weight(row) }))
    .sort((a, b) => b.key - a.key)
    .slice(0, count);
}
