/**
 * What learning from 20, 50, 200 and 1,000 posts brings over the model that it begins from, and whether what is chosen is ever worse.
 *
 * `npm run bench -- learn [posts=20,50,200,1000] [seeds=1] [steps=400] [begin=both] [size=small] [keep=DIR]`. A simulated world is cut in two by its tracks; with
 * `size=composed` it is one of composed sound and drawn clips, encoded as users' are. On the clips of the one half a network is taught that then knows how pictures and music go together, and none of the team's music: what is begun
 * from. The other half is the team's: its posts are drawn from there, split, taught with and chosen as `learn` does it, and all that comes of it is
 * measured on clips of the same tracks that are no posts, so that a thousand posts and twenty are measured alike.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import type { Annotation } from '../../offline/data/annotations.ts';
import { type Dataset, readDataset } from '../../offline/data/dataset.ts';
import { writeDataset } from '../../offline/demo/dataset.ts';
import { encodeMusic } from '../../offline/encode/library.ts';
import { BASIC_AUDIO } from '../../offline/encoders/basic-audio.ts';
import { BASIC_AUDIO_CARD } from '../../offline/encoders/registry.ts';
import { builtIn } from '../../offline/encoders/store.ts';
import { type AskedLibrary, askAbout, type PieceAnswer, postsOf } from '../../offline/learn/ask.ts';
import { choose, scoreOf } from '../../offline/learn/choose.ts';
import { ranked, startMeasures } from '../../offline/learn/measures.ts';
import { splitPosts } from '../../offline/learn/split-posts.ts';
import { type TeachOptions, teach, type Way } from '../../offline/learn/teach.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { withTempDir } from '../../offline/lib/temp-dir.ts';
import { bootstrap, USUAL } from '../../offline/metrics/bootstrap.ts';
import { meanOf } from '../../offline/metrics/scores.ts';
import type { Checkpoint } from '../../offline/models/checkpoint.ts';
import { small } from '../../offline/models/dense-start/config.ts';
import { train } from '../../offline/train/train.ts';
import { writeClips, writeTracks } from '../../offline/worlds/composed/media.ts';
import { createWorld } from '../../offline/worlds/composed/world.ts';
import { simulate } from '../../offline/worlds/simulated/simulate.ts';
import { SIZES } from '../../offline/worlds/simulated/world.ts';

/** Of tokens, and of the network: cheap ones, since some twenty trainings are to be had. */
const WIDTH = 64;
/** Clips that are measured on. */
const MEASURED = 150;
const THREADS = 1;
/** Some 24 clips a track, so that half of them make 200 posts and what is measured on. */
const COMPOSED = { tracks: 32, train: 760, val: 8, test: 0 };
const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });

export async function benchLearn(): Promise<void> {
  const given = Object.fromEntries(process.argv.slice(3).map((argument) => argument.split('=', 2))) as Record<
    string,
    string | undefined
  >;
  const { posts = '20,50,200,1000', seeds = '1', steps, begin = 'both', size = 'small', keep } = given;
  await (keep ? runIn(keep) : withTempDir(runIn));

  async function runIn(folder: string): Promise<void> {
    const out = join(folder, 'data');
    const widths =
      size === 'composed'
        ? { frame: BASIC_FRAMES.width, segment: BASIC_AUDIO.width }
        : { frame: WIDTH, segment: WIDTH };
    if (!existsSync(out))
      await (size === 'composed'
        ? composed(out, folder)
        : simulate({ out, sizes: SIZES[size], widths, seed: '1', start: silent }));
    const { others, team, data } = halves(await readDataset(out));
    const { frame: frameWidth, segment: segmentWidth } = widths;
    const config = { ...small, width: WIDTH, ffn: 2 * WIDTH, fusionLayers: 1, frameWidth, segmentWidth };
    const before = await train({
      ...{ config, data: { ...data, splits: { train: others.slice(40), val: others.slice(0, 40), test: [] } } },
      ...{ folder: join(folder, 'before'), length: { steps: 600 }, batch: 64, micro: 64, seed: '1' },
      ...{ threads: THREADS, every: 1e6, keep: 1 },
    });
    console.log(
      `${size} world: what is begun from was taught with ${others.length} clips of the other half of the tracks; ${team.measured.length} clips and ${team.library.lengths.size} tracks are measured on`,
    );
    console.log(
      '| posts | seed | from | way | track first | among five | start off, s | within 0.5 s | overlap | score [95 % of the gain] | |',
    );
    console.log('|---|---|---|---|---|---|---|---|---|---|---|');
    for (const count of posts.split(',').map(Number))
      for (const seed of seeds.split(','))
        for (const init of begin === 'both' ? [before, undefined] : begin === 'init' ? [before] : [undefined])
          await one({
            ...{ team, data, config, init, before, count, seed, folder: join(folder, `${count}-${seed}-${!init}`) },
            ...(steps && { steps: Number(steps) }),
          });
  }
}

/** As the demo makes its own. */
async function composed(out: string, folder: string): Promise<void> {
  const world = createWorld('a team', COMPOSED);
  const music = await writeTracks(world, folder, silent);
  const clips = await writeClips(world, folder, silent);
  const cache = join(folder, 'cache');
  const { tracks } = await encodeMusic(music, builtIn(BASIC_AUDIO_CARD), { cache, workers: THREADS, progress: silent });
  await writeDataset(out, { world, tracks: [...tracks], clips, cache }, silent);
}

interface Team {
  library: AskedLibrary;
  /** Clips that posts are drawn from, and those that are measured on. */
  posts: Annotation[];
  measured: Annotation[];
}

/** By tracks, so that no track of the team was ever taught with. */
function halves(data: Dataset): { others: Annotation[]; team: Team; data: Dataset } {
  const random = createRandom('halves');
  const tracks = random.shuffle([...data.tracks.keys()].sort());
  const teams = new Set(tracks.slice(tracks.length / 2));
  const rows = random.shuffle(Object.values(data.splits).flat());
  const own = rows.filter(({ musicId }) => teams.has(musicId));
  const lengths = new Map(own.map(({ musicId, musicTotalSec }) => [musicId, musicTotalSec]));
  return {
    others: rows.filter(({ musicId }) => !teams.has(musicId)),
    team: {
      library: { data, lengths, beats: new Map() },
      measured: own.slice(0, MEASURED),
      posts: own.slice(MEASURED),
    },
    data,
  };
}

interface Case extends Pick<TeachOptions, 'config' | 'data' | 'init' | 'steps' | 'folder' | 'seed'> {
  team: Team;
  before: Checkpoint;
  /** Posts. */
  count: number;
}

async function one({ team, before, count, ...options }: Case): Promise<void> {
  const { init, seed, data } = options;
  const { library, measured } = team;
  const rows = createRandom(`${seed}/posts of the team`).shuffle(team.posts).slice(0, count);
  const { splits } = splitPosts(rows, () => undefined, {}, seed);
  const teaching: TeachOptions = {
    ...{ ...options, data: { ...data, splits }, threads: THREADS, start: silent },
  };
  const models = new Map<Way, Checkpoint>();
  if (init) models.set('nothing', init).set('projections', await teach('projections', 'projections', teaching));
  models.set('all', await teach('all', 'all', teaching));
  const answers = async (model: Checkpoint, asked: Annotation[], known: Annotation[]) =>
    (await askAbout(model, library, asked, known, { threads: THREADS })).pieces;
  const candidates: { name: Way; pieces: PieceAnswer[] }[] = [];
  for (const [name, model] of models) candidates.push({ name, pieces: await answers(model, splits.val, splits.train) });
  const { chosen } = choose(candidates, seed);
  const earlier = [...splits.train, ...splits.val];
  const start = await answers(before, measured, []);
  const tell = (way: string, pieces: readonly PieceAnswer[], note = '') => {
    const [track, starts] = [ranked(pieces), startMeasures(pieces)];
    const gains = Float64Array.from(pieces, (piece, i) => scoreOf(piece) - scoreOf(start[i]));
    const of = meanOf(gains);
    const { gain } = bootstrap(postsOf(pieces), (weights) => ({ gain: of(weights) }), USUAL);
    const score = pieces.reduce((sum, piece) => sum + scoreOf(piece), 0) / pieces.length;
    const cells = [
      ...[track.first.share, track.firstFive.share].map((share) => share.toFixed(3)),
      ...[starts.errorSec.toFixed(1), starts.withinHalfSecond.share.toFixed(3), starts.overlap.toFixed(3)],
      `${score.toFixed(3)} [${gain.map((bound) => `${bound < 0 ? '' : '+'}${bound.toFixed(3)}`).join(', ')}]`,
    ];
    console.log(`| ${count} | ${seed} | ${init ? 'init' : 'nothing'} | ${way} | ${cells.join(' | ')} | ${note} |`);
  };
  if (init) tell('as it came, no cues', start);
  for (const [name, model] of models)
    tell(
      name === 'nothing' ? 'cues only' : name,
      await answers(model, measured, earlier),
      name === chosen ? 'chosen' : '',
    );
}
