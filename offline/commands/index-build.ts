/** `cuepoint index build`: a folder of music to an index that the Worker answers from. */
import { defineCommand } from 'citty';
import { PRECISIONS } from '../../index/format/manifest.ts';
import { indexMusic } from '../indexing/index-music.ts';
import { fromHere, toldPlainly } from './command.ts';
import { libraryArgs, libraryOptions } from './index-options.ts';

export const buildCommand = defineCommand({
  meta: {
    name: 'build',
    description: 'Encode a folder of music, build an index of it, measure it, and answer from it.',
  },
  args: {
    music: { type: 'string', required: true, description: 'folder of music, read with its sub-folders' },
    ...libraryArgs,
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
  },
  run: toldPlainly(async ({ args }) => {
    await indexMusic({
      ...(await libraryOptions(args, fromHere(args.music))),
      precision: args.precision,
      edgeEncoder: args['edge-encoder'],
    });
  }),
});
