/** `cuepoint index verify`: whether an index is whole, and all that is wrong when it is not. */
import { defineCommand } from 'citty';
import { readCurrent } from '../indexing/store/versions.ts';
import { verifyIndex } from '../indexing/verify.ts';
import { print, progress, root, withUserErrors } from './command.ts';
import { indexArgs, indexFolder } from './index-options.ts';
import { placeArgs, withPlace } from './index-place.ts';

export const verifyCommand = defineCommand({
  meta: { name: 'verify', description: 'Read every file of an index, and say all that is wrong with it.' },
  args: {
    version: { type: 'positional', required: false, description: 'of the index; the current one unless given' },
    ...placeArgs,
    ...indexArgs,
  },
  run: withUserErrors(({ args }) =>
    withPlace({ ...args, root, folder: indexFolder(args.out) }, async (store) => {
      const version = args.version ?? (await readCurrent(store)).pointer?.indexVersion;
      if (!version)
        throw new Error(`${store.name}: expected an index, found none. Build one by \`cuepoint index build\`.`);
      const faults = await verifyIndex(store, version, (total) => progress('verify', total));
      for (const fault of faults) print(fault);
      if (faults.length)
        throw new Error(
          `index ${version}: ${faults.length} fault${faults.length > 1 ? 's' : ''}. Publish it again from where it is whole (\`cuepoint index publish --from FOLDER\`), or build again; other versions may need the same files, which \`cuepoint index verify VERSION\` tells.`,
        );
      print(`index ${version}: whole`);
    }),
  ),
});
