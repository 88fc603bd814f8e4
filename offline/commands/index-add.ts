/** `cuepoint index add`: more music into the index, without encoding the rest again. */
import { basename, dirname } from 'node:path';
import { defineCommand } from 'citty';
import { addMusic } from '../indexing/add-music.ts';
import { fromHere, toldPlainly } from './command.ts';
import { allOf, libraryArgs, libraryOptions } from './index-options.ts';

export const addCommand = defineCommand({
  meta: { name: 'add', description: 'Add the files that are not in the index yet; the rest stays as it is.' },
  args: {
    music: { type: 'string', description: 'folder of music, read with its sub-folders' },
    file: { type: 'string', description: 'one audio file; may be given more than once, instead of --music' },
    ...libraryArgs,
  },
  run: toldPlainly(async ({ args, rawArgs }) => {
    const files = allOf('--file', rawArgs).map(fromHere);
    if (Boolean(args.music) === files.length > 0)
      throw new Error('expected --music FOLDER or --file FILE, got both or neither. Give one of them.');
    if (args.music) return void (await addMusic(await libraryOptions(args, fromHere(args.music))));
    for (const [folder, inFolder] of Map.groupBy(files, dirname))
      await addMusic({ ...(await libraryOptions(args, folder)), only: inFolder.map((file) => basename(file)) });
  }),
});
