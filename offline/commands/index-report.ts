/** `cuepoint index report`: what an index measured of itself. */
import { defineCommand } from 'citty';
import { readReport, reportLines } from '../indexing/report.ts';
import { manifestOf } from '../indexing/store/versions.ts';
import { print, root, withUserErrors } from './command.ts';
import { indexArgs, indexFolder } from './index-options.ts';
import { placeArgs, withPlace } from './index-place.ts';

export const reportCommand = defineCommand({
  meta: { name: 'report', description: 'Print what an index measured of itself when it was built.' },
  args: {
    version: { type: 'positional', required: false, description: 'of the index; the current one unless given' },
    json: { type: 'boolean', description: 'as JSON' },
    ...placeArgs,
    ...indexArgs,
  },
  run: withUserErrors(({ args }) =>
    withPlace({ ...args, root, folder: indexFolder(args.out) }, async (store) => {
      const manifest = await manifestOf(store, args.version);
      const report = await readReport(store, manifest);
      if (!report)
        throw new Error(
          `index ${manifest.indexVersion}: expected a report, found none: it was not measured, or the file is gone. \`cuepoint index build\` measures it again.`,
        );
      for (const line of args.json ? [JSON.stringify(report, null, 1)] : reportLines(report)) print(line);
    }),
  ),
});
