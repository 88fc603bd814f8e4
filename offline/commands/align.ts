/** `cuepoint align`: published posts and the library of their music to an editing log. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { align } from '../align/align.ts';
import { formatLog } from '../align/log.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { fromHere, print, progress, root, WRITES, wholeNumber, withUserErrors } from './command.ts';

export const alignCommand = defineCommand({
  meta: { name: 'align', description: 'Find which moment of which track plays in each of your published posts.' },
  args: {
    posts: {
      type: 'string',
      required: true,
      description: 'folder of posts, videos or sound files, with its sub-folders',
    },
    music: { type: 'string', required: true, description: 'folder of the music they may have, with its sub-folders' },
    out: {
      type: 'string',
      valueHint: WRITES.file,
      required: true,
      description: 'editing log to write, CSV: clip, track, start, end, clip_start, …; `data make --log` takes it',
    },
    workers: { type: 'string', description: 'posts that are heard at once; one a processor core unless given' },
    cache: {
      type: 'string',
      valueHint: WRITES.folder,
      description: 'where what was heard is kept; .cuepoint/cache unless given',
    },
  },
  run: withUserErrors(async ({ args }) => {
    const alignment = await align({
      posts: fromHere(args.posts),
      music: fromHere(args.music),
      cache: args.cache ? fromHere(args.cache) : join(root, '.cuepoint/cache'),
      workers: args.workers ? wholeNumber('--workers', args.workers) : availableParallelism(),
      start: progress,
    });
    await writeFileAtomic(fromHere(args.out), formatLog(alignment));
    for (const { file, reason } of alignment.rejected) print(`not looked for: ${file}: ${reason}`);
    for (const line of alignment.remarks) print(line);
    const reasons = new Map<string, number>();
    let [rows, found] = [0, 0];
    for (const { heard } of alignment.posts)
      if ('playing' in heard) {
        found++;
        rows += heard.playing.length;
      } else {
        const [what] = heard.reason.split(':');
        reasons.set(what, (reasons.get(what) ?? 0) + 1);
      }
    print(`\n${args.out}: ${rows} moments in ${found} of ${alignment.posts.length} posts`);
    for (const [what, count] of reasons) print(`${count} without: ${what}`);
  }),
});
