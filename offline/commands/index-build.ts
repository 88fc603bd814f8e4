/** `cuepoint index build`: a folder of music to index/bundle. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { PRECISIONS } from '../../index/manifest.ts';
import { indexMusic } from '../build/index-music.ts';
import { loadCheckpoint } from '../train/checkpoint.ts';
import { encodersFolder, fromHere, print, progress, root, threads, toldPlainly } from './command.ts';

const build = defineCommand({
  meta: { name: 'build', description: 'Encode a folder of music and write index/bundle.' },
  args: {
    music: { type: 'string', required: true, description: 'folder of music, read with its sub-folders' },
    checkpoint: { type: 'string', description: "a trained model; the demo's unless given" },
    precision: {
      type: 'enum',
      options: [...PRECISIONS],
      default: 'fp32',
      description: 'int8 takes less than half of the bytes; `cuepoint export` measures what it costs',
    },
    'edge-encoder': {
      type: 'string',
      description: 'the tower that embeds frames in the Worker: the one the model was trained on, or its int8 version',
    },
    encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
    out: { type: 'string', description: 'where the bundle goes; index/bundle, which the Worker serves, unless given' },
  },
  run: toldPlainly(async ({ args }) => {
    const path = args.checkpoint ? fromHere(args.checkpoint) : join(root, '.cuepoint/demo/model/last.safetensors');
    if (!existsSync(path))
      throw new Error(
        `${path}: expected a trained model, found none. Run \`npm run demo\` once, or give --checkpoint FILE.`,
      );
    await indexMusic({
      music: fromHere(args.music),
      checkpoint: await loadCheckpoint(path),
      folder: args.out ? fromHere(args.out) : join(root, 'index/bundle'),
      cache: join(root, '.cuepoint/cache'),
      encoders: encodersFolder(args.encoders),
      precision: args.precision,
      edgeEncoder: args['edge-encoder'],
      builtAt: new Date(),
      threads,
      progress,
      print,
    });
  }),
});

export const indexCommand = defineCommand({
  meta: { name: 'index', description: 'Build the index that the Worker serves.' },
  subCommands: { build },
});
