/** `cuepoint encode`: folders of music and clips to tokens. */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { MAX_FRAMES } from '../../functions/embed/frame-plan.ts';
import { type Result, remarksIn } from '../encode/encode.ts';
import { encodeFolders, type MediaFolderOptions } from '../encode/media-folder.ts';
import { PASSWORD_VARIABLE } from '../encode/queue/connection.ts';
import { BASIC_AUDIO } from '../encoders/basic-audio.ts';
import { findEncoder } from '../encoders/store.ts';
import {
  encodersFolder,
  fromHere,
  oneOf,
  print,
  progress,
  root,
  WRITES,
  wholeNumber,
  withUserErrors,
} from './command.ts';
import { refuseMixed, withQueue } from './encode-queue.ts';
import { placeFromHere, STORE_ARGS } from './queue-options.ts';

/** Minutes of work for a machine, and a few kilobytes of the queue's memory. */
const SHARD_FILES = 64;

export const encodeCommand = defineCommand({
  meta: { name: 'encode', description: 'Encode folders of music and clips into a folder of tokens.' },
  args: {
    music: {
      type: 'string',
      description: 'folder of music, read with its sub-folders; with --queue also s3://bucket/folder',
    },
    clips: {
      type: 'string',
      description: 'folder of clips: video files, and folders of pictures taken once a second; likewise',
    },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'folder for the tokens and catalogue.jsonl',
    },
    workers: { type: 'string', description: 'processes that encode at once; one a processor core unless given' },
    'audio-encoder': { type: 'string', default: BASIC_AUDIO.name, description: 'see `cuepoint encoders list`' },
    'image-encoder': { type: 'string', default: BASIC_FRAMES.name, description: 'see `cuepoint encoders list`' },
    frames: {
      type: 'string',
      default: 'seconds',
      description: `of a clip longer than ${MAX_FRAMES} s: seconds, its first ${MAX_FRAMES}, as the service is sent them; even, ${MAX_FRAMES} over all of it`,
    },
    queue: {
      type: 'string',
      description: `let \`cuepoint worker\` on any number of machines encode, by this server: redis://host:6379; its password is in ${PASSWORD_VARIABLE}`,
    },
    store: { ...STORE_ARGS.store, required: false, description: `of a queue: ${STORE_ARGS.store.description}` },
    'shard-files': {
      type: 'string',
      description: `of a queue: files that a worker takes at a time, about; ${SHARD_FILES} unless given`,
    },
    'file-limit': { type: 'string', description: 'seconds after which a file is given up; 3600 unless given' },
    strict: { type: 'boolean', description: 'exit with an error when a file could not be read, or not as a whole' },
    cache: {
      type: 'string',
      valueHint: WRITES.folder,
      description: 'where encoded media are kept; .cuepoint/cache unless given',
    },
    encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
  },
  run: withUserErrors(async ({ args }) => {
    if (!args.music && !args.clips) throw new Error('expected --music or --clips, got neither. Give a folder.');
    refuseMixed(args);
    const cache = args.cache ? fromHere(args.cache) : join(root, '.cuepoint/cache');
    const workers = args.workers ? wholeNumber('--workers', args.workers) : availableParallelism();
    const limitMs = args['file-limit'] ? 1000 * wholeNumber('--file-limit', args['file-limit']) : undefined;
    const shardFiles = args['shard-files'] ? wholeNumber('--shard-files', args['shard-files']) : SHARD_FILES;
    const folder = fromHere(args.out);
    const spread = oneOf('--frames', ['seconds', 'even'], args.frames);
    const encoders = encodersFolder(args.encoders);
    // What is wrong is said before hours of work, not after.
    if ((await stat(folder).catch(() => undefined))?.isDirectory() === false)
      throw new Error(`--out: expected a folder, got the file ${args.out}. Give another.`);
    const audio = args.music ? await findEncoder(args['audio-encoder'], 'audio', encoders) : undefined;
    const image = args.clips ? await findEncoder(args['image-encoder'], 'image', encoders) : undefined;
    const encode = (options: Pick<MediaFolderOptions, 'cache' | 'by'>) =>
      encodeFolders({
        folder,
        music: audio && { folder: placeFromHere(args.music!), encoder: audio },
        clips: image && { folder: placeFromHere(args.clips!), encoder: image, spread },
        workers,
        limitMs,
        start: progress,
        ...options,
      });
    const results = args.queue
      ? await withQueue(args.queue, args.store!, { cache, shardFiles }, encode)
      : await encode({ cache });
    let unread = 0;
    if (results.music) unread += report(results.music, 'track', `${args.out}: music-*.safetensors`);
    if (results.clips) unread += report(results.clips, 'clip', `${args.out}: video-*.safetensors`);
    const files = (count: number): string => `${count} file${count > 1 ? 's' : ''}`;
    if (unread && args.strict) throw new Error(`--strict: ${files(unread)} could not be read. The rest is encoded.`);
    const damaged = results.clips?.encoded.filter(({ remarks }) => remarks?.length).length;
    if (damaged && args.strict)
      throw new Error(`--strict: ${files(damaged)} could be read in part only. What is there is encoded.`);
  }),
});

/** @returns how many files could not be read */
function report({ encoded, rejected, remarks }: Result, what: string, where: string): number {
  const copies = encoded.flatMap(({ file, copies }) => copies.map((copy) => `${copy}: the same content as ${file}`));
  for (const line of copies) print(`once only: ${line}`);
  for (const { file, reason } of rejected) print(`not encoded: ${file}: ${reason}`);
  for (const line of remarksIn({ encoded, remarks })) print(line);
  const count = `${encoded.length} ${what}${encoded.length === 1 ? '' : 's'}`;
  print(`\n${where}, catalogue.jsonl: ${count}${rejected.length ? `, ${rejected.length} not read` : ''}`);
  return rejected.length;
}
