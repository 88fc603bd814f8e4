/** `cuepoint learn`: published posts and the library of their music to a model, cues, an index, and a page that says what they are worth. */
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { defineCommand } from 'citty';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { BASIC_AUDIO } from '../encoders/basic-audio.ts';
import { findEncoder } from '../encoders/store.ts';
import { learn } from '../learn/learn.ts';
import { headline } from '../learn/words.ts';
import { refuseUnwritable } from '../lib/files.ts';
import { BUNDLE } from '../lib/places.ts';
import { loadCheckpoint } from '../models/checkpoint.ts';
import { presets } from '../models/registry.ts';
import { changesIn, overridden } from '../train/override.ts';
import {
  encodersFolder,
  fromHere,
  oneOf,
  print,
  progress,
  root,
  threads,
  WRITES,
  wholeNumber,
  withUserErrors,
} from './command.ts';

export const learnCommand = defineCommand({
  meta: {
    name: 'learn',
    description: 'Learn from your published posts: a model, cues, an index, and a page that says what they are worth.',
  },
  args: {
    posts: {
      type: 'string',
      required: true,
      description: 'folder of posts, videos with the music under them, with its sub-folders',
    },
    music: { type: 'string', required: true, description: 'folder of the music they may have, with its sub-folders' },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'folder for report.html, the log, the data and the model',
    },
    init: {
      type: 'string',
      description: 'checkpoint to begin from, the demo’s for one; nothing unless given, and then 20 posts are needed',
    },
    index: {
      type: 'string',
      valueHint: WRITES.folder,
      description: `where the index goes; ${BUNDLE}, which the Worker serves, unless given`,
    },
    about: {
      type: 'string',
      description:
        'a table with the columns post, date, author; posts.csv among the posts, where there is one, unless given',
    },
    val: { type: 'string', description: 'posts to choose by; a fifth, of many a tenth, unless given' },
    test: { type: 'string', description: 'posts to measure on, the newest; as many unless given' },
    preset: { type: 'string', default: 'small', description: 'network, where nothing is begun from' },
    set: { type: 'string', description: 'changes to the preset, e.g. --set width=32' },
    steps: { type: 'string', description: 'steps of each training; 200 with --init, 2,000 without, unless given' },
    seed: { type: 'string', default: '1', description: 'everything drawn at random comes from it' },
    'audio-encoder': {
      type: 'string',
      description: `what --init was trained on, or ${BASIC_AUDIO.name}, unless given`,
    },
    'image-encoder': {
      type: 'string',
      description: `what --init was trained on, or ${BASIC_FRAMES.name}, unless given`,
    },
    encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
    cache: {
      type: 'string',
      valueHint: WRITES.folder,
      description: 'where what was heard and encoded is kept; .cuepoint/cache unless given',
    },
    workers: { type: 'string', description: 'processes at once; one a processor core unless given' },
  },
  run: withUserErrors(async ({ args, rawArgs }) => {
    const [out, index] = [fromHere(args.out), args.index ? fromHere(args.index) : join(root, BUNDLE)];
    await refuseUnwritable(index, { flag: '--index' });
    if (args.init && dirname(fromHere(args.init)) === out)
      throw new Error(
        '--init: expected a checkpoint outside --out, which the run would overwrite. Give another --out.',
      );
    const init = args.init ? await loadCheckpoint(fromHere(args.init)) : undefined;
    if (init && (args.preset !== 'small' || changesIn(rawArgs).length))
      throw new Error('--init: expected no --preset and no --set beside it: the checkpoint says which network it is.');
    const encoders = encodersFolder(args.encoders);
    const found = await learn({
      posts: fromHere(args.posts),
      music: fromHere(args.music),
      out,
      index,
      ...(args.about && { about: fromHere(args.about) }),
      ...(init && { init: { checkpoint: init, file: args.init! } }),
      config: overridden(presets()[oneOf('--preset', Object.keys(presets()), args.preset)], changesIn(rawArgs)),
      encoders: {
        image: await findEncoder(
          args['image-encoder'] ?? init?.encoders.image.name ?? BASIC_FRAMES.name,
          'image',
          encoders,
        ),
        audio: await findEncoder(
          args['audio-encoder'] ?? init?.encoders.audio.name ?? BASIC_AUDIO.name,
          'audio',
          encoders,
        ),
      },
      encodersFolder: encoders,
      sizes: {
        ...(args.val && { val: wholeNumber('--val', args.val) }),
        ...(args.test && { test: wholeNumber('--test', args.test) }),
      },
      ...(args.steps && { steps: wholeNumber('--steps', args.steps) }),
      seed: args.seed,
      cache: args.cache ? fromHere(args.cache) : join(root, '.cuepoint/cache'),
      workers: args.workers ? wholeNumber('--workers', args.workers) : availableParallelism(),
      threads,
      start: progress,
      print,
      now: () => new Date(),
    });
    print(`\n${headline(found).join('\n')}`);
    print(`\n${join(args.out, 'report.html')} has it all. \`npm run dev\` serves ${relative(root, index) || '.'}.`);
  }),
});
