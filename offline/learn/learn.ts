/**
 * Learn from what a team has published: from its posts and the library of their music to a model, its cues, an index, and a page that says what they
 * are worth.
 *
 * Every step is one that can be called alone: align, data make, train, index build. What is taught is chosen by posts that were not taught with,
 * and measured on the newest. Steps are kept where they are long (what was heard and encoded by content, trainings by their checkpoints) and
 * written whole, so that a run that is killed goes on where it was and ends with the same bytes.
 */
import { join } from 'node:path';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import { type TasteFit, tasteLine } from '../evaluate/taste.ts';
import { servingOf } from '../export/servable.ts';
import { indexMusic } from '../indexing/index-music.ts';
import type { HeldOut } from '../indexing/queries.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { type Checkpoint, saveCheckpoint } from '../models/checkpoint.ts';
import type { BaseConfig } from '../models/family.ts';
import { checkTokensFit } from '../models/trained-on.ts';
import { askAbout } from './ask.ts';
import { type Candidate, choose } from './choose.ts';
import { sizeCurve } from './curve.ts';
import { tasteOf } from './fit-taste.ts';
import { type Gathered, type GatherOptions, gather } from './gather.ts';
import type { Learned } from './learned.ts';
import { learningPage } from './page.ts';
import { prove } from './prove.ts';
import { type TeachOptions, teach, untaught, type Way } from './teach.ts';

export interface LearnOptions extends Omit<GatherOptions, 'encoders' | 'enough'> {
  encoders: { image: Ready<ImageCard>; audio: Ready<AudioCard> };
  /** What is begun from, and where it lies, for people. */
  init?: { checkpoint: Checkpoint; file: string };
  /** Of the network, where nothing is begun from. */
  config: BaseConfig;
  /** Steps of each training. */
  steps?: number;
  /** Where the index goes, and where added encoders lie. */
  index: string;
  encodersFolder: string;
  threads: number;
  now: () => Date;
}

/** Posts with music that a network needs to be taught from nothing: with fewer it knows them by heart, and nothing else. */
export const FEWEST_FROM_NOTHING = 20;

/** @throws Error with what to do, when there is too little to learn from, or the index fails a gate: the page is there then */
export async function learn(options: LearnOptions): Promise<Learned> {
  const { out, init, seed, threads, start, print } = options;
  servingOf(init?.checkpoint.config ?? options.config); // refused before the work
  const { image, audio } = options.encoders;
  const names = { image: image.name, imageKey: image.key, audio: audio.name, audioKey: audio.key };
  for (const line of init ? checkTokensFit('--init', init.checkpoint.encoders, names) : []) print(line);

  const gathered = await gather({ ...options, ...(!init && { enough: enoughForNothing }) });
  const { data, split } = gathered;
  const config = init?.checkpoint.config ?? {
    ...options.config,
    frameWidth: image.width,
    segmentWidth: audio.width,
  };
  const teaching: TeachOptions = {
    ...{ config, init: init?.checkpoint, data, folder: join(out, 'training') },
    ...{ steps: options.steps, seed, threads, start },
  };
  const models = await taughtAll(teaching);
  const { train, val, test } = split.splits;
  const candidates: Candidate<Way>[] = [];
  const asking = start('choose', models.size * val.length);
  for (const [name, model] of models) {
    const { pieces } = await askAbout(model, gathered, val, train, { threads });
    asking.tick(val.length, name);
    candidates.push({ name, pieces });
  }
  asking.done();
  const choice = choose(candidates, seed);
  const way = choice.chosen;
  const model = models.get(way)!;
  await saveCheckpoint(join(out, 'model.safetensors'), model, { moments: false });

  const earlier = [...train, ...val];
  const proving = start('measure', 2 * test.length);
  const onPiece = () => proving.tick();
  const learned = await askAbout(model, gathered, test, earlier, { threads, onPiece });
  const before = await askAbout(untaught(teaching), gathered, test, [], { threads, onPiece });
  proving.done();
  const proof = prove({ learned: learned.pieces, before: before.pieces }, test, earlier, gathered);

  const curve = await sizeCurve(train, seed, async (rows, posts) => {
    const whole = rows.length === train.length;
    const taught = way === 'nothing' || whole ? model : await teach(way, `${way}-${posts}-posts`, teaching, rows);
    return (await askAbout(taught, gathered, test, rows, { threads })).pieces;
  });
  const taste = await fittedTaste(model, way, gathered, options);
  if (taste) print(tasteLine(taste));

  const { posts, by, undated } = split;
  const found: Learned = {
    posts: { ...gathered.posts, by, undated, ...posts },
    ...(init && { init: init.file }),
    ...{ preset: config.preset, way, choice, proof, curve, taste },
  };
  await writeFileAtomic(join(out, 'report.json'), `${JSON.stringify(found, null, 1)}\n`);
  await writeFileAtomic(join(out, 'report.html'), learningPage(found, options));
  await buildIndex(model, taste, gathered, options);
  return found;
}

/** What can come out, in the order of choice. */
async function taughtAll(teaching: TeachOptions): Promise<Map<Way, Checkpoint>> {
  const models = new Map<Way, Checkpoint>();
  if (teaching.init) {
    models.set('nothing', teaching.init);
    models.set('projections', await teach('projections', 'projections', teaching));
  }
  models.set('all', await teach('all', 'all', teaching));
  return models;
}

/** On posts that the model was not taught with. */
async function fittedTaste(
  model: Checkpoint,
  way: Way,
  gathered: Gathered,
  { seed, threads }: LearnOptions,
): Promise<TasteFit | undefined> {
  const { split, rows, about, lengths } = gathered;
  if (![...about.values()].some(({ author }) => author !== undefined)) return undefined;
  const { train, val, test } = split.splits;
  const asked = way === 'nothing' ? rows : [...val, ...test];
  return tasteOf({
    answers: await askAbout(model, gathered, asked, train, { threads }),
    rows,
    authorOf: (clip) => about.get(clip)?.author,
    dateOf: (clip) => about.get(clip)?.date,
    tracks: [...lengths.keys()],
    seed,
  });
}

/** Among fewer held-out pieces a single moment that is answered elsewhere, which bytes may do, would decide what an index must show. */
const FEWEST_TO_GATE = 200;

/** With the cues of all posts, the newest included: what is measured was measured without them. */
async function buildIndex(
  checkpoint: Checkpoint,
  taste: TasteFit | undefined,
  { data, split, log }: Gathered,
  options: LearnOptions,
): Promise<void> {
  const { music, index, cache, encodersFolder, workers, threads, now, start, print } = options;
  const heldOut: HeldOut = { data, split: 'test', rows: [...split.splits.val, ...split.splits.test] };
  await indexMusic({
    ...{ music, checkpoint, folder: index, cache, encoders: encodersFolder, log, workers, threads, now, print },
    ...(taste && taste.kept !== 'default' && { taste: { weight: taste.weight } }),
    ...(heldOut.rows.length < FEWEST_TO_GATE ? { fitOn: heldOut } : { heldOut }),
    progress: start,
  });
}

function enoughForNothing(posts: number): void {
  if (posts < FEWEST_FROM_NOTHING)
    throw new Error(
      `learn: expected ${FEWEST_FROM_NOTHING} posts or more with music of the library, to teach a network from nothing, got ${posts}. Begin from one that knows something: --init .cuepoint/demo/model/last.safetensors, which \`npm run demo -- --once\` makes.`,
    );
}
