/** How glibc's allocator is set for processes that run networks on the CPU; what it does is said in commands/memory.ts. */
import { readFileSync } from 'node:fs';

const NAME = 'GLIBC_TUNABLES';

/**
 * Keep memory for the next run: taken in steps of 64 MiB into one heap instead of one for each thread, the largest pieces too, and never trimmed.
 */
const KEEPING = [
  'glibc.malloc.arena_max=1',
  'glibc.malloc.mmap_max=0',
  'glibc.malloc.top_pad=67108864',
  'glibc.malloc.trim_threshold=17179869184',
];
/** Asks the kernel by madvise for pages of 2 MiB. */
const HUGE = 'glibc.malloc.hugetlb=1';

/** The settings for this machine, empty where there is nothing to set. An allocator that does not know them ignores them. */
export const TUNABLES: string =
  process.platform === 'linux' ? [hasHugePages() ? [HUGE] : [], KEEPING].flat().join(':') : '';

/** Whether a process with this environment was started so, or by someone who set the allocator otherwise. */
export const isTuned = (env: NodeJS.ProcessEnv): boolean => env[NAME]?.includes('glibc.malloc.') ?? false;

/** The environment of a process that is to be started so. What else is set there stays. */
export function tunedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, [NAME]: [env[NAME], TUNABLES].filter(Boolean).join(':') };
}

/** What a log says of it. */
export function describeAllocator(env: NodeJS.ProcessEnv = process.env): string {
  const set = env[NAME] ?? '';
  if (!isTuned(env)) return 'memory: the allocator is as the system sets it';
  if (!KEEPING.every((one) => set.includes(one))) return `memory: the allocator is as ${NAME}=${set} sets it`;
  return `memory: kept between steps${set.includes(HUGE) ? ', in pages of 2 MiB' : ''} (${NAME}=${set})`;
}

/** Whether the kernel gives huge pages to who asks. https://docs.kernel.org/admin-guide/mm/transhuge.html */
function hasHugePages(): boolean {
  try {
    return readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').includes('[madvise]');
  } catch {
    return false; // a kernel without them
  }
}
