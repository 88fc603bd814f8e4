/** Which state of the program ran: git's name for it, where the program stands in a repository. */
import { spawnSync } from 'node:child_process';

/** The commit, with `+` when its files were changed; undefined without git or a repository. */
export function gitRevision(folder: string): string | undefined {
  const git = (...args: string[]) => spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
  const head = git('rev-parse', '--short=12', 'HEAD');
  if (head.status !== 0) return undefined;
  return `${head.stdout.trim()}${git('status', '--porcelain', '--untracked-files=no').stdout ? '+' : ''}`;
}
