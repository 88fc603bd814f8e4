/**
 * A process that learns from a small team's folders, and ends itself at a given place, as if it had been killed there.
 *
 * `node learn-child.ts FOLDER OUT [STEP COUNT]`: with a step of the progress and how many parts of it are done then; 0 is its beginning. Without, to the end.
 */
import { join } from 'node:path';
import { learnSmall } from './learn-small.ts';

const [folder, out, step, count] = process.argv.slice(2);

const start = (label: string) => {
  let done = 0;
  const at = (parts: number) => {
    done += parts;
    if (label === step && done >= Number(count)) process.kill(process.pid, 'SIGKILL');
  };
  at(0);
  return { tick: (parts = 1) => at(parts), skip: (parts: number) => at(parts), done: () => {} };
};

await learnSmall(folder, {
  out: join(folder, out),
  cache: join(folder, `cache-${out}`),
  sizes: { val: 1, test: 3 },
  start,
});
