/** `cuepoint data make`: own music, own clips and an editing log to a folder to train on. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { type EditingLog, readEditingLog } from '../data/editing-log.ts';
import { shareFrom } from '../data/hold-out.ts';
import { remarksIn } from '../encode/encode.ts';
import { encodeLogged } from '../encode/logged-data.ts';
import { writeRows } from '../encode/own-data.ts';
import { BASIC_AUDIO } from '../encoders/basic-audio.ts';
import { findEncoder } from '../encoders/store.ts';
import {
  encodersFolder,
  fromHere,
  HOLD_OUT,
  print,
  progress,
  root,
  WRITES,
  wholeNumber,
  withUserErrors,
} from './command.ts';
import { sizesOf, splitLines } from './data-split.ts';

export const makeCommand = defineCommand({
  meta: { name: 'make', description: 'Make a data folder of your own music, clips and editing log.' },
  args: {
    music: { type: 'string', required: true, description: 'folder of music, read with its sub-folders' },
    clips: { type: 'string', required: true, description: 'folder of clips: videos, and folders of pictures' },
    log: {
      type: 'string',
      required: true,
      description:
        'a table with the columns clip, track, start, end (seconds of the track, or m:ss) and, where the music plays under a part of the clip, clip_start and clip_end; or JSON lines of the same',
    },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'folder for tokens, splits and rejected.csv',
    },
    seed: { type: 'string', default: '1', description: 'what is held out comes from it' },
    val: { type: 'string', description: 'rows to validate on; one in twelve unless given' },
    test: { type: 'string', description: 'rows to test on; one in twelve unless given' },
    'hold-out-tracks': HOLD_OUT,
    strict: { type: 'boolean', description: 'exit with an error when a line or a file was left out' },
    workers: { type: 'string', description: 'processes that encode at once; one a processor core unless given' },
    'audio-encoder': { type: 'string', default: BASIC_AUDIO.name, description: 'see `cuepoint encoders list`' },
    'image-encoder': { type: 'string', default: BASIC_FRAMES.name, description: 'see `cuepoint encoders list`' },
    cache: {
      type: 'string',
      valueHint: WRITES.folder,
      description: 'where encoded media are kept; .cuepoint/cache unless given',
    },
    encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
  },
  run: withUserErrors(async ({ args }) => {
    const folder = fromHere(args.out);
    const heldOutShare = shareFrom('--hold-out-tracks', args['hold-out-tracks']);
    const encoders = encodersFolder(args.encoders);
    const log = await readEditingLog(fromHere(args.log)); // what is wrong with it is said before hours of work
    refuseUnusable(args.log, log);
    const options = {
      folder,
      music: { folder: fromHere(args.music), encoder: await findEncoder(args['audio-encoder'], 'audio', encoders) },
      clips: { folder: fromHere(args.clips), encoder: await findEncoder(args['image-encoder'], 'image', encoders) },
      cache: args.cache ? fromHere(args.cache) : join(root, '.cuepoint/cache'),
      workers: args.workers ? wholeNumber('--workers', args.workers) : availableParallelism(),
      start: progress,
    };
    const { music, clips, ...annotated } = await encodeLogged(log, options);
    if (log.understood) print(`read ${log.understood}`);
    const unread = [...music.rejected, ...clips.rejected];
    for (const { file, reason } of unread) print(`not encoded: ${file}: ${reason}`);
    for (const result of [music, clips]) for (const line of remarksIn(result)) print(line);
    for (const { line, reason } of annotated.rejected) print(`left out: ${args.log} line ${line}: ${reason}`);
    if (annotated.repeated)
      print(`counted once: ${annotated.repeated} uses that repeat another under other names of the same files`);
    const told: string[] = [];
    const splits = await writeRows(annotated, {
      folder,
      seed: args.seed,
      sizes: sizesOf(args),
      heldOutShare,
      tell: (line) => told.push(line),
    });
    const [used, rejected] = [annotated.rows.length, annotated.rejected.length];
    print(`\n${args.out}: ${used} of ${used + rejected} uses${rejected ? '; rejected.csv lists the others' : ''}`);
    for (const line of [...splitLines(splits), ...told]) print(line);
    if (args.strict && (rejected || unread.length))
      throw new Error(`--strict: ${rejected} lines and ${unread.length} files were left out. The rest is there.`);
  }),
});

/** @throws Error when the log has lines, and none of them can be used: that is said before hours of work */
function refuseUnusable(path: string, { uses, faults }: EditingLog): void {
  if (uses.length || !faults.length) return;
  const [{ line, reason }] = faults;
  const all = faults.length === 1 ? 'its only line cannot' : `none of its ${faults.length} lines can`;
  throw new Error(`${path}: ${all} be used. Line ${line}: ${reason}.`);
}
