/** `cuepoint index rollback`: answer from an earlier index again. It moves the pointer, and nothing else. */
import { defineCommand } from 'citty';
import { refuseWithoutRetriever } from '../indexing/retriever-setting.ts';
import { rollBack } from '../indexing/roll-back.ts';
import { refuseUnwritable } from '../lib/files.ts';
import { print, progress, root, withUserErrors } from './command.ts';
import { indexArgs, indexFolder, keepArgs, keepOf } from './index-options.ts';
import { placeArgs, withPlace } from './index-place.ts';

export const rollbackCommand = defineCommand({
  meta: { name: 'rollback', description: 'Answer from the previous index, or from another that is kept.' },
  args: {
    to: { type: 'string', description: 'version of the index; the one before the current one unless given' },
    ...placeArgs,
    ...indexArgs,
    ...keepArgs,
  },
  run: withUserErrors(async ({ args }) => {
    if (args.in === 'assets') await refuseUnwritable(indexFolder(args.out));
    await withPlace({ ...args, root, folder: indexFolder(args.out) }, async (store) => {
      const { from, to } = await rollBack(store, {
        to: args.to,
        keep: keepOf(args.keep),
        now: new Date(),
        start: (total) => progress('verify', total),
        suits: (manifest) => refuseWithoutRetriever(manifest, root),
      });
      print(`${store.name}: answers from ${to}, which was ${from} before`);
    });
  }),
});
