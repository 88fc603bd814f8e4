/** A command that runs networks starts again with an allocator that keeps its memory, once, with its arguments and its streams. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { describeAllocator, TUNABLES, tunedEnvironment } from '../../../offline/lib/allocator.ts';
import { withTempDir } from '../../../offline/lib/temp-dir.ts';

const MEMORY = pathToFileURL(join(import.meta.dirname, '../../../offline/commands/memory.ts')).href;
const SCRIPT = `
  import ${JSON.stringify(MEMORY)};
  import { readFileSync } from 'node:fs';
  const [tunables, args, input] = [process.env.GLIBC_TUNABLES ?? '', process.argv.slice(2), readFileSync(0, 'utf8')];
  console.log(JSON.stringify({ tunables, args, input }));
`;

/** What a command that begins as cli.ts does sees of its environment. */
async function started(args: readonly string[], tunables?: string): Promise<unknown> {
  const { GLIBC_TUNABLES: _, ...rest } = process.env;
  const env = tunables === undefined ? rest : { ...rest, GLIBC_TUNABLES: tunables };
  return withTempDir(async (folder) => {
    const script = join(folder, 'cli.mjs');
    await writeFile(script, SCRIPT);
    const { stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env,
      input: 'piped',
    });
    return stdout ? JSON.parse(stdout) : stderr;
  });
}

it('starts a command that trains again, with the settings, the arguments and what is piped in', async () => {
  const args = ['train', '--out', 'a folder'];
  expect(await started(args)).toEqual({ tunables: TUNABLES, args, input: 'piped' });
});

it('leaves a command alone that runs no network, and one whose allocator was set by hand', async () => {
  expect(await started(['key'])).toMatchObject({ tunables: '' });
  const own = 'glibc.malloc.arena_max=4';
  expect(await started(['train'], own)).toMatchObject({ tunables: own });
});

it('keeps what is set of other tunables', () => {
  const other = 'glibc.cpu.x86_shstk=off';
  expect(tunedEnvironment({ GLIBC_TUNABLES: other }).GLIBC_TUNABLES).toBe(`${other}:${TUNABLES}`);
});

it('says in the log how memory is held', () => {
  expect(describeAllocator({})).toBe('memory: the allocator is as the system sets it');
  const own = 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=4';
  expect(describeAllocator({ GLIBC_TUNABLES: own })).toBe(`memory: the allocator is as GLIBC_TUNABLES=${own} sets it`);
  const { GLIBC_TUNABLES: set } = tunedEnvironment({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
  expect(describeAllocator({ GLIBC_TUNABLES: set })).toBe(
    `memory: kept between steps, in pages of 2 MiB (GLIBC_TUNABLES=${set})`,
  );
});
