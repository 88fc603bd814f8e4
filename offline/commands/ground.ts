/** `cuepoint ground`: every clip of a folder or file of tokens against every track of it. */
import { dirname, join } from 'node:path';
import { defineCommand } from 'citty';
import { groundAll } from '../evaluate/ground-all.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { loadCheckpoint } from '../models/checkpoint.ts';
import { familyOf } from '../models/registry.ts';
import { checkTokensFit } from '../models/trained-on.ts';
import { withOpen } from '../nn/open-all.ts';
import { fromHere, print, progress, threads, WRITES, withUserErrors } from './command.ts';
import { groundingTokens } from './grounding-tokens.ts';

export const groundCommand = defineCommand({
  meta: { name: 'ground', description: 'Ground every clip of a folder or file of tokens against every track of it.' },
  args: {
    checkpoint: { type: 'string', required: true, description: 'a trained or imported model' },
    tokens: {
      type: 'string',
      required: true,
      description:
        'a folder that encode wrote, or safetensors of video.<id>, music.<id> and, if you like, duration.<id>',
    },
    out: {
      type: 'string',
      valueHint: WRITES.file,
      required: true,
      description: 'safetensors to write; ids.json is put beside it',
    },
  },
  run: withUserErrors(async ({ args }) => {
    const { config, encoders, layout, theta } = await loadCheckpoint(fromHere(args.checkpoint));
    const tensors = await groundingTokens(fromHere(args.tokens), (tokens) => {
      for (const line of checkTokensFit('ground', encoders, tokens)) print(line);
    });
    const count = (prefix: string) => [...tensors.keys()].filter((name) => name.startsWith(prefix)).length;
    const bar = progress('ground pairs', count('video.') * count('music.'));
    const grounded = await withOpen(familyOf(config).open(config, layout, theta, { threads, fixed: true }), (model) =>
      groundAll(model, config, encoders, tensors, (pairs) => bar.tick(pairs)),
    );
    bar.done();
    await writeFileAtomic(fromHere(args.out), encodeSafetensors(grounded.tensors));
    const ids = join(dirname(fromHere(args.out)), 'ids.json');
    await writeFileAtomic(ids, `${JSON.stringify({ video: grounded.videoIds, music: grounded.trackIds })}\n`);
    print(
      `${args.out}: ${grounded.videoIds.length} videos × ${grounded.trackIds.length} tracks; rows and columns in ${ids}`,
    );
  }),
});
